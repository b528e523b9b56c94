/* foreign_test.c - weight files as other programs write them: names behind the prefix of a
 * wrapper, numbers of other types, counters, tensors that a use has no need of. */
#include "gt_test.h"

#include "diffusion.h"
#include "galatea/log.h"
#include "galatea/run.h"
#include "gan.h"
#include "glow.h"
#include "maf.h"
#include "one_file.h"
#include "ssl.h"
#include "weights.h"
#include "zip_write.h"

static char remarks[4096];

static const char config[] =
    "image-channels = 1\nimage-height = 32\nimage-width = 32\npixel-scale = 0.00390625\n"
    "widths = 4,8\nblocks = 1,1\nhidden = 8\noutput = 6\nproj-layers = 2\n";

static gt_model *make(uint64_t seed) {
    gt_error err;
    gt_model *model = NULL;
    ssl_settings settings = {.widths = "4,8",
                             .blocks = "1,1",
                             .projection_layers = 2,
                             .hidden = 8,
                             .output = 6,
                             .temperature = 0.5};
    gt_model_input input = GT_MODEL_INPUT(1, 32, 32, 0, 1.0 / 256);
    assert_ok(gt_model_create(&gt_model_simclr, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, seed, &err), err);
    return model;
}

static gt_model *make_flow(uint64_t seed) {
    gt_error err;
    gt_model *model = NULL;
    maf_settings settings = {.blocks = 2, .width = 5};
    gt_model_input input = GT_MODEL_INPUT(3, 1, 1, 0, 1);
    assert_ok(gt_model_create(&gt_model_maf, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, seed, &err), err);
    return model;
}

static gt_model *make_gan(uint64_t seed) {
    gt_error err;
    gt_model *model = NULL;
    gan_settings settings = {.side = 32,
                             .latent = 4,
                             .channels = 1,
                             .heads = 1,
                             .head_size = 4,
                             .most_channels = 16,
                             .exponent = 12,
                             .attention = "none",
                             .gate = "context",
                             .head = "1x1",
                             .penalty = "one-centred",
                             .augment = "cutout"};
    gt_model_input input = GT_MODEL_INPUT(1, 32, 32, 0, 1.0 / 255);
    assert_ok(gt_model_create(&gt_model_gan, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, seed, &err), err);
    return model;
}

static gt_model *make_denoiser(uint64_t seed) {
    gt_error err;
    gt_model *model = NULL;
    diffusion_settings settings = {.width = 4, .levels = 2, .noise = "square"};
    gt_model_input input = GT_MODEL_INPUT(1, 16, 16, 0, 1.0 / 255);
    assert_ok(gt_model_create(&gt_model_diffusion, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, seed, &err), err);
    return model;
}

static gt_model *make_glow(uint64_t seed) {
    gt_error err;
    gt_model *model = NULL;
    glow_settings settings = {
        .flows = 2, .levels = 2, .width = 8, .bits = 5, .coupling = "affine", .mixing = "lu"};
    gt_model_input input = GT_MODEL_INPUT(1, 16, 16, 0, 1);
    (void)gt_model_fit_input(&gt_model_glow, &input);
    assert_ok(gt_model_create(&gt_model_glow, &settings, &input, &model, &err), err);
    assert_ok(gt_model_init(model, seed, &err), err);
    return model;
}

/* How a file differs from one of this program. */
typedef struct variant {
    const char *prefix;   /* before every name */
    const char *inside;   /* behind the first part of every name */
    const char *without;  /* no tensors that begin so */
    const char *also;     /* one tensor of 4 more, behind no prefix */
    const char *again;    /* all parameters once more behind this prefix */
    gt_st_dtype type;     /* of all numbers; 0: F32 */
    bool counts, is_told; /* counters of PyTorch; metadata */
    bool is_summed;       /* checksums */
} variant;

enum { ROOM = 1 << 18 };

/* A float as the upper half of its bits, as IEEE 754 binary16 (of a normal number that has
 * room there), or as a double. */
