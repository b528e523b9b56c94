/* repeats.c - see repeats.h. A block of pictures meets those that stay in one search, and then
 * its own earlier ones. */
#include "repeats.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "galatea/dataset.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/similarity.h"
#include "text.h"

enum { SIDE = 20, BLOCK = 512, NAMED = 10 };

/* Pictures that stay, and the block that is looked at. */
typedef struct hunt {
    gt_repeats *out;
    double most;
    size_t values, width; /* of a picture, of what it is shrunk to */
    float *pictures;      /* (BLOCK,values) */
    float *block; /* (2 BLOCK,width): what the pictures are shrunk to, and its negative */
    float *kept;  /* (kept_count,width) */
    uint64_t *kept_rows;
    size_t kept_count, room;
    uint64_t done; /* rows before the block */
    gt_progress progress;
} hunt;

/* ---- what pictures are compared by ---- */

static size_t shrunk(size_t side) {
    return side < SIDE ? side : SIDE;
}

static double mean_of_cell(const float *image, size_t width, const size_t y[2],
                           const size_t x[2]) {
    double sum = 0;
    for (size_t i = y[0]; i < y[1]; i++)
        for (size_t k = x[0]; k < x[1]; k++) sum += (double)image[i * width + k];
    return sum / (double)((y[1] - y[0]) * (x[1] - x[0]));
}

static void find_cell(size_t cell, size_t side, size_t cells, size_t at[2]) {
    at[0] = cell * side / cells;
    at[1] = ((cell + 1) * side + cells - 1) / cells;
}

/* Means of cells, without their own mean. */
static void shrink(const gt_dataset_info *info, const float *picture, float *out) {
    size_t rows = shrunk(info->height), columns = shrunk(info->width), count = 0, y[2], x[2];
    double mean = 0;
    for (size_t c = 0; c < info->channels; c++)
        for (size_t i = 0; i < rows; i++)
            for (size_t k = 0; k < columns; k++, count++) {
                find_cell(i, info->height, rows, y);
                find_cell(k, info->width, columns, x);
                out[count] = (float)mean_of_cell(picture + c * info->height * info->width,
                                                 info->width, y, x);
                mean += (double)out[count];
            }
    for (size_t i = 0; i < count; i++) out[i] = (float)((double)out[i] - mean / (double)count);
}

static double correlation(const float *a, const float *b, size_t count) {
    double product = 0, of_a = 0, of_b = 0;
    for (size_t i = 0; i < count; i++) {
        product += (double)a[i] * (double)b[i];
        of_a += (double)a[i] * (double)a[i];
        of_b += (double)b[i] * (double)b[i];
    }
    return of_a > 0 && of_b > 0 ? product / sqrt(of_a * of_b) : 0;
}

/* ---- a block ---- */

static gt_status read_block(hunt *h, const gt_dataset *set, uint64_t first, size_t count,
                            gt_error *err) {
    const gt_dataset_info *info = gt_dataset_describe(set);
    gt_status status = gt_dataset_read(set, first, count, h->pictures, err);
    if (status) return status;
    for (size_t i = 0; i < count * h->values; i++)
        if (!isfinite(h->pictures[i]))
            return gt_fail(err, GT_NOT_FINITE,
                           "%s, row %" PRIu64
                           ": a pixel is %g, pictures are compared by finite "
                           "ones",
                           gt_dataset_path(set), first + i / h->values, (double)h->pictures[i]);
    for (size_t i = 0; i < count; i++) {
        float *small = h->block + i * h->width, *negative = small + count * h->width;
        shrink(info, h->pictures + i * h->values, small);
        for (size_t k = 0; k < h->width; k++) negative[k] = -small[k];
    }
    return GT_OK;
}

static void mark(hunt *h, size_t i, uint64_t of, double value) {
    uint64_t row = h->done + i;
    if (fabs(value) <= h->most || h->out->is_left_out[row]) return;
    h->out->is_left_out[row] = true;
    h->out->of[row] = of;
    h->out->correlation[row] = value;
    h->out->found++;
}

