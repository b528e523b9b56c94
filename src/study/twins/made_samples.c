/* made_samples.c - see made_samples.h. Lost samples are named in lost_a.txt and lost_b.txt. */
#include "made_samples.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "outfile.h"

enum { MOST_BYTES = 1 << 16 };

static gt_status lost_path(const gt_twin *c, char out[GT_TWINS_PATH], gt_error *err) {
    char name[] = "lost_a.txt";
    name[5] = gt_side_end(c->side);
    return gt_twin_path(c, name, out, err);
}

gt_status gt_made_samples_keep_lost(const gt_twin *c, const char *names, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    if (!*names) return GT_OK;
    if (strstr(names, "..."))
        GT_THROW(err, GT_NOT_FINITE,
                 "%c of %lld images: too many of its samples are not finite to be compared",
                 gt_side_letter(c->side), (long long)c->size);
    GT_TRY(lost_path(c, path, err));
    GT_TRY(gt_outfile_save(path, names, strlen(names), err));
done:
    return status;
}

/* ---- one side ---- */

static void number_rows(gt_made_samples *s, const char *lost) {
    uint64_t number = 0;
    char *end = NULL;
    for (size_t row = 0; row < s->count; row++, number++) {
        while (*lost && strtoull(lost, &end, 10) == number) {
            lost = *end ? end + 1 : end;
            number++;
        }
        s->numbers[row] = number;
    }
}

static gt_status read_numbers(const gt_twin *c, gt_made_samples *s, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH], *lost = NULL;
    size_t size;
    GT_TRY(lost_path(c, path, err));
    if (access(path, F_OK) == 0) GT_TRY(gt_file_load(path, MOST_BYTES, &lost, &size, err));
    s->numbers = calloc(s->count + 1, sizeof *s->numbers);
    if (!s->numbers) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", s->count);
    number_rows(s, lost ? lost : "");
done:
    free(lost);
    return status;
}

gt_status gt_made_samples_open(const gt_twin *c, gt_made_samples *out, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    GT_TRY(gt_twin_samples(c, path, err));
    GT_TRY(gt_dataset_open(path, &out->set, err));
    out->count = (size_t)gt_dataset_describe(out->set)->count;
    out->values = gt_dataset_row_values(gt_dataset_describe(out->set));
    GT_TRY(read_numbers(c, out, err));
done:
    return status;
}

void gt_made_samples_close(gt_made_samples *s) {
    gt_dataset_close(s->set);
    free(s->numbers);
    *s = (gt_made_samples){0};
}

gt_status gt_made_samples_read(const gt_made_samples *s, float **out, gt_error *err) {
    gt_status status = GT_OK;
    float *levels = malloc(s->count * s->values * sizeof *levels);
    if (!levels) GT_THROW(err, GT_NO_MEMORY, "no memory for %zu samples", s->count);
    GT_TRY(gt_dataset_read(s->set, 0, s->count, levels, err));
    *out = levels;
    levels = NULL;
done:
    free(levels);
    return status;
}

/* ---- both ---- */

static void pair_up(gt_sample_pairs *p) {
    const gt_made_samples *a = &p->sides[0], *b = &p->sides[1];
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        uint64_t x = a->numbers[i], y = b->numbers[k];
        if (x == y) {
            p->rows[0][p->count] = i;
            p->rows[1][p->count++] = k;
        }
        i += x <= y;
        k += y <= x;
    }
}

gt_status gt_sample_pairs_open(const gt_twin *twin, gt_sample_pairs *p, gt_error *err) {
    gt_status status = GT_OK;
    for (int side = 0; side < 2; side++) {
        const gt_twin own = {twin->sweep, twin->size, side};
        GT_TRY(gt_made_samples_open(&own, &p->sides[side], err));
        p->rows[side] = calloc(p->sides[side].count + 1, sizeof *p->rows[side]);
        if (!p->rows[side]) GT_THROW(err, GT_NO_MEMORY, "no memory for pairs of samples");
    }
    pair_up(p);
    if (p->count == 0)
        GT_THROW(err, GT_NOT_FINITE, "no sample of the models of %lld images is finite in both",
                 (long long)twin->size);
done:
    return status;
}

void gt_sample_pairs_close(gt_sample_pairs *p) {
    for (int side = 0; side < 2; side++) {
        gt_made_samples_close(&p->sides[side]);
        free(p->rows[side]);
    }
    *p = (gt_sample_pairs){0};
}
