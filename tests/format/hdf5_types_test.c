/* hdf5_types_test.c - numbers of HDF5 files come back converted, half floats and enumerations
 * as well; types that are none of these are refused, each with its own sentence. */
#include "gt_test.h"

#include <hdf5.h>
#include <stdlib.h>

#include "hdf5_internal.h"
#include "hdf5_maker.h"

static void plain_numbers_are_converted(void **state) {
    gt_hdf5 *file = NULL;
    gt_hdf5_array *array = NULL;
    hid_t out = create("a.h5"),
          group = H5Gcreate2(out, "deep", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add_plain(group, "pixels");
    const hsize_t three[] = {3};
    static const double reals[] = {-1.5, 1e300, 7};
    add(out, "reals", 1, three, H5T_NATIVE_DOUBLE, H5P_DEFAULT, reals);
    H5Gclose(group);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    assert_true(gt_hdf5_has(file, "reals"));
    assert_false(gt_hdf5_has(file, "labels"));
    assert_ok(gt_hdf5_array_open(file, "/deep//pixels", &array, &err), err);
    const gt_hdf5_shape *shape = gt_hdf5_array_shape(array);
    assert_int_equal(shape->type, GT_HDF5_U8);
    assert_int_equal(shape->rank * 100 + shape->dims[0] * 10 + shape->dims[1], 234);
    assert_true(shape->flat && !shape->big_endian && shape->items == 12);
    float floats[8];
    int32_t integers[12];
    assert_ok(gt_hdf5_array_read(array, 1, 2, GT_HDF5_F32, floats, &err), err);
    for (int i = 0; i < 7; i++) assert_true(floats[i] == 5 + i);
    assert_true(floats[7] == 250);
    assert_ok(gt_hdf5_array_read(array, 0, 3, GT_HDF5_I32, integers, &err), err);
    assert_int_equal(integers[11], 250);
    assert_int_equal(gt_hdf5_array_read(array, 1, 3, GT_HDF5_F32, floats, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_hdf5_array_read(array, UINT64_MAX, 2, GT_HDF5_F32, floats, &err),
                     GT_BAD_ARGUMENT);
    assert_int_equal(gt_hdf5_array_read(array, 0, 1, GT_HDF5_TEXT, floats, &err),
                     GT_BAD_FORMAT);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(file, "reals", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 3, GT_HDF5_F32, floats, &err), err);
    assert_true(floats[0] == -1.5f && isinf(floats[1]) && floats[2] == 7);
    gt_hdf5_array_close(array);
    gt_hdf5_close(file);
}

static void add_unsigned(hid_t file, const char *name, hid_t type, hid_t plist) {
    static const short values[] = {0, 1, -1, -32768, 32767, -2};
    const hsize_t dims[] = {3, 2};
    hid_t space = H5Screate_simple(2, dims, NULL), text = H5Tcopy(H5T_C_S1);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
    H5Dwrite(set, H5T_NATIVE_SHORT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Tset_size(text, 4);
    hid_t one = H5Screate(H5S_SCALAR),
          says = H5Acreate2(set, "_Unsigned", text, one, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(says >= 0 && H5Awrite(says, text, "true") >= 0);
    H5Aclose(says);
    H5Sclose(one);
    H5Tclose(text);
    H5Dclose(set);
    H5Sclose(space);
}

/* Of either order, as they lie, packed, and packed with rows of a chunk alone. */
static void numbers_that_are_called_unsigned_are_so(void **state) {
    static const double expected[] = {0, 1, 65535, 32768, 32767, 65534};
    static const char *const names[] = {"plain", "swapped", "packed"};
    hid_t out = create("a.h5"), packed = H5Pcreate(H5P_DATASET_CREATE);
    gt_hdf5 *file = NULL;
    H5Pset_chunk(packed, 2, (hsize_t[]){2, 2});
    H5Pset_shuffle(packed);
    H5Pset_deflate(packed, 1);
    add_unsigned(out, "plain", H5T_STD_I16LE, H5P_DEFAULT);
    add_unsigned(out, "swapped", H5T_STD_I16BE, H5P_DEFAULT);
    add_unsigned(out, "packed", H5T_STD_I16BE, packed);
    H5Pclose(packed);
    H5Fclose(out);
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &file, &err), err);
    for (int n = 0; n < 3; n++) {
        gt_hdf5_array *array = NULL;
        double reals[6];
        uint16_t whole[6];
        unsigned char bytes[2];
        assert_ok(gt_hdf5_array_open(file, names[n], &array, &err), err);
        assert_int_equal(gt_hdf5_array_shape(array)->type, GT_HDF5_U16);
        assert_ok(gt_hdf5_array_read(array, 0, 3, GT_HDF5_F64, reals, &err), err);
        assert_ok(gt_hdf5_array_read(array, 1, 1, GT_HDF5_U16, whole + 2, &err), err);
        assert_ok(gt_hdf5_array_read(array, 0, 1, GT_HDF5_U8, bytes, &err), err);
        for (int i = 0; i < 6; i++) assert_true(reals[i] == expected[i]);
        assert_true(whole[2] == 65535 && whole[3] == 32768);
        assert_true(bytes[0] == 0 && bytes[1] == 1);
        gt_hdf5_array_close(array);
    }
    gt_hdf5_close(file);
}

/* The type of h5py's float16. */
static hid_t half_type(void) {
    hid_t half = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    return half;
}

static void half_floats_and_enumerations_are_numbers(void **state) {
    const hsize_t four[] = {4};
    static const uint16_t halves[] = {0x3c00, 0xc100, 0x7bff, 0x0001};
    static const signed char truths[] = {1, 0, 0, 1};
    static const short kinds[] = {3, 1, 3, -1};
    hid_t file = create("a.h5"), half = half_type();
    hid_t truth = H5Tenum_create(H5T_STD_I8LE), kind = H5Tenum_create(H5T_STD_I16BE);
    signed char no = 0, yes = 1;
    const short values[] = {1, 3, -1}; /* members are told in the base type's order */
    H5Tenum_insert(truth, "FALSE", &no);
    H5Tenum_insert(truth, "TRUE", &yes);
    const char *names[] = {"FRI", "FRII", "unknown"};
    for (int i = 0; i < 3; i++) {
        short value = (short)__builtin_bswap16((uint16_t)values[i]);
        H5Tenum_insert(kind, names[i], &value);
    }
    add(file, "half", 1, four, half, H5P_DEFAULT, halves);
    add(file, "truth", 1, four, truth, H5P_DEFAULT, truths);
    short swapped[4];
    for (int i = 0; i < 4; i++) swapped[i] = (short)__builtin_bswap16((uint16_t)kinds[i]);
    add(file, "kind", 1, four, kind, H5P_DEFAULT, swapped);
    H5Tclose(half);
    H5Tclose(truth);
    H5Tclose(kind);
    H5Fclose(file);
    gt_hdf5 *in = NULL;
    gt_hdf5_array *array = NULL;
    char **found = NULL;
    size_t count;
    float floats[4];
    int64_t integers[4];
    assert_ok(gt_hdf5_open(in_folder("a.h5"), &in, &err), err);
    assert_ok(gt_hdf5_array_open(in, "half", &array, &err), err);
    assert_string_equal(gt_hdf5_type_name(gt_hdf5_array_shape(array)->type), "float16");
    assert_ok(gt_hdf5_array_read(array, 0, 4, GT_HDF5_F32, floats, &err), err);
    assert_true(floats[0] == 1 && floats[1] == -2.5f && floats[2] == 65504);
    assert_true(floats[3] == 0x1p-24f);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(in, "truth", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 4, GT_HDF5_I64, integers, &err), err);
    for (int i = 0; i < 4; i++) assert_int_equal(integers[i], truths[i]);
    assert_ok(gt_hdf5_value_names(array, &found, &count, &err), err);
    assert_int_equal(count, 0);
    gt_hdf5_array_close(array);
    assert_ok(gt_hdf5_array_open(in, "kind", &array, &err), err);
    assert_ok(gt_hdf5_array_read(array, 0, 4, GT_HDF5_I64, integers, &err), err);
    for (int i = 0; i < 4; i++) assert_int_equal(integers[i], kinds[i]);
    assert_ok(gt_hdf5_value_names(array, &found, &count, &err), err);
    assert_int_equal(count, 4);
    const char *expected[] = {"0", "FRI", "2", "FRII"};
    for (int i = 0; i < 4; i++) assert_string_equal(found[i], expected[i]);
    free(found);
    gt_hdf5_array_close(array);
    gt_hdf5_close(in);
}