static void convert(gt_st_dtype type, float value, size_t i, void *out) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (type == GT_ST_BF16) ((uint16_t *)out)[i] = (uint16_t)(bits >> 16);
    if (type == GT_ST_F64) ((double *)out)[i] = (double)value;
    if (type != GT_ST_F16) return;
    uint32_t exponent = bits >> 23 & 255, low = 127 - 14;
    ((uint16_t *)out)[i] =
        (uint16_t)(bits >> 16 & 0x8000) |
        (uint16_t)(exponent < low ? 0 : (exponent - low + 1) << 10 | (bits >> 13 & 1023));
}

static void add(gt_safetensors_writer *writer, const variant *v, const char *own,
                gt_shape shape, const float *values, double *store) {
    gt_error err;
    char name[256];
    size_t head = v->inside ? strcspn(own, ".") + 1 : 0, count = (size_t)gt_shape_count(shape);
    if (v->without && strncmp(own, v->without, strlen(v->without)) == 0) return;
    snprintf(name, sizeof name, "%s%.*s%s%s", v->prefix ? v->prefix : "", (int)head, own,
             v->inside ? v->inside : "", own + head);
    for (size_t i = 0; v->type && i < count; i++) convert(v->type, values[i], i, store);
    assert_ok(gt_safetensors_writer_add(writer, name, v->type ? v->type : GT_ST_F32, shape.rank,
                                        shape.dim, v->type ? (void *)store : values, &err),
              err);
}

static void add_counters(gt_safetensors_writer *writer, const char *prefix) {
    static const int64_t count = 7;
    gt_error err;
    char name[256];
    snprintf(name, sizeof name, "%sbackbone.bn1.num_batches_tracked", prefix ? prefix : "");
    assert_ok(gt_safetensors_writer_add(writer, name, GT_ST_I64, 0, NULL, &count, &err), err);
    assert_ok(gt_safetensors_writer_add(writer, "n_averaged", GT_ST_I64, 0, NULL, &count, &err),
              err);
}

static void save(gt_model *model, variant v) {
    static double store[ROOM];
    static const float zeros[4];
    gt_error err;
    gt_model_fixed fixed;
    gt_safetensors_writer *writer;
    gt_params *params = gt_model_params(model);
    assert_true(gt_params_floats(params) <= ROOM);
    assert_ok(gt_safetensors_writer_create(&writer, &err), err);
    for (int i = 0; i < gt_params_count(params); i++)
        add(writer, &v, gt_params_name(params, i), gt_params_shape(params, i),
            gt_params_values(params) + gt_params_offset(params, i),
            store + gt_params_offset(params, i));
    for (int i = 0; v.again && i < gt_params_count(params); i++)
        add(writer, &(variant){.prefix = v.again}, gt_params_name(params, i),
            gt_params_shape(params, i), gt_params_values(params) + gt_params_offset(params, i),
            NULL);
    for (int i = 0; gt_model_fixed_at(model, i, &fixed); i++)
        add(writer, &v, fixed.name, fixed.shape, fixed.values, store + ROOM - 1000 + 64 * i);
    if (v.also)
        assert_ok(gt_safetensors_writer_add(writer, v.also, GT_ST_F32, 1, (const int64_t[]){4},
                                            zeros, &err),
                  err);
    if (v.counts) add_counters(writer, v.prefix);
    if (v.is_told) {
        assert_ok(gt_safetensors_writer_metadata(writer, "model", "simclr", &err), err);
        assert_ok(gt_safetensors_writer_metadata(writer, "model_config", config, &err), err);
    }
    assert_ok(gt_safetensors_writer_save(writer, path, v.is_summed, &err), err);
    gt_safetensors_writer_destroy(writer);
}

static void remember(void *user, const char *line) {
    (void)user;
    size_t used = strlen(remarks);
    snprintf(remarks + used, sizeof remarks - used, "%s\n", line);
}

static gt_status begin(gt_model *model, gt_error *err) {
    remarks[0] = 0;
    gt_log_to(remember, NULL);
    gt_status status = gt_weights_begin(path, NULL, false, model, err);
    gt_log_to(NULL, NULL);
    return status;
}

static void assert_remark(const char *text) {
    if (!strstr(remarks, text)) fail_msg("'%s' is not among '%s'", text, remarks);
}

