/* Reads the shape of a VDVAE from its settings: block strings, widths and latent channels by
 * resolution, and what must hold between them. */
#include "vdvae.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Bounds on what a text may ask for; far above every published network. */
enum { MAX_SIZE = 4096, MAX_BLOCKS = 1024, MAX_CHANNELS = 1 << 16 };

/* Reads a decimal number up to max at *at and moves on; -1 when there is none. */
static int parse_number(const char **at, int max) {
    int value = 0;
    if (!isdigit((unsigned char)**at)) return -1;
    for (; isdigit((unsigned char)**at); ++*at) {
        value = value * 10 + (**at - '0');
        if (value > max) return -1;
    }
    return value;
}

/* One entry of a block string: R, RxN, RdD or RmS. */
typedef struct block_text {
    int size, number;
    char kind; /* 'x', 'd', 'm' */
} block_text;

static gt_status parse_block(const char *what, const char *text, const char **at,
                             block_text *block, gt_error *err) {
    const char *start = *at;
    *block = (block_text){.size = parse_number(at, MAX_SIZE), .number = 1, .kind = 'x'};
    bool good = block->size > 0;
    if (good && **at && **at != ',') {
        block->kind = *(*at)++;
        block->number = parse_number(at, block->kind == 'x' ? MAX_BLOCKS : MAX_SIZE);
        good = strchr("xdm", block->kind) && block->number > 0;
    }
    if (good && **at == ',' && (*at)[1]) return ++*at, GT_OK;
    if (good && !**at) return GT_OK;
    return gt_fail(err, GT_USAGE,
                   "%s '%s': '%.*s' is not one of R, RxN, RdD, RmS with sizes up to %d", what,
                   text, (int)strcspn(start, ","), start, MAX_SIZE);
}

static gt_status parse_encoder(const vdvae_settings *settings, vdvae *net, gt_error *err) {
    for (const char *at = settings->encoder; *at;) {
        block_text block;
        gt_status status = parse_block("encoder-blocks", settings->encoder, &at, &block, err);
        if (status) return status;
        if (block.kind == 'm')
            return gt_fail(err, GT_USAGE, "encoder-blocks: %dm%d belongs into decoder-blocks",
                           block.size, block.number);
        bool pools = block.kind == 'd';
        for (int i = 0; i < (pools ? 1 : block.number); ++i) {
            if (net->encoder_count == MAX_BLOCKS)
                return gt_fail(err, GT_USAGE, "encoder-blocks: more than %d blocks",
                               MAX_BLOCKS);
            net->encoder[net->encoder_count++] =
                (vdvae_encoder_block){.stage = block.size, .pool = pools ? block.number : 1};
        }
    }
    return net->encoder_count ? GT_OK
                              : gt_fail(err, GT_USAGE, "encoder-blocks: at least one block");
}

static gt_status parse_decoder(const vdvae_settings *settings, vdvae *net, gt_error *err) {
    for (const char *at = settings->decoder; *at;) {
        block_text block;
        gt_status status = parse_block("decoder-blocks", settings->decoder, &at, &block, err);
        if (status) return status;
        if (block.kind == 'd')
            return gt_fail(err, GT_USAGE, "decoder-blocks: %dd%d belongs into encoder-blocks",
                           block.size, block.number);
        bool mixes = block.kind == 'm';
        for (int i = 0; i < (mixes ? 1 : block.number); ++i) {
            if (net->decoder_count == MAX_BLOCKS)
                return gt_fail(err, GT_USAGE, "decoder-blocks: more than %d blocks",
                               MAX_BLOCKS);
            net->decoder[net->decoder_count++] =
                (vdvae_decoder_block){.stage = block.size, .source = mixes ? block.number : -1};
        }
    }
    return net->decoder_count ? GT_OK
                              : gt_fail(err, GT_USAGE, "decoder-blocks: at least one block");
}

static int find_stage(const vdvae *net, int size) {
    for (int i = 0; i < net->stage_count; ++i)
        if (net->stages[i].size == size) return i;
    return -1;
}

static int compare_stages(const void *a, const void *b) {
    return ((const vdvae_stage *)a)->size - ((const vdvae_stage *)b)->size;
}