static void other_types_are_refused(void **state) {
    const hsize_t dims[] = {2};
    static const unsigned char zeros[64];
    hid_t file = create("a.h5");
    hid_t pair = H5Tcreate(H5T_COMPOUND, 8), list = H5Tvlen_create(H5T_STD_I32LE),
          array = H5Tarray_create2(H5T_STD_REF_OBJ, 1, dims), odd = H5Tcopy(H5T_STD_I32LE),
          brain = H5Tcopy(H5T_IEEE_F32LE), longest = H5Tcopy(H5T_C_S1),
          opaque = H5Tcreate(H5T_OPAQUE, 4);
    H5Tinsert(pair, "a", 0, H5T_STD_I32LE);
    H5Tinsert(pair, "b", 4, H5T_STD_I32LE);
    H5Tset_precision(odd, 17);
    H5Tset_fields(brain, 15, 7, 8, 0, 7); /* bfloat16 */
    H5Tset_size(brain, 2);
    H5Tset_size(longest, 4097);
    const struct {
        const char *name, *words;
        hid_t type;
        const void *values;
    } all[] = {{"pair", "holds compound records", pair, NULL},
               {"list", "holds lists of variable length", list, NULL},
               {"array", "holds arrays as values", array, zeros},
               {"reference", "holds references", H5T_STD_REF_OBJ, zeros},
               {"bits", "holds bit fields", H5T_STD_B8LE, zeros},
               {"odd", "holds integers of an unusual size", odd, zeros},
               {"brain", "holds floats of an unusual form", brain, zeros},
               {"opaque", "holds opaque bytes", opaque, zeros},
               {"longest", "holds texts of more than 4096 bytes", longest, NULL}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add(file, all[i].name, 1, dims, all[i].type, H5P_DEFAULT, all[i].values);
    H5Fclose(file);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        expect("a.h5", all[i].name, GT_UNSUPPORTED, all[i].words);
    const hid_t types[] = {pair, list, array, odd, brain, longest, opaque};
    for (int i = 0; i < 7; i++) H5Tclose(types[i]);
}

int main(void) {
    gt_hdf5_prepare();
    const struct CMUnitTest tests[] = {
        TEST(plain_numbers_are_converted),
        TEST(numbers_that_are_called_unsigned_are_so),
        TEST(half_floats_and_enumerations_are_numbers),
        TEST(other_types_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
