/* encoder.c - codes of images, averaged over orientations where asked. */
#include "encoder.h"

#include <stdlib.h>
#include <string.h>

#include "galatea/image.h"

enum { MOST_WAYS = 8 };

struct gt_encoder {
    gt_inference *inference;
    size_t channels, height, width;
    int turns[MOST_WAYS], ways; /* as gt_image_turn takes them */
    float *turned, *mean;       /* one batch; NULL with a single way */
};

/* 0 as it is, 4 mirrored, 2 and 6 the same turned by half: the four without quarter turns. */
static void list_turns(gt_encoder *e, const char *average) {
    bool flips = strcmp(average, "flips") == 0, all = strcmp(average, "all") == 0;
    for (int turn = 0; turn < MOST_WAYS; turn++)
        if (turn == 0 || all || (flips && turn % 2 == 0)) e->turns[e->ways++] = turn;
}

gt_status gt_encoder_create(const gt_run *run, const gt_use_options *how, const char *average,
                            gt_encoder **out, gt_error *err) {
    gt_status status = GT_OK;
    const gt_model_input *input = gt_model_input_of(gt_run_model(run));
    gt_encoder *e = calloc(1, sizeof *e);
    if (!e) GT_THROW(err, GT_NO_MEMORY, "no memory to encode");
    e->channels = (size_t)input->channels;
    e->height = (size_t)input->height;
    e->width = (size_t)input->width;
    list_turns(e, average);
    if (e->ways == MOST_WAYS && e->height != e->width)
        GT_THROW(err, GT_USAGE, "average all: images of %zux%zu are not square", e->height,
                 e->width);
    GT_TRY(gt_inference_create(run, how, &e->inference, err));
    if (e->ways > 1) {
        size_t batch = (size_t)how->batch;
        e->turned = malloc(batch * e->channels * e->height * e->width * sizeof *e->turned);
        e->mean = malloc(batch * gt_inference_width(e->inference) * sizeof *e->mean);
        if (!e->turned || !e->mean) GT_THROW(err, GT_NO_MEMORY, "no memory to turn images");
    }
    *out = e;
    e = NULL;
done:
    gt_encoder_destroy(e);
    return status;
}

void gt_encoder_destroy(gt_encoder *encoder) {
    if (!encoder) return;
    gt_inference_destroy(encoder->inference);
    free(encoder->turned);
    free(encoder->mean);
    free(encoder);
}

size_t gt_encoder_width(const gt_encoder *encoder) {
    return gt_inference_width(encoder->inference);
}

gt_status gt_encoder_run(gt_encoder *encoder, const float *images, size_t count, uint64_t seed,
                         uint64_t first, const float **codes, gt_error *err) {
    gt_status status = GT_OK;
    size_t pixels = encoder->channels * encoder->height * encoder->width;
    size_t values = count * gt_inference_width(encoder->inference);
    const float *code;
    if (encoder->ways == 1)
        return gt_inference_run(encoder->inference, images, count, seed, first, codes, err);
    memset(encoder->mean, 0, values * sizeof *encoder->mean);
    for (int w = 0; w < encoder->ways; w++) {
        for (size_t i = 0; i < count; i++)
            gt_image_turn(images + i * pixels, encoder->channels, encoder->height,
                          encoder->width, encoder->turns[w], encoder->turned + i * pixels);
        GT_TRY(gt_inference_run(encoder->inference, encoder->turned, count, seed, first, &code,
                                err));
        for (size_t i = 0; i < values; i++) encoder->mean[i] += code[i] / (float)encoder->ways;
    }
    *codes = encoder->mean;
done:
    return status;
}
