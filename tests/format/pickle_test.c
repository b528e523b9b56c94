/* pickle_test.c - the values of batch files come back; everything else is refused and run
 * by nobody. */
#include "gt_test.h"

#include <unistd.h>

#include "batch_maker.h"
#include "file.h"
#include "pickle.h"

static gt_error err;

static void a_batch_comes_back(void **state) {
    const int labels[] = {1, 0, 7};
    const char *const names[] = {"a.png", "b/c.png", "z"};
    maker m = make_batch(labels, names, 3, 4, 5, 10);
    gt_pickle *pickle = NULL;
    assert_ok(gt_pickle_parse(m.bytes, m.length, &pickle, &err), err);
    const gt_pickle_value *root = gt_pickle_root(pickle);
    assert_int_equal(root->kind, GT_PICKLE_DICT);
    assert_null(gt_pickle_get(root, "label"));
    const gt_pickle_value *list = gt_pickle_get(root, "labels");
    assert_int_equal(list->kind, GT_PICKLE_LIST);
    assert_int_equal(list->items.count, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(list->items.at[i]->integer, labels[i]);
    list = gt_pickle_get(root, "data");
    assert_int_equal(list->items.count, 3);
    const gt_pickle_value *array = list->items.at[2];
    assert_int_equal(array->kind, GT_PICKLE_ARRAY);
    assert_int_equal(array->array.type.kind, 'u');
    assert_int_equal(array->array.type.item_size, 1);
    assert_int_equal(array->array.rank * 100 + array->array.dims[0] * 10 + array->array.dims[1],
                     245);
    assert_int_equal(array->array.length, 20);
    assert_int_equal(array->array.bytes[19], 10 + 2 + 19);
    list = gt_pickle_get(root, "filenames");
    char text[16];
    for (int i = 0; i < 3; i++) {
        assert_ok(gt_pickle_text(list->items.at[i], text, sizeof text, &err), err);
        assert_string_equal(text, names[i]);
    }
    assert_int_equal(gt_pickle_text(list->items.at[1], text, 7, &err), GT_BAD_FORMAT);
    assert_int_equal(gt_pickle_text(array, text, sizeof text, &err), GT_BAD_FORMAT);
    gt_pickle_destroy(pickle);
    free(m.bytes);
}

static void texts_of_other_alphabets_come_back(void **state) {
    maker m = {0};
    gt_pickle *pickle = NULL;
    char text[16];
    put_start(&m);
    put_global(&m, "numpy.core.multiarray", "scalar");
    put_dtype(&m, "U3", ">", 12);
    put_blob(&m, "\0\0\0\xe9\0\1\xf3\0\0\0\0\0", 12);
    put(&m, "\x86R.", 3);
    assert_ok(gt_pickle_parse(m.bytes, m.length, &pickle, &err), err);
    assert_ok(gt_pickle_text(gt_pickle_root(pickle), text, sizeof text, &err), err);
    assert_string_equal(text, "\xc3\xa9\xf0\x9f\x8c\x80");
    gt_pickle_destroy(pickle);
    free(m.bytes);
}

/* Two pictures 250 251 252 253 and 254 255 0 1, in the forms of Python 2 and 3 and of numpy 1
 * and 2: lists, one array for all, numpy's numbers and texts, bytes as keys. */
static void every_writer_is_read(void **state) {
    static const char *const files[] = {"python2", "python3_protocol2", "python3_protocol4",
                                        "numpy2_protocol5", "numpy2_readonly"};
    static const char *const keys[] = {"labels", "data", "filenames"};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        char path[64], text[16], *bytes = NULL;
        size_t length = 0, count = 0;
        gt_pickle *pickle = NULL;
        snprintf(path, sizeof path, "corpus/format_pickle/%s", files[f]);
        assert_ok(gt_file_load(path, 1 << 20, &bytes, &length, &err), err);
        assert_ok(gt_pickle_parse((const uint8_t *)bytes, length, &pickle, &err), err);
        const gt_pickle_value *found[3];
        for (int k = 0; k < 3; k++) {
            found[k] = gt_pickle_get(gt_pickle_root(pickle), keys[k]);
            assert_ok(gt_pickle_count(found[k], &count, &err), err);
            assert_int_equal(count, 2);
        }
        for (size_t i = 0; i < 2; i++) {
            int64_t label = -1;
            gt_pickle_value item = gt_pickle_item(found[0], i);
            assert_true(gt_pickle_integer(&item, &label));
            assert_int_equal(label, 1 - i);
            item = gt_pickle_item(found[1], i);
            assert_int_equal(item.array.length, 4);
            for (size_t p = 0; p < 4; p++)
                assert_int_equal(item.array.bytes[p], (250 + 4 * i + p) % 256);
            assert_false(gt_pickle_integer(&item, &label));
            item = gt_pickle_item(found[2], i);
            assert_ok(gt_pickle_text(&item, text, sizeof text, &err), err);
            assert_string_equal(text, i ? "2_b.png" : "1_a.png");
        }
        assert_int_equal(gt_pickle_count(gt_pickle_root(pickle), &count, &err), GT_BAD_FORMAT);
        gt_pickle_destroy(pickle);
        free(bytes);
    }
}