/* Of those that stay, what a picture or its negative is most like. */
static gt_status meet_kept(hunt *h, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    gt_similarity *search = NULL;
    if (h->kept_count == 0) return GT_OK;
    GT_TRY(gt_similarity_create(2 * count, h->width, h->block, 1, &search, err));
    GT_TRY(gt_similarity_add(search, 0, h->kept_count, h->kept, err));
    for (size_t i = 0; i < 2 * count; i++) {
        size_t found = 0;
        const gt_match *match = gt_similarity_matches(search, i, &found);
        if (found)
            mark(h, i % count, h->kept_rows[match->row],
                 i < count ? match->score : -match->score);
    }
done:
    gt_similarity_destroy(search);
    return status;
}

static gt_status keep(hunt *h, size_t i, gt_error *err) {
    if (h->kept_count == h->room) {
        size_t room = h->room ? 2 * h->room : BLOCK;
        float *kept = realloc(h->kept, room * h->width * sizeof *kept);
        if (kept) h->kept = kept;
        uint64_t *rows = realloc(h->kept_rows, room * sizeof *rows);
        if (rows) h->kept_rows = rows;
        if (!kept || !rows)
            return gt_fail(err, GT_NO_MEMORY, "no memory to compare %zu pictures", room);
        h->room = room;
    }
    memcpy(h->kept + h->kept_count * h->width, h->block + i * h->width,
           h->width * sizeof *h->kept);
    h->kept_rows[h->kept_count++] = h->done + i;
    return GT_OK;
}

/* Each with those before it in the block that stay, and if it stays itself, to the others. */
static gt_status meet_block(hunt *h, size_t count, gt_error *err) {
    size_t before = h->kept_count;
    for (size_t i = 0; i < count; i++) {
        const bool *is_left_out = &h->out->is_left_out[h->done + i];
        for (size_t k = before; k < h->kept_count && !*is_left_out; k++)
            mark(h, i, h->kept_rows[k],
                 correlation(h->kept + k * h->width, h->block + i * h->width, h->width));
        gt_status status = *is_left_out ? GT_OK : keep(h, i, err);
        if (status) return status;
    }
    return GT_OK;
}

/* ---- all ---- */

static gt_status go_through(hunt *h, const gt_dataset *set, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t rows = gt_dataset_describe(set)->count;
    for (uint64_t first = 0; first < rows; first += BLOCK) {
        size_t count = rows - first < BLOCK ? (size_t)(rows - first) : BLOCK;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED,
                     "interrupted after %" PRIu64 " of %" PRIu64
                     " pictures were compared, no file written",
                     h->done, h->out->count);
        GT_TRY(read_block(h, set, first, count, err));
        GT_TRY(meet_kept(h, count, err));
        GT_TRY(meet_block(h, count, err));
        h->done += count;
        gt_progress_update(&h->progress, (int64_t)h->done, NULL);
    }
done:
    return status;
}

static gt_status count_rows(hunt *h, const char *const *paths, size_t count, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    for (size_t i = 0; i < count; i++) {
        GT_TRY(gt_dataset_open_any(paths[i], &set, err));
        const gt_dataset_info *info = gt_dataset_describe(set);
        if (info->kind != GT_DATASET_IMAGES)
            GT_THROW(err, GT_USAGE, "%s holds codes, only pictures are compared", paths[i]);
        h->values = gt_dataset_row_values(info);
        h->width = info->channels * shrunk(info->height) * shrunk(info->width);
        h->out->count += info->count;
        gt_dataset_close(set);
        set = NULL;
    }
done:
    gt_dataset_close(set);
    return status;
}