/* Largest difference of what both hold, relative to the largest value. */
static double distance(gt_model *a, gt_model *b) {
    const float *x = gt_params_values(gt_model_params(a));
    const float *y = gt_params_values(gt_model_params(b));
    double most = 0, largest = 0;
    for (int64_t i = 0; i < gt_params_floats(gt_model_params(a)); i++) {
        most = fmax(most, fabs((double)x[i] - (double)y[i]));
        largest = fmax(largest, fabs((double)x[i]));
    }
    return most / largest;
}

static void prefixes(void **state) {
    static const variant cases[] = {
        {.prefix = NULL},
        {.prefix = "module."},
        {.prefix = "_orig_mod."},
        {.prefix = "module._orig_mod."},
        {.prefix = "model."},
        {.prefix = "model.module."},
        {.prefix = "trainer.network.student."},
        {.inside = "_orig_mod."},
        {.inside = "module.", .prefix = "model."},
        {.prefix = "_fsdp_wrapped_module."},
    };
    gt_model *theirs = make(5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        gt_model *ours = make(1);
        variant v = cases[i];
        v.counts = true;
        save(theirs, v);
        assert_ok(begin(ours, &err), err);
        assert_true(distance(theirs, ours) == 0);
        assert_remark(" of ");
        if (i > 0) assert_remark("is taken for 'backbone.conv1.weight', and so are the others");
        gt_model_destroy(ours);
    }
    gt_model_destroy(theirs);
}

static void numbers(void **state) {
    static const struct {
        gt_st_dtype type;
        double error;
    } cases[] = {{GT_ST_F64, 0}, {GT_ST_F16, 0x1p-10}, {GT_ST_BF16, 0x1p-7}};
    gt_model *theirs = make(5), *flow = make_flow(5);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        gt_model *ours = make(1), *other = make_flow(1);
        save(theirs, (variant){.type = cases[i].type});
        assert_ok(begin(ours, &err), err);
        assert_true(distance(theirs, ours) <= cases[i].error);
        save(flow, (variant){.type = cases[i].type, .prefix = "module."});
        assert_ok(begin(other, &err), err);
        assert_true(distance(flow, other) <= cases[i].error);
        gt_model_destroy(ours);
        gt_model_destroy(other);
    }
    gt_model_destroy(theirs);
    gt_model_destroy(flow);
}

/* Masks lie in the files of a flow, which begins with them as with any other. */
static void flow(void **state) {
    gt_error err;
    gt_model *theirs = make_flow(5), *ours = make_flow(1);
    assert_true(distance(theirs, ours) > 0);
    save(theirs, (variant){0});
    assert_ok(begin(ours, &err), err);
    assert_true(distance(theirs, ours) == 0);
    save(theirs, (variant){.without = "0.joiner.linear.weight"});
    assert_int_equal(gt_weights_begin(path, NULL, false, ours, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "'0.joiner.linear.weight' 5x3 is missing"));
    gt_model_destroy(theirs);
    gt_model_destroy(ours);
}

static void other_names(void **state) {
    static const struct {
        variant v;
        const char *says;
    } cases[] = {
        {{.prefix = "model.", .also = "head.weight", .without = "backbone.conv1.weight"},
         "'head.weight' 4 is not part of the model; 'model.backbone.bn1.bias' "},
        {{.prefix = "model.", .also = "model.head.weight", .without = "backbone.conv1.weight"},
         "fit the model: 'model.head.weight' 4 is not part of the model; "
         "'backbone.conv1.weight' 4x1x7x7 is missing"},
        {{.prefix = "modules."}, NULL},
        {{.without = "backbone.conv1.weight", .prefix = "module."},
         "fit the model: 'backbone.conv1.weight' 4x1x7x7 is missing"},
    };
    gt_model *theirs = make(5), *ours = make(1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        save(theirs, cases[i].v);
        gt_status status = gt_weights_begin(path, NULL, false, ours, &err);
        assert_int_equal(status, cases[i].says ? GT_MISMATCH : GT_OK);
        if (cases[i].says && !strstr(err.text, cases[i].says)) fail_msg("%s", err.text);
    }
    gt_model_destroy(theirs);
    gt_model_destroy(ours);
}

