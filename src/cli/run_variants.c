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

static gt_variant invert_variant(const gt_model_class *class) {
    return (gt_variant){class->name, class->summary, class->invert_options, class->invert_size,
                        class};
}

typedef gt_variant (*view)(const gt_model_class *class);

static gt_status variant_of(view see, const char *word, gt_variant *out, gt_error *err) {
    const gt_model_class *class = NULL;
    gt_status status = gt_run_class(word, &class, err);
    if (status == GT_OK) *out = see(class);
    return status;
}

static gt_variant variant_at(view see, size_t index) {
    size_t count = 0;
    const gt_model_class *const *classes = gt_model_classes(&count);
    return index < count ? see(classes[index]) : (gt_variant){0};
}

gt_status gt_encode_variant_of(const char *word, gt_variant *out, gt_error *err) {
    return variant_of(encode_variant, word, out, err);
}

gt_status gt_sample_variant_of(const char *word, gt_variant *out, gt_error *err) {
    return variant_of(sample_variant, word, out, err);
}

gt_status gt_invert_variant_of(const char *word, gt_variant *out, gt_error *err) {
    return variant_of(invert_variant, word, out, err);
}

gt_variant gt_encode_variant_at(size_t index) {
    return variant_at(encode_variant, index);
}

gt_variant gt_sample_variant_at(size_t index) {
    return variant_at(sample_variant, index);
}

gt_variant gt_invert_variant_at(size_t index) {
    return variant_at(invert_variant, index);
}