static void expect_bytes(const void *bytes, size_t length, gt_status status,
                         const char *words) {
    gt_pickle *pickle = NULL;
    uint8_t *copy = malloc(length ? length : 1); /* exact size, so that reading on is seen */
    memcpy(copy, bytes, length);
    gt_status got = gt_pickle_parse(copy, length, &pickle, &err);
    gt_pickle_destroy(pickle);
    free(copy);
    if (got != status || !strstr(err.text, words))
        fail_msg("%s '%s', expected %s '%s'", gt_status_name(got), err.text,
                 gt_status_name(status), words);
}

#define EXPECT(bytes, status, words) expect_bytes(bytes, sizeof bytes - 1, status, words)

static void code_is_not_run(void **state) {
    unlink("/tmp/gt-pickle-was-run");
    EXPECT("\x80\3cos\nsystem\nX\x1b\0\0\0touch /tmp/gt-pickle-was-run\x85R.", GT_UNSUPPORTED,
           "the name os.system");
    EXPECT("\x80\3cposix\nsystem\n.", GT_UNSUPPORTED, "the name posix.system");
    EXPECT("\x80\3c__builtin__\neval\n.", GT_UNSUPPORTED, "the name __builtin__.eval");
    EXPECT("\x80\3cbuiltins\nexec\n.", GT_UNSUPPORTED, "the name builtins.exec");
    EXPECT("\x80\3cnumpy\nload\n.", GT_UNSUPPORTED, "the name numpy.load");
    EXPECT("\x80\3cnumpy.core.multiarray\n_reconstruct \n.", GT_UNSUPPORTED, "the name");
    EXPECT("\x80\3(S'ls'\nios\nsystem\n.", GT_UNSUPPORTED, "opcode 0x53");
    EXPECT("\x80\3ios\nsystem\n.", GT_UNSUPPORTED, "opcode 0x69");
    EXPECT("\x80\4\x8c\2os\x8c\6system\x93.", GT_UNSUPPORTED, "the name os.system");
    EXPECT("\x80\4\x8c\5posix\x94\x8c\6system\x94\x93.", GT_UNSUPPORTED,
           "the name posix.system");
    EXPECT("\x80\4K\1\x8c\6system\x93.", GT_BAD_FORMAT, "a global's name");
    EXPECT("\x80\2c_codecs\nencode\nX\1\0\0\0aX\3\0\0\0hex\x86R.", GT_UNSUPPORTED,
           "something but (text, latin1)");
    EXPECT("\x80\3N)\x81.", GT_UNSUPPORTED, "an object of a kind that is not known");
    EXPECT("\x80\3cnumpy\ndtype\n)\x81.", GT_UNSUPPORTED, "of a kind that is not known");
    EXPECT("\x80\4cnumpy\ndtype\n)}\x92.", GT_UNSUPPORTED, "of a kind that is not known");
    EXPECT("\x80\3cbuiltins\nse\n.", GT_UNSUPPORTED, "the name builtins.se,");
    EXPECT("\x80\3cbuiltins\nset|frozenset\n.", GT_UNSUPPORTED, "the name builtins.set|");
    EXPECT("\x80\3cbuiltins\n\n.", GT_UNSUPPORTED, "the name builtins.,");
    EXPECT("\x80\3clightning\nrun\n.", GT_UNSUPPORTED, "the name lightning.run");
    EXPECT("\x80\3cpathlib.os\nsystem\n.", GT_UNSUPPORTED, "the name pathlib.os.system");
    EXPECT("\x80\3P1\n.", GT_UNSUPPORTED, "opcode 0x50");   /* PERSID */
    EXPECT("\x80\3\x82\1.", GT_UNSUPPORTED, "opcode 0x82"); /* EXT1 */
    EXPECT("\x80\6N.", GT_UNSUPPORTED, "protocol 6, expected 2 to 5");
    EXPECT("\x80\1N.", GT_UNSUPPORTED, "protocol 1, expected 2 to 5");
    assert_int_equal(access("/tmp/gt-pickle-was-run", F_OK), -1);
}