static gt_status make_room(hunt *h, gt_error *err) {
    size_t rows = (size_t)h->out->count;
    h->pictures = malloc(BLOCK * h->values * sizeof *h->pictures);
    h->block = malloc(2 * BLOCK * h->width * sizeof *h->block);
    h->out->is_left_out = calloc(rows + 1, sizeof *h->out->is_left_out);
    h->out->of = calloc(rows + 1, sizeof *h->out->of);
    h->out->correlation = calloc(rows + 1, sizeof *h->out->correlation);
    if (!h->pictures || !h->block || !h->out->is_left_out || !h->out->of ||
        !h->out->correlation)
        return gt_fail(err, GT_NO_MEMORY, "no memory to compare %zu pictures", rows);
    return GT_OK;
}

static gt_status go_through_all(hunt *h, const gt_context *context, const char *const *paths,
                                size_t count, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    h->progress = gt_context_progress(context, (int64_t)h->out->count, "comparing");
    for (size_t i = 0; i < count; i++) {
        GT_TRY(gt_dataset_open_any(paths[i], &set, err));
        GT_TRY(go_through(h, set, err));
        gt_dataset_close(set);
        set = NULL;
    }
done:
    gt_progress_finish(&h->progress);
    gt_dataset_close(set);
    return status;
}

gt_status gt_repeats_find(const gt_context *context, const char *const *paths, size_t count,
                          double most, gt_repeats *out, gt_error *err) {
    gt_status status = GT_OK;
    *out = (gt_repeats){0};
    hunt h = {.out = out, .most = most};
    GT_TRY(count_rows(&h, paths, count, err));
    GT_TRY(make_room(&h, err));
    GT_TRY(go_through_all(&h, context, paths, count, err));
done:
    free(h.pictures);
    free(h.block);
    free(h.kept);
    free(h.kept_rows);
    if (status) gt_repeats_free(out);
    return status;
}

/* ---- what is said ---- */

/* "row 12 of b.h5"; begins: the first row of each set. */
static void name_row(const char *const *paths, const uint64_t *begins, size_t count,
                     uint64_t row, char *text, size_t size) {
    size_t set = count - 1;
    while (begins[set] > row) set--;
    snprintf(text, size, "row %" PRIu64 " of %.200s", row - begins[set], paths[set]);
}

static void remark_rows(const gt_repeats *repeats, const char *const *paths,
                        const uint64_t *begins, size_t count) {
    char row[256], earlier[256];
    int named = 0;
    for (uint64_t i = 0; i < repeats->count && named < NAMED; i++) {
        if (!repeats->is_left_out[i]) continue;
        name_row(paths, begins, count, i, row, sizeof row);
        name_row(paths, begins, count, repeats->of[i], earlier, sizeof earlier);
        gt_remark("left out: %s, correlation %.4f with %s", row, repeats->correlation[i],
                  earlier);
        named++;
    }
}

gt_status gt_repeats_remark(const gt_repeats *repeats, const char *const *paths, size_t count,
                            double most, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *set = NULL;
    char text[GT_COUNTED_SIZE];
    uint64_t *begins = calloc(count + 1, sizeof *begins);
    if (!begins) GT_THROW(err, GT_NO_MEMORY, "no memory for a list of sets");
    for (size_t i = 0; i < count; i++) {
        GT_TRY(gt_dataset_open_any(paths[i], &set, err));
        begins[i + 1] = begins[i] + gt_dataset_describe(set)->count;
        gt_dataset_close(set);
        set = NULL;
    }
    gt_remark("%" PRIu64 " of %s left out: in cells of 20x20 their correlation with an earlier "
              "one is beyond %g",
              repeats->found, gt_text_counted(repeats->count, "picture", text), most);
    remark_rows(repeats, paths, begins, count);
done:
    free(begins);
    return status;
}

void gt_repeats_free(gt_repeats *repeats) {
    free(repeats->is_left_out);
    free(repeats->of);
    free(repeats->correlation);
    *repeats = (gt_repeats){0};
}
