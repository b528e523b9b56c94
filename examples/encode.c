/* encode.c - pictures as codes, with a trained run.
 *
 *     encode RUN SET.h5 [COUNT]
 *
 * Prints a line of numbers for each of the first COUNT (1) pictures: the codes that
 * `galatea encode RUN --data SET.h5` writes. */
#include <galatea/galatea.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 16 };

static gt_status print_codes(gt_inference *inference, const gt_dataset *set, size_t count,
                             gt_error *err) {
    gt_status status = GT_OK;
    const float *codes;
    float *pictures = malloc(BATCH * gt_inference_image_floats(inference) * sizeof *pictures);
    if (!pictures) GT_THROW(err, GT_NO_MEMORY, "no memory for %d pictures", BATCH);
    for (size_t at = 0; at < count; at += BATCH) {
        size_t n = count - at < BATCH ? count - at : BATCH;
        GT_TRY(gt_dataset_read(set, at, n, pictures, err));
        GT_TRY(gt_inference_run(inference, pictures, n, 1, at, &codes,
                                err)); /* seed 1, as by default */
        for (size_t i = 0; i < n * gt_inference_width(inference); i++)
            printf("%.9g%c", (double)codes[i],
                   (i + 1) % gt_inference_width(inference) ? ' ' : '\n');
    }
done:
    free(pictures);
    return status;
}

static gt_status encode(const char *run_path, const char *set_path, size_t count,
                        gt_error *err) {
    gt_status status = GT_OK;
    gt_run *run = NULL;
    gt_inference *inference = NULL;
    gt_dataset *set = NULL;
    GT_TRY(gt_run_open(run_path, &run, err));
    GT_TRY(gt_inference_create_encoder(run, BATCH, 0, &inference, err));
    GT_TRY(gt_dataset_open(set_path, &set, err));
    if (gt_dataset_row_values(gt_dataset_describe(set)) != gt_inference_image_floats(inference))
        GT_THROW(err, GT_BAD_SHAPE, "%s has pictures of another size than %s learned from",
                 set_path, run_path);
    GT_TRY(print_codes(inference, set, count, err));
done:
    gt_dataset_close(set);
    gt_inference_destroy(inference);
    gt_run_close(run);
    return status;
}

int main(int argc, char **argv) {
    gt_error err;
    size_t count = argc == 4 ? strtoul(argv[3], NULL, 10) : 1;
    if (argc < 3 || argc > 4) return fprintf(stderr, "usage: encode RUN SET.h5 [COUNT]\n"), 2;
    if (encode(argv[1], argv[2], count, &err) == GT_OK) return 0;
    fprintf(stderr, "encode: %s\n", err.text);
    return 1;
}
