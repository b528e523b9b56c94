/* gt_test.h - cmocka with the includes it needs, and the few checks every test shares. */
#ifndef GT_TEST_H
#define GT_TEST_H

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "galatea/error.h"

/* Under sanitizers a test takes about five times as long: what it says is shown by the other
 * build, and fewer rounds of the same reach the same code. */
#ifdef __SANITIZE_ADDRESS__
enum { IS_SLOW_BUILD = true };
#else
enum { IS_SLOW_BUILD = false };
#endif

/* Fails with the library's own sentence. */
#define assert_ok(call, err)                             \
    do {                                                 \
        if ((call) != GT_OK) fail_msg("%s", (err).text); \
    } while (0)

/* |a - b| <= atol, and the figures when it does not hold. */
#define assert_near(a, b, atol)                                                       \
    do {                                                                              \
        double got_ = (a), want_ = (b);                                               \
        if (!(fabs(got_ - want_) <= (atol)))                                          \
            fail_msg("%.9g, expected %.9g within %.3g", got_, want_, (double)(atol)); \
    } while (0)

/* Puts a locale with a decimal comma in force; 0 where this machine has none. */
static inline int gt_test_decimal_comma(void) {
    const char *folder = getenv("GT_TEST_LOCALES");
    if (folder) setenv("LOCPATH", folder, 1);
    return setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

#endif