/* Objects of listed kinds are made of nothing and filled with nothing. */
static void objects_beside_weights_are_passed_over(void **state) {
#define PICKLE(bytes) \
    { bytes, sizeof bytes - 1 }
    static const struct {
        const char *bytes;
        size_t length;
    } pickles[] = {
        PICKLE("\x80\2}X\1\0\0\0acargparse\nNamespace\n)\x81}X\1\0\0\0bK\1sbs."),
        PICKLE("\x80\2}X\1\0\0\0ac__builtin__\nset\n](K\1K\2e\x85Rs."),
        PICKLE("\x80\4}X\1\0\0\0a\x8f(K\1K\2\x90s."), PICKLE("\x80\4}X\1\0\0\0a(K\1K\2\x91s."),
        PICKLE("\x80\2}X\1\0\0\0acomegaconf.dictconfig\nDictConfig\n)\x81(K\1K\2us.")};
    for (int i = 0; i < 5; i++) {
        gt_pickle *pickle = NULL;
        assert_ok(gt_pickle_parse((const uint8_t *)pickles[i].bytes, pickles[i].length, &pickle,
                                  &err),
                  err);
        const gt_pickle_value *value = gt_pickle_get(gt_pickle_root(pickle), "a");
        assert_int_equal(value->kind, GT_PICKLE_OTHER);
        gt_pickle_destroy(pickle);
    }
}

static void broken_machines_are_refused(void **state) {
    EXPECT("", GT_BAD_FORMAT, "0 bytes left");
    EXPECT("\x80\3.", GT_BAD_FORMAT, "0 values on the stack");
    EXPECT("\x80\3NN.", GT_BAD_FORMAT, "STOP with 2 values");
    EXPECT("\x80\3N(.", GT_BAD_FORMAT, "0 values on the stack");
    EXPECT("\x80\3N", GT_BAD_FORMAT, "0 bytes left");
    EXPECT("\x80\3N.x", GT_BAD_FORMAT, "1 bytes behind the end");
    EXPECT("\x80\3t.", GT_BAD_FORMAT, "no MARK");
    EXPECT("\x80\4\x91.", GT_BAD_FORMAT, "no MARK");
    EXPECT("\x80\4\x8f\x90.", GT_BAD_FORMAT, "no MARK");
    EXPECT("\x80\4](N\x90.", GT_BAD_FORMAT, "items for something that is no set");
    EXPECT("\x80\3)\x81.", GT_BAD_FORMAT, "1 values on the stack, expected 2");
    EXPECT("\x80\3N(\x85.", GT_BAD_FORMAT, "0 values on the stack, expected 1");
    EXPECT("\x80\3N\x86.", GT_BAD_FORMAT, "1 values on the stack, expected 2");
    EXPECT("\x80\3K", GT_BAD_FORMAT, "0 bytes left, expected 1");
    EXPECT("\x80\3X\xff\xff\xff\xffz", GT_BAD_FORMAT, "1 bytes left, expected 4294967295");
    EXPECT("\x80\3X\2\0\0\0\xc0\x80.", GT_BAD_FORMAT, "not UTF-8");
    EXPECT("\x80\3h\5.", GT_BAD_FORMAT, "memo 5 was never set");
    EXPECT("\x80\3Nq\1h\2.", GT_BAD_FORMAT, "memo 2 was never set");
    EXPECT("\x80\3Nr\xff\xff\xff\xff.", GT_UNSUPPORTED, "memo 4294967295");
    EXPECT("\x80\3j\xff\xff\xff\xff.", GT_BAD_FORMAT, "memo 4294967295 was never set");
    EXPECT("\x80\3q\1.", GT_BAD_FORMAT, "0 values on the stack");
    EXPECT("\x80\3}(K\1u.", GT_BAD_FORMAT, "a key without a value");
    EXPECT("\x80\3}K\1s.", GT_BAD_FORMAT, "2 values on the stack, expected 3");
    EXPECT("\x80\3]a.", GT_BAD_FORMAT, "1 values on the stack, expected 2");
    EXPECT("\x80\4\x95\4\0\0\0\0\0\0\0N.", GT_BAD_FORMAT, "a frame of 4 bytes, 2 are left");
    EXPECT("\x80\4\x8e\xff\xff\xff\xff\xff\xff\xff\xffN.", GT_BAD_FORMAT,
           "2 bytes left, expected 18446744073709551615");
    EXPECT("\x80\4\x94.", GT_BAD_FORMAT, "0 values on the stack");
    EXPECT("\x80\2\x8a\11aaaaaaaaa.", GT_UNSUPPORTED, "a whole number of 9 bytes");
    EXPECT("\x80\3cnumpy\n", GT_BAD_FORMAT, "without an end");
}

