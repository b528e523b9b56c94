/* lost_rows.c - see lost_rows.h. */
#include "lost_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "galatea/log.h"

static void name_lost(gt_lost_rows *all, uint64_t number) {
    enum { NEEDED = 32 };
    if (all->length + NEEDED > GT_LOST_ROOM) {
        if (all->named < all->lost) snprintf(all->names + all->length, NEEDED, ",...");
        return;
    }
    all->length += (size_t)snprintf(all->names + all->length, NEEDED, "%s%" PRIu64,
                                    all->named++ ? "," : "", number);
}

bool gt_are_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

void gt_lost_rows_look(gt_lost_rows *all, const float *rows, size_t width, size_t count,
                       uint64_t first, double low, double high, bool *is_lost) {
    for (size_t n = 0; n < count; n++) {
        const float *row = rows + n * width;
        uint64_t beyond = 0;
        all->rows++;
        is_lost[n] = !gt_are_finite(row, width);
        if (is_lost[n]) {
            all->lost++;
            name_lost(all, first + n);
            continue;
        }
        for (size_t i = 0; i < width && low < high; i++)
            beyond += (double)row[i] < low || (double)row[i] > high;
        all->numbers += width;
        all->beyond += beyond;
        all->rows_beyond += beyond > 0;
    }
}

size_t gt_lost_rows_close_up(float *rows, size_t width, size_t count, const bool *is_lost) {
    size_t kept = 0;
    for (size_t n = 0; n < count; n++) {
        if (is_lost[n]) continue;
        if (kept < n) memcpy(rows + kept * width, rows + n * width, width * sizeof *rows);
        kept++;
    }
    return kept;
}

gt_status gt_lost_rows_tell(const gt_lost_rows *all, const char *path, const char *what,
                            const char *temperature, gt_error *err) {
    const char *at = temperature ? ", at temperature " : "",
               *t = temperature ? temperature : "";
    if (all->lost == all->rows)
        return gt_fail(err, GT_NOT_FINITE, "%s: none of %" PRIu64 " %ss is finite%s%s", path,
                       all->rows, what, at, t);
    if (all->lost)
        gt_remark("%s: %" PRIu64 " of %" PRIu64
                  " %ss (%.3g %%) are not finite and left out%s%s "
                  "(%.200s)",
                  path, all->lost, all->rows, what, 100 * (double)all->lost / (double)all->rows,
                  at, t, all->names);
    if (all->beyond)
        gt_remark("%s: %.3g %% of the pixels lie beyond the range learned from and are cut, in "
                  "%" PRIu64 " of %" PRIu64 " %ss%s%s",
                  path, 100 * (double)all->beyond / (double)all->numbers, all->rows_beyond,
                  all->rows, what, at, t);
    return GT_OK;
}