static void add_stage(vdvae *net, int size) {
    if (find_stage(net, size) >= 0) return;
    net->stages[net->stage_count++] =
        (vdvae_stage){.size = size, .kernel = size > 2 ? 3 : 1, .bias = -1};
}

/* The encoder's blocks follow the map's size from the image downwards; afterwards they hold
 * stages. */
static gt_status follow_encoder(vdvae *net, const gt_model_input *input, gt_error *err) {
    int size = (int)input->height;
    add_stage(net, size);
    for (int i = 0; i < net->encoder_count; ++i) {
        vdvae_encoder_block *block = &net->encoder[i];
        if (block->stage != size && i == 0)
            return gt_fail(err, GT_USAGE,
                           "encoder-blocks begin at %d, but the images are %d pixels wide",
                           block->stage, size);
        if (block->stage != size)
            return gt_fail(err, GT_USAGE,
                           "encoder-blocks: block %d is at %d, but the map there is %d wide",
                           i + 1, block->stage, size);
        if (size % block->pool)
            return gt_fail(err, GT_USAGE, "encoder-blocks: %dd%d does not divide evenly", size,
                           block->pool);
        size /= block->pool;
        add_stage(net, size);
    }
    qsort(net->stages, (size_t)net->stage_count, sizeof *net->stages, compare_stages);
    for (int i = 0; i < net->encoder_count; ++i)
        net->encoder[i].stage = find_stage(net, net->encoder[i].stage);
    return GT_OK;
}

/* Every decoder size has an encoder map, a block mixes in a smaller size that is ready. */
static gt_status follow_decoder(vdvae *net, const gt_model_input *input, gt_error *err) {
    int size = 0;
    for (int i = 0; i < net->decoder_count; ++i) {
        vdvae_decoder_block *block = &net->decoder[i];
        size = block->stage;
        int stage = find_stage(net, size), source = -1;
        if (stage < 0)
            return gt_fail(err, GT_USAGE, "decoder-blocks: the encoder has no map of size %d",
                           size);
        if (block->source > 0) {
            source = find_stage(net, block->source);
            if (source < 0 || source >= stage || !net->stages[source].decoded ||
                size % block->source)
                return gt_fail(err, GT_USAGE,
                               "decoder-blocks: %dm%d needs an earlier block at %d, a divisor "
                               "of %d",
                               size, block->source, block->source, size);
        }
        block->first = !net->stages[stage].decoded;
        net->stages[stage].decoded = true;
        block->stage = stage;
        block->source = source;
    }
    if (size != input->height)
        return gt_fail(err, GT_USAGE,
                       "decoder-blocks end at %d, but the images are %d pixels wide", size,
                       (int)input->height);
    return GT_OK;
}

/* "16,1:256,4:8": a number for all stages and numbers for some; either part may be left out. A
 * size that the network does not have is allowed. */
static gt_status read_map(const char *what, const char *text, const vdvae *net, int *values,
                          gt_error *err) {
    for (const char *at = text; *at;) {
        const char *start = at;
        int stage = -1, value = parse_number(&at, MAX_CHANNELS);
        bool single = *at == ':';
        if (value >= 0 && single) {
            ++at;
            stage = find_stage(net, value);
            value = parse_number(&at, MAX_CHANNELS);
        }
        if (value < 0 || (*at && (*at != ',' || !at[1])))
            return gt_fail(err, GT_USAGE, "%s '%s': '%s' is not a number or SIZE:NUMBER", what,
                           text, start);
        for (int i = 0; i < net->stage_count; ++i)
            if (!single || i == stage) values[i] = value;
        if (*at) ++at;
    }
    return GT_OK;
}