#define STORAGE                                        \
    "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" \
    "0X\3\0\0\0cpuK\6tQ"
#define TENSOR "\x80\2ctorch._utils\n_rebuild_tensor_v2\n("
#define REST \
    "\x89"   \
    "ccollections\nOrderedDict\n)RtR."

/* Six numbers outside the pickle, four of them from the second on in two rows; and what is no
 * such thing. */
static void tensors_are_described(void **state) {
    static const char good[] = TENSOR STORAGE "K\1K\2K\2\x86K\2K\1\x86" REST;
    gt_pickle *pickle = NULL;
    assert_ok(gt_pickle_parse((const uint8_t *)good, sizeof good - 1, &pickle, &err), err);
    const gt_pickle_value *root = gt_pickle_root(pickle);
    assert_int_equal(root->kind, GT_PICKLE_TENSOR);
    assert_int_equal(root->tensor.first, 1);
    assert_int_equal(root->tensor.count, 4);
    assert_int_equal(root->tensor.shape->items.count, 2);
    assert_true(root->tensor.is_packed);
    assert_int_equal(root->tensor.storage->storage.count, 6);
    gt_pickle_destroy(pickle);
    EXPECT(TENSOR STORAGE "K\3K\2K\2\x86K\2K\1\x86" REST, GT_BAD_FORMAT,
           "a tensor that reaches beyond its storage");
    EXPECT(TENSOR STORAGE "J\0\0\0\x80K\2K\2\x86K\2K\1\x86" REST, GT_UNSUPPORTED,
           "_rebuild_tensor_v2 of something but (storage");
    EXPECT(TENSOR STORAGE "K\0K\2K\2\x86K\1\x85" REST, GT_UNSUPPORTED, "of something but");
    EXPECT(TENSOR STORAGE "K\0J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87"
                          "K\1K\1K\1\x87" REST,
           GT_BAD_FORMAT, "beyond its storage");
    EXPECT(TENSOR "NK\0K\2\x85K\1\x85" REST, GT_UNSUPPORTED, "of something but (storage");
    EXPECT("\x80\2ctorch._utils\n_rebuild_tensor_v2\nN\x85R.", GT_UNSUPPORTED,
           "of something but (storage");
    EXPECT("\x80\2ctorch._utils\n_rebuild_parameter\nN\x89N\x87R.", GT_UNSUPPORTED,
           "a name of PyTorch with other arguments");
    EXPECT("\x80\2ccollections\nOrderedDict\nN\x85R.", GT_UNSUPPORTED,
           "a name of PyTorch with other arguments");
    EXPECT("\x80\2ctorch\nSize\nK\1\x85R.", GT_UNSUPPORTED, "with other arguments");
    EXPECT("\x80\2ctorch\nFloatStorage\n)R.", GT_UNSUPPORTED, "with other arguments");
    EXPECT("\x80\2ctorch\nload\n.", GT_UNSUPPORTED, "the name torch.load");
    EXPECT("\x80\2NQ.", GT_UNSUPPORTED, "a name outside the pickle that is no ('storage'");
    EXPECT("\x80\2(X\7\0\0\0storageNNNK\1tQ.", GT_UNSUPPORTED, "that is no ('storage'");
    EXPECT("\x80\2Q.", GT_BAD_FORMAT, "0 values on the stack");
}

