/* search.c - the codes most like one of their own, by cosine.
 *
 *     search CODES.h5 ROW [TOP]
 *
 * Prints row and score of the TOP (5) best, as `galatea search CODES.h5 --query CODES.h5:ROW`
 * finds them. Any number of rows: they are read in blocks. */
#include <galatea/galatea.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 1024 };

static gt_status look_through(gt_similarity *search, const gt_dataset *codes, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(codes);
    float *block = malloc(BLOCK * info->channels * sizeof *block);
    if (!block) GT_THROW(err, GT_NO_MEMORY, "no memory for %d codes", BLOCK);
    for (uint64_t at = 0; at < info->count; at += BLOCK) {
        size_t n = info->count - at < BLOCK ? (size_t)(info->count - at) : BLOCK;
        GT_TRY(gt_dataset_read(codes, at, n, block, err));
        GT_TRY(gt_similarity_add(search, at, n, block, err));
    }
done:
    free(block);
    return status;
}

static gt_status search_codes(const char *path, uint64_t row, size_t top, gt_error *err) {
    gt_status status = GT_OK;
    gt_dataset *codes = NULL;
    gt_similarity *search = NULL;
    float *query = NULL;
    size_t found = 0;
    GT_TRY(gt_codes_open(path, &codes, err));
    size_t width = gt_dataset_describe(codes)->channels;
    query = malloc(width * sizeof *query);
    if (!query) GT_THROW(err, GT_NO_MEMORY, "no memory for a code of %zu numbers", width);
    GT_TRY(gt_dataset_read(codes, row, 1, query, err));
    GT_TRY(gt_similarity_create(1, width, query, top, &search, err));
    GT_TRY(look_through(search, codes, err));
    const gt_match *matches = gt_similarity_matches(search, 0, &found);
    for (size_t i = 0; i < found; i++)
        printf("%llu %.6f\n", (unsigned long long)matches[i].row, matches[i].score);
done:
    gt_similarity_destroy(search);
    free(query);
    gt_dataset_close(codes);
    return status;
}

int main(int argc, char **argv) {
    gt_error err;
    if (argc < 3 || argc > 4) return fprintf(stderr, "usage: search CODES.h5 ROW [TOP]\n"), 2;
    uint64_t row = strtoull(argv[2], NULL, 10);
    size_t top = argc == 4 ? strtoul(argv[3], NULL, 10) : 5;
    if (search_codes(argv[1], row, top, &err) == GT_OK) return 0;
    fprintf(stderr, "search: %s\n", err.text);
    return 1;
}