/* All of the model under one prefix: what else is there is named and left out. */
static void other_tensors(void **state) {
    static const struct {
        variant v;
        const char *says;
    } cases[] = {
        {{.prefix = "model.", .also = "head.weight"}, "('head.weight')"},
        {{.prefix = "model.", .also = "model.head.weight"}, "('model.head.weight')"},
        {{.prefix = "net.online.", .also = "net.other"}, "('net.other')"},
        {{.also = "criterion.weight", .counts = true}, "('criterion.weight')"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        gt_model *theirs = make(5), *ours = make(1);
        save(theirs, cases[i].v);
        assert_ok(begin(ours, &err), err);
        assert_true(distance(theirs, ours) == 0);
        assert_remark("1 tensor that the model has no use for is left out ");
        assert_remark(cases[i].says);
        gt_model_destroy(theirs);
        gt_model_destroy(ours);
    }
    gt_error err;
    gt_model *theirs = make_flow(5), *ours = make_flow(1);
    save(theirs, (variant){.also = "fc.weight"});
    assert_ok(begin(ours, &err), err);
    assert_true(distance(theirs, ours) == 0);
    assert_remark("1 tensor that the model has no use for is left out ('fc.weight')");
    save(theirs, (variant){.prefix = "student.", .again = "teacher."});
    assert_int_equal(begin(ours, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "holds the model more than once, under 'student.' and "
                                     "'teacher.': --prefix takes one of them"));
    assert_ok(gt_weights_begin(path, "teacher", false, ours, &err), err);
    assert_true(distance(theirs, ours) == 0);
    gt_safetensors *file = NULL;
    bool is_given[64];
    assert_true(gt_params_count(gt_model_params(ours)) <= 64);
    assert_ok(gt_safetensors_open(path, &file, &err), err);
    assert_int_equal(gt_weights_import(file, ours, NULL, is_given, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "'teacher.': --prefix takes one of them"));
    assert_int_equal(gt_weights_import(file, ours, "teach", is_given, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "holds no tensor of the model under 'teach.'"));
    assert_ok(gt_model_init(ours, 1, &err), err);
    assert_ok(gt_weights_import(file, ours, "teacher", is_given, &err), err);
    assert_true(distance(theirs, ours) == 0);
    gt_safetensors_close(file);
    const maf_settings settings = {.blocks = 2, .width = 5};
    const gt_model_input input = GT_MODEL_INPUT(3, 1, 1, 0, 1);
    const gt_run_network network = {&gt_model_maf, &settings, &input};
    gt_run *run = NULL;
    assert_int_equal(gt_run_open_as(path, &network, NULL, &run, &err), GT_MISMATCH);
    assert_int_equal(gt_run_open_under(path, "teach", &network, &run, &err), GT_MISMATCH);
    assert_ok(gt_run_open_under(path, "teacher", &network, &run, &err), err);
    assert_true(distance(theirs, gt_run_model(run)) == 0);
    gt_run_close(run);
    gt_model_destroy(theirs);
    gt_model_destroy(ours);
}

/* The public program saves its networks in one dictionary, beside what scales its losses, and
 * no moments of its optimizers; a discriminator with augmentation is there twice. */
static void adversaries(void **state) {
    static const variant cases[] = {
        {.prefix = NULL},
        {.prefix = "module."},
        {.prefix = "GAN."},
        {.prefix = "GAN.", .also = "G_scaler.scale"},
        {.prefix = "module.", .also = "D_scaler._growth_tracker"},
        {.prefix = "GAN.module.", .also = "D_scaler.scale", .without = "GE."},
        {.also = "D_aug.D.to_logits.3.weight"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        gt_model *theirs = make_gan(5), *ours = make_gan(1);
        assert_true(distance(theirs, ours) > 0.1);
        save(theirs, cases[i]);
        assert_ok(begin(ours, &err), err);
        assert_true(distance(theirs, ours) == 0);
        assert_remark("; the optimizer begins afresh");
        if (cases[i].prefix) assert_remark("is taken for 'G.");
        if (cases[i].prefix && strstr(remarks, "no use for")) fail_msg("%s", remarks);
        gt_model_destroy(theirs);
        gt_model_destroy(ours);
    }
}

static gt_status use(gt_run **run, gt_error *err) {
    gt_inference *inference = NULL;
    remarks[0] = 0;
    gt_log_to(remember, NULL);
    gt_status status = gt_run_open(path, run, err);
    gt_log_to(NULL, NULL);
    if (status) return status;
    const gt_use_options how = {.use = GT_USE_ENCODE, .batch = 1, .threads = 1};
    status = gt_inference_create(*run, &how, &inference, err);
    gt_inference_destroy(inference);
    return status;
}

/* What is told is enough to use a file; a code needs the encoder alone. */
static void runs(void **state) {
    gt_error err;
    gt_run *run = NULL;
    gt_model *theirs = make(5);
    save(theirs, (variant){.is_told = true, .counts = true, .prefix = "module."});
    assert_ok(use(&run, &err), err);
    assert_true(distance(theirs, gt_run_model(run)) == 0);
    assert_remark("was written by another program");
    assert_ok(gt_run_check(run, NULL, &err), err);
    gt_run_close(run);
    save(theirs, (variant){.is_told = true, .without = "projection_head", .also = "fc.weight"});
    assert_ok(use(&run, &err), err);
    assert_remark("1 tensor that the model has no use for is left out ('fc.weight')");
    assert_int_equal(gt_run_check(run, NULL, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "'projection_head.layers.0.weight' 8x8 is missing"));
    gt_run_close(run);
    save(theirs, (variant){.is_told = true, .without = "backbone."});
    assert_int_equal(use(&run, &err), GT_MISMATCH);
    assert_non_null(strstr(err.text, "'backbone.conv1.weight' 4x1x7x7 is missing; "));
    gt_run_close(run);
    save(theirs, (variant){.is_told = true, .without = "backbone.layer1.0.bn1.weight"});
    assert_int_equal(gt_run_open(path, &run, &err), GT_MISMATCH);
    gt_model_destroy(theirs);
}

static void change_last_byte(void) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -1, SEEK_END), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_END), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