static void confused_types_are_refused(void **state) {
    EXPECT("\x80\3](X\1\0\0\0aK\1u.", GT_BAD_FORMAT, "items for something that is no dict");
    EXPECT("\x80\3}(K\1e.", GT_BAD_FORMAT, "items for something that is no list");
    EXPECT("\x80\3(K\1e.", GT_BAD_FORMAT, "0 values on the stack");
    EXPECT("\x80\3K\1(K\1\x85t\x85R.", GT_BAD_FORMAT, "a call of something that is not a name");
    EXPECT("\x80\3cnumpy\nndarray\nK\1\x85R.", GT_UNSUPPORTED, "a call of numpy.ndarray");
    EXPECT("\x80\3cnumpy\ndtype\nK\1R.", GT_BAD_FORMAT, "other than 3 arguments");
    EXPECT("\x80\3cnumpy\ndtype\nK\1K\1K\1\x87R.", GT_BAD_FORMAT, "not a short text");
    EXPECT("\x80\3cnumpy\ndtype\nX\2\0\0\0O8K\0K\1\x87R.", GT_UNSUPPORTED, "dtype 'O8'");
    EXPECT("\x80\3cnumpy\ndtype\nX\2\0\0\0u3K\0K\1\x87R.", GT_UNSUPPORTED, "dtype 'u3'");
    EXPECT("\x80\3cnumpy\ndtype\nX\6\0\0\0U99999K\0K\1\x87R.", GT_UNSUPPORTED,
           "dtype 'U99999'");
    EXPECT("\x80\3cnumpy\ndtype\nX\2\0\0\0u1K\0K\1\x87RNb.", GT_UNSUPPORTED, "version 3");
    EXPECT("\x80\3NNb.", GT_BAD_FORMAT, "a state for something but a dtype or an array");
    EXPECT("\x80\3]Nb.", GT_BAD_FORMAT, "a state for something but");
    EXPECT("\x80\3cnumpy.core.multiarray\nscalar\nNC\1a\x86R.", GT_BAD_FORMAT,
           "something but (dtype, bytes)");
    EXPECT("\x80\3cnumpy.core.multiarray\n_reconstruct\ncnumpy\ndtype\nK\0\x85"
           "C\1b\x87R.",
           GT_UNSUPPORTED, "_reconstruct of something but a plain ndarray");
    EXPECT("\x80\3cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85"
           "C\1b\x87RNb.",
           GT_UNSUPPORTED, "an array's state is not numpy's version 1");
}

static void frombuffer_is_checked(void **state) {
#define U1                                                \
    "cnumpy\ndtype\nX\2\0\0\0u1K\0K\1\x87R(K\3X\1\0\0\0|" \
    "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
#define FROM "\x80\5cnumpy._core.numeric\n_frombuffer\n(\x96\4\0\0\0\0\0\0\0abcd" U1
    gt_pickle *pickle = NULL;
    const char good[] = FROM "K\2K\2\x86\x8c\1CtR.";
    assert_ok(gt_pickle_parse((const uint8_t *)good, sizeof good - 1, &pickle, &err), err);
    assert_int_equal(gt_pickle_root(pickle)->array.dims[1], 2);
    gt_pickle_destroy(pickle);
    EXPECT(FROM "K\2K\3\x86\x8c\1CtR.", GT_BAD_FORMAT, "4 bytes, its shape needs 6");
    EXPECT(FROM "K\2K\2\x86\x8c\1FtR.", GT_UNSUPPORTED, "Fortran order");
    EXPECT(FROM "K\2K\2\x86tR.", GT_UNSUPPORTED, "something but (bytes, dtype, shape, order)");
    EXPECT(FROM "K\2K\2\x86\x8c\1CK\1\x85tR.", GT_UNSUPPORTED, "something but");
}

/* An array of dtype `type` with the shape (rows, columns) and so many bytes. */
static maker array_of(const char *type, const char *order, int rows, int columns,
                      size_t bytes) {
    maker m = {0};
    static const uint8_t zeros[256];
    put_start(&m);
    put_global(&m, "numpy.core.multiarray", "_reconstruct");
    put_global(&m, "numpy", "ndarray");
    put(&m,
        "K\0\x85"
        "C\1b\x87R(K\1",
        11);
    put_int(&m, rows);
    put_int(&m, columns);
    put_code(&m, 0x86);
    put_dtype(&m, type, order, -1);
    put_code(&m, 0x89);
    put_blob(&m, zeros, bytes);
    put(&m, "tb.", 3);
    return m;
}