static gt_status read_channels(const vdvae_settings *settings, vdvae *net, gt_error *err) {
    gt_status status = GT_OK;
    int *widths = calloc((size_t)net->stage_count * 2, sizeof *widths), *latents = NULL;
    if (!widths) GT_THROW(err, GT_NO_MEMORY, "no memory for %d stages", net->stage_count);
    latents = widths + net->stage_count;
    for (int i = 0; i < net->stage_count; ++i) {
        widths[i] = (int)settings->width;
        latents[i] = -1;
    }
    GT_TRY(read_map("widths", settings->widths, net, widths, err));
    GT_TRY(read_map("latents", settings->latents, net, latents, err));
    for (int i = 0; i < net->stage_count; ++i) {
        vdvae_stage *stage = &net->stages[i];
        stage->width = widths[i];
        stage->latent = latents[i];
        stage->mid = (int)(widths[i] * settings->bottleneck);
        if (stage->width < 1) GT_THROW(err, GT_USAGE, "widths: 0 at size %d", stage->size);
        if (stage->mid < 1)
            GT_THROW(err, GT_USAGE, "bottleneck %g leaves no channel of width %d",
                     settings->bottleneck, stage->width);
        if (stage->decoded && stage->latent < 0)
            GT_THROW(err, GT_USAGE, "latents '%s' names no number for size %d",
                     settings->latents, stage->size);
    }
    if (net->stages[net->decoder[0].stage].latent == 0)
        GT_THROW(err, GT_USAGE, "latents '%s': the first decoder block, at size %d, needs some",
                 settings->latents, net->stages[net->decoder[0].stage].size);
done:
    free(widths);
    return status;
}

/* Maps gain channels on the way down and lose them on the way up; the ends have the common
 * width. */
static gt_status check_widths(const vdvae_settings *settings, const vdvae *net, gt_error *err) {
    const vdvae_stage *top = &net->stages[net->stage_count - 1];
    if (top->width != settings->width)
        return gt_fail(err, GT_USAGE, "widths: size %d must have the width %d, not %d",
                       top->size, (int)settings->width, top->width);
    for (int i = 1; i < net->stage_count; ++i)
        if (net->stages[i - 1].width < net->stages[i].width)
            return gt_fail(err, GT_USAGE, "widths: %d at size %d is less than %d at size %d",
                           net->stages[i - 1].width, net->stages[i - 1].size,
                           net->stages[i].width, net->stages[i].size);
    return GT_OK;
}

static gt_status check_input(const gt_model_input *input, gt_error *err) {
    if (input->channels != 1 && input->channels != 3)
        return gt_fail(err, GT_USAGE, "vdvae takes images of 1 or 3 channels, not %lld",
                       (long long)input->channels);
    if (input->height != input->width || input->height < 1 || input->height > MAX_SIZE)
        return gt_fail(err, GT_USAGE,
                       "vdvae takes square images of up to %d pixels, not %lldx%lld", MAX_SIZE,
                       (long long)input->width, (long long)input->height);
    return GT_OK;
}

void vdvae_destroy(void *self) {
    vdvae *net = self;
    if (!net) return;
    free(net->stages);
    free(net->encoder);
    free(net->decoder);
    free(net);
}

gt_status vdvae_read_settings(const vdvae_settings *settings, const gt_model_input *input,
                              vdvae **out, gt_error *err) {
    gt_status status = GT_OK;
    vdvae *net = calloc(1, sizeof *net);
    if (!net) GT_THROW(err, GT_NO_MEMORY, "no memory for a network");
    net->dmol = (gt_dmol){(int)input->channels, (int)settings->mixtures, settings->low_bit};
    net->tap_before_pool = strcmp(settings->tap, "pre_pool") == 0;
    net->encoder = calloc(MAX_BLOCKS, sizeof *net->encoder);
    net->decoder = calloc(MAX_BLOCKS, sizeof *net->decoder);
    net->stages = calloc(MAX_BLOCKS + 1, sizeof *net->stages);
    if (!net->encoder || !net->decoder || !net->stages)
        GT_THROW(err, GT_NO_MEMORY, "no memory for %d blocks", MAX_BLOCKS);
    GT_TRY(check_input(input, err));
    GT_TRY(parse_encoder(settings, net, err));
    GT_TRY(parse_decoder(settings, net, err));
    GT_TRY(follow_encoder(net, input, err));
    GT_TRY(follow_decoder(net, input, err));
    GT_TRY(read_channels(settings, net, err));
    GT_TRY(check_widths(settings, net, err));
    *out = net;
    net = NULL;
done:
    vdvae_destroy(net);
    return status;
}