/* Checksums stay behind in the metadata when others write a file anew, in another type; in one
 * of this program they mean what they say. */
static void checksums(void **state) {
    gt_error err;
    gt_run *run = NULL;
    gt_model *theirs = make(5);
    save(theirs, (variant){.is_told = true});
    assert_ok(use(&run, &err), err);
    assert_remark("carries no checksums");
    gt_run_close(run);
    for (int is_changed = 0; is_changed < 2; is_changed++) {
        save(theirs, (variant){.is_told = true, .is_summed = true});
        if (is_changed) change_last_byte();
        assert_int_equal(use(&run, &err), is_changed ? GT_MISMATCH : GT_OK);
        assert_string_equal(remarks, "");
        if (!is_changed) gt_run_close(run);
    }
    assert_non_null(strstr(err.text, "is damaged"));
    save(theirs, (variant){.is_told = true, .is_summed = true, .type = GT_ST_F16});
    change_last_byte();
    assert_ok(use(&run, &err), err);
    assert_remark("was written by another program");
    gt_run_close(run);
    gt_model_destroy(theirs);
}

/* The public programs of the other generators save what a parallel wrapper names; a denoiser's
 * file does not tell the mean picture, which only walks begin with. */
static void generators(void **state) {
    static const struct {
        gt_model *(*make)(uint64_t seed);
        variant v;
    } cases[] = {{make_denoiser, {.prefix = "module."}},
                 {make_denoiser, {.prefix = "module.", .without = "train_mean"}},
                 {make_denoiser, {.prefix = "model.", .also = "optimizer.state.0.step"}},
                 {make_glow, {.prefix = "module."}},
                 {make_glow, {.prefix = "module.", .also = "extra"}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gt_error err;
        gt_model *theirs = cases[i].make(5), *ours = cases[i].make(1);
        assert_true(distance(theirs, ours) > 0.1);
        save(theirs, cases[i].v);
        assert_ok(begin(ours, &err), err);
        assert_true(distance(theirs, ours) == 0);
        assert_remark("is taken for '");
        if (cases[i].v.also) assert_remark("no use for");
        gt_model_destroy(theirs);
        gt_model_destroy(ours);
    }
}

/* ---- Files of torch.save --------------------------------------------------------------- */

static unsigned char pickled[1 << 17];
static size_t pickled_size;

static void put(const void *bytes, size_t size) {
    assert_true(pickled_size + size <= sizeof pickled);
    memcpy(pickled + pickled_size, bytes, size);
    pickled_size += size;
}

static void put_number(const char *code, int32_t value) {
    put(code, 1);
    put(&value, sizeof value);
}

static void put_text(const char *text) {
    put_number("X", (int32_t)strlen(text));
    put(text, strlen(text));
}

#define PUT(text) put(text, sizeof(text) - 1)

/* key: _rebuild_tensor_v2(numbers of that name, 0, shape, strides, False, OrderedDict()) */
static void put_tensor(const char *key, const char *numbers, gt_shape shape) {
    int32_t count = (int32_t)gt_shape_count(shape), stride = count;
    put_text(key);
    PUT("ctorch._utils\n_rebuild_tensor_v2\n((");
    put_text("storage");
    PUT("ctorch\nFloatStorage\n");
    put_text(numbers);
    put_text("cpu");
    put_number("J", count);
    PUT("tQK\0(");
    for (int i = 0; i < shape.rank; i++) put_number("J", (int32_t)shape.dim[i]);
    PUT("t(");
    for (int i = 0; i < shape.rank; i++) put_number("J", stride /= (int32_t)shape.dim[i]);
    PUT("t\x89"
        "ccollections\nOrderedDict\n)RtR");
}

static void add_member(gt_zip *zip, const char *name, const void *bytes, size_t size) {
    gt_error err;
    assert_ok(gt_zip_begin(zip, name, 0, &err), err);
    assert_ok(gt_zip_append(zip, bytes, size, &err), err);
    assert_ok(gt_zip_end(zip, NULL, &err), err);
}

/* {"GAN": {"module.G...": tensor, ...}, "version": "1.2.1"}, as the public program saves it. */
static void save_torch(gt_model *model, const char *prefix) {
    gt_error err;
    gt_zip *zip = NULL;
    gt_params *params = gt_model_params(model);
    char name[256], numbers[32];
    pickled_size = 0;
    PUT("\x80\2}(");
    put_text("GAN");
    PUT("}(");
    assert_ok(gt_zip_create(path, &zip, &err), err);
    for (int i = 0; i < gt_params_count(params); i++) {
        gt_shape shape = gt_params_shape(params, i);
        snprintf(name, sizeof name, "%s%s", prefix, gt_params_name(params, i));
        snprintf(numbers, sizeof numbers, "%d", i);
        put_tensor(name, numbers, shape);
        snprintf(numbers, sizeof numbers, "model_7/data/%d", i);
        add_member(zip, numbers, gt_params_values(params) + gt_params_offset(params, i),
                   (size_t)gt_shape_count(shape) * sizeof(float));
    }
    PUT("u");
    put_text("version");
    put_text("1.2.1");
    PUT("u.");
    add_member(zip, "model_7/data.pkl", pickled, pickled_size);
    assert_ok(gt_zip_commit(zip, &err), err);
    gt_zip_discard(zip);
}

static void torch_files(void **state) {
    static const char *const prefixes[] = {"", "module."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        gt_error err;
        gt_model *theirs = make_gan(5), *ours = make_gan(1);
        save_torch(theirs, prefixes[i]);
        assert_ok(begin(ours, &err), err);
        assert_true(distance(theirs, ours) == 0);
        assert_remark("is taken for 'G.");
        assert_remark("carries no checksums");
        gt_model_destroy(theirs);
        gt_model_destroy(ours);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generators),    cmocka_unit_test(torch_files),
        cmocka_unit_test(prefixes),      cmocka_unit_test(numbers),
        cmocka_unit_test(flow),          cmocka_unit_test(other_names),
        cmocka_unit_test(other_tensors), cmocka_unit_test(runs),
        cmocka_unit_test(checksums),     cmocka_unit_test(adversaries)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