static void lying_sizes_are_refused(void **state) {
    const struct {
        const char *type, *order;
        int rows, columns;
        size_t bytes;
        gt_status status;
        const char *words;
    } cases[] = {
        {"u1", "|", 3, 4, 12, GT_OK, ""},
        {"f4", "<", 3, 4, 48, GT_OK, ""},
        {"u1", "|", 3, 4, 11, GT_BAD_FORMAT, "an array of 11 bytes, its shape needs 12"},
        {"u1", "|", 3, 4, 13, GT_BAD_FORMAT, "an array of 13 bytes"},
        {"f4", "<", 3, 4, 12, GT_BAD_FORMAT, "its shape needs 48"},
        {"u1", "|", -3, 4, 12, GT_BAD_FORMAT, "a bad number"},
        {"u8", "<", 2147483647, 2147483647, 12, GT_BAD_FORMAT, "shape"},
        {"u2", "|", 3, 4, 24, GT_BAD_FORMAT, "without a byte order"},
        {"u2", "=", 3, 4, 24, GT_UNSUPPORTED, "unknown byte order"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        maker m = array_of(cases[i].type, cases[i].order, cases[i].rows, cases[i].columns,
                           cases[i].bytes);
        err.text[0] = 0;
        expect_bytes(m.bytes, m.length, cases[i].status, cases[i].words);
        free(m.bytes);
    }
}

static void bombs_stay_small(void **state) {
    maker m = {0};
    put_start(&m);
    for (int i = 0; i < 100000; i++) put_code(&m, '('); /* deep nesting */
    expect_bytes(m.bytes, m.length, GT_UNSUPPORTED, "nested deeper than 64");
    m.length = 0;
    put_start(&m);
    for (int i = 0; i < 100000; i++) put_code(&m, ']');
    for (int i = 0; i < 99999; i++) put_code(&m, 0x86); /* a tuple in a tuple in ... */
    put_code(&m, '.');
    gt_pickle *pickle = NULL;
    assert_ok(gt_pickle_parse(m.bytes, m.length, &pickle, &err), err);
    gt_pickle_destroy(pickle);
    m.length = 0;
    put_start(&m);
    put(&m, "Nq\0", 3);
    for (int i = 0; i < 64; i++) put(&m, "h\0h\0\x86q\0", 7); /* 2^64 leaves if copied */
    put(&m, "\x85", 1);
    expect_bytes(m.bytes, m.length, GT_BAD_FORMAT, "0 bytes left");
    m.length = 0;
    put_start(&m);
    put(&m, "]q\0(h\0h\0e.", 10); /* a list inside itself */
    assert_ok(gt_pickle_parse(m.bytes, m.length, &pickle, &err), err);
    assert_ptr_equal(gt_pickle_root(pickle)->items.at[1], gt_pickle_root(pickle));
    gt_pickle_destroy(pickle);
    m.length = 0;
    put_start(&m);
    put_global(&m, "_codecs", "encode");
    put(&m, "q\0", 2);
    put_text(&m, "a text that is made bytes again and again");
    put(&m, "q\1", 2);
    put_text(&m, "latin1");
    put(&m, "\x86R", 2);
    for (int i = 0; i < 100; i++) put(&m, "h\0h\1X\6\0\0\0latin1\x86R", 17);
    expect_bytes(m.bytes, m.length, GT_UNSUPPORTED, "more than the file has");
    m.length = 0;
    put_start(&m);
    for (int i = 0; i < 3 << 20; i++) put(&m, "N", 1);
    expect_bytes(m.bytes, m.length, GT_UNSUPPORTED, "stack deeper than");
    m.length = 0;
    put_start(&m);
    put(&m, "]", 1);
    for (int i = 0; i < 3 << 20; i++) put(&m, "(Ne", 3);
    expect_bytes(m.bytes, m.length, GT_UNSUPPORTED, "more than 2097152 values");
    free(m.bytes);
}

static void every_cut_is_refused(void **state) {
    const int labels[] = {1, 0};
    const char *const names[] = {"a.png", "b.png"};
    maker m = make_batch(labels, names, 2, 2, 2, 0);
    for (size_t length = 0; length < m.length; length++)
        expect_bytes(m.bytes, length, GT_BAD_FORMAT, "");
    free(m.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_comes_back),
        cmocka_unit_test(texts_of_other_alphabets_come_back),
        cmocka_unit_test(every_writer_is_read),
        cmocka_unit_test(frombuffer_is_checked),
        cmocka_unit_test(code_is_not_run),
        cmocka_unit_test(objects_beside_weights_are_passed_over),
        cmocka_unit_test(broken_machines_are_refused),
        cmocka_unit_test(tensors_are_described),
        cmocka_unit_test(confused_types_are_refused),
        cmocka_unit_test(lying_sizes_are_refused),
        cmocka_unit_test(bombs_stay_small),
        cmocka_unit_test(every_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
