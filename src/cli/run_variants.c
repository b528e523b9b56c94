/* run_variants.c - what a run offers to encode and to sample. */
#include "run_variants.h"

#include "galatea/run.h"

static gt_variant encode_variant(const gt_model_class *class) {
    return (gt_variant){class->name, class->summary, class->encode_options, class->encode_size,
                        class};
}

static gt_variant sample_variant(const gt_model_class *class) {
    return (gt_variant){class->name, class->summary, class->sample_options, class->sample_size,
                        class};
}

gt_status gt_encode_variant_of(const char *word, gt_variant *out, gt_error *err) {
    const gt_model_class *class = NULL;
    gt_status status = gt_run_class(word, &class, err);
    if (status == GT_OK) *out = encode_variant(class);
    return status;
}

gt_status gt_sample_variant_of(const char *word, gt_variant *out, gt_error *err) {
    const gt_model_class *class = NULL;
    gt_status status = gt_run_class(word, &class, err);
    if (status == GT_OK) *out = sample_variant(class);
    return status;
}

gt_variant gt_encode_variant_at(size_t index) {
    size_t count = 0;
    const gt_model_class *const *classes = gt_model_classes(&count);
    return index < count ? encode_variant(classes[index]) : (gt_variant){0};
}

gt_variant gt_sample_variant_at(size_t index) {
    size_t count = 0;
    const gt_model_class *const *classes = gt_model_classes(&count);
    return index < count ? sample_variant(classes[index]) : (gt_variant){0};
}
