/* Fuzz target: the settings of a VDVAE for images of 16 x 16 pixels, one a line:
 * encoder-blocks, decoder-blocks, widths, latents. Whatever is accepted must build a graph
 * without a failure. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "vdvae.h"

enum { SIDE = 16, MOST_BLOCKS = 24, MOST_WIDTH = 64 };

static void must(int condition) {
    if (!condition) abort();
}

/* Large networks are right for the same reasons as small ones, but take longer. */
static int is_small(const vdvae *net) {
    if (net->encoder_count + net->decoder_count > MOST_BLOCKS) return 0;
    for (int i = 0; i < net->stage_count; ++i)
        if (net->stages[i].width > MOST_WIDTH || net->stages[i].latent > MOST_WIDTH) return 0;
    return 1;
}

static void build(const vdvae_settings *settings, const gt_model_input *input) {
    gt_error err;
    gt_model *model = NULL;
    gt_model_graph nodes;
    gt_graph *g = gt_graph_create();
    must(gt_model_create(&gt_model_vdvae, settings, input, &model, &err) == GT_OK);
    must(gt_model_build_loss(model, 0, g, 2, &nodes, &err) == GT_OK);
    must(gt_shape_count(gt_tensor_shape(nodes.output)) == 1);
    gt_model_graph_close(&nodes);
    gt_graph_destroy(g);
    gt_model_destroy(model);
}

bool gt_fuzz_one(const uint8_t *data, size_t size) {
    char *text = gt_fuzz_text(data, size), *rest = text, none[] = "";
    const char *lines[4] = {none, none, none, none};
    for (int i = 0; i < 4 && rest; ++i) lines[i] = strsep(&rest, "\n");
    vdvae_settings settings = {.encoder = lines[0],
                               .decoder = lines[1],
                               .widths = lines[2],
                               .latents = lines[3],
                               .tap = size % 2 ? "pre_pool" : "post_block",
                               .width = 8,
                               .mixtures = 2,
                               .bias_up_to = size % 3 ? 64 : 4,
                               .bottleneck = 0.25,
                               .low_bit = size % 5 == 0};
    gt_model_input input = GT_MODEL_INPUT(size % 7 ? 1 : 3, SIDE, SIDE, 0, 1);
    gt_error err;
    vdvae *net = NULL;
    gt_status status = vdvae_read_settings(&settings, &input, &net, &err);
    if (status == GT_OK) {
        int small = is_small(net);
        vdvae_destroy(net);
        if (small) build(&settings, &input);
    }
    free(text);
    return status == GT_OK;
}
