/* sexagesimal_test.c - hours and degrees of sixty minutes, as catalogues and headers have them.
 */
#include "sexagesimal.h"

#include "gt_test.h"

static void angles_of_every_form(void **state) {
    static const struct {
        const char *text;
        bool is_ra;
        double degrees;
    } cases[] = {
        {"00:00:00", true, 0},
        {"10:20:30", true, 155.125},
        {"10 20 30.", true, 155.125},
        {"10  20  30.0", true, 155.125},
        {"10h20m30s", true, 155.125},
        {"155d07m30s", true, 155.125}, /* degrees, as the letter says */
        {"23:59:59.99999999", true, 359.99999999995833},
        {"+41:16:09", false, 41.269166666666667},
        {"-00:30:36", false, -0.51}, /* the sign of a zero */
        {"-1d02m03.5s", false, -1.0343055555555556},
        {"-89 59 59.9", false, -89.999972222222222},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double degrees = NAN;
        assert_true(gt_sexagesimal_read(cases[i].text, cases[i].is_ra, &degrees));
        assert_near(degrees, cases[i].degrees, 1e-13 * 360);
    }
}

static void nothing_else_is_one(void **state) {
    static const char *const texts[] = {
        "",
        "10",
        "10.5",
        "10:20",
        "10:20:",
        ":20:30",
        "10:20 30", /* two signs */
        "10 20:30",
        "10:20:30:40",
        "10:20:30 ",
        " 10:20:30",
        "10:60:00",
        "10:20:60",
        "10:20.5:30",
        "10:-20:30",
        "--10:20:30",
        "10h20:30",
        "10h20m30",
        "10h20m30sx",
        "10d20m30s5",
        "10:20:3e1",
        "10:20:nan",
        "2020-10-20",
        "10:20:3000000000000000000000000000000000000000",
        "J102030.5+010203",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int is_ra = 0; is_ra < 2; is_ra++) {
            double degrees = 7;
            if (gt_sexagesimal_read(texts[i], is_ra, &degrees))
                fail_msg("'%s' is read as %g degrees", texts[i], degrees);
            assert_true(degrees == 7);
        }
    double degrees;
    assert_false(
        gt_sexagesimal_read("10h20m30s", false, &degrees)); /* no hours of declination */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(angles_of_every_form),
                                       cmocka_unit_test(nothing_else_is_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
