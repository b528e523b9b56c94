/* Parcels: what goes in comes out, and bytes that are none are seen. */
#include "gt_test.h"
#include "parcel.h"

static const char *const words[] = {"one", "", "three"};

static void fill(gt_parcel *parcel) {
    gt_parcel_clear(parcel);
    gt_put_count(parcel, 7);
    gt_put_whole(parcel, -3);
    gt_put_real(parcel, -0.25);
    gt_put_text(parcel, NULL);
    gt_put_text(parcel, "a text");
    gt_put_texts(parcel, words, 3);
    gt_put_texts(parcel, NULL, 0);
    gt_put_bytes(parcel, "xyz", 3);
}

/* Takes what fill put; returns whether it could be. */
static bool take(gt_parcel *parcel) {
    size_t count, none;
    bool same = gt_take_count(parcel, 7) == 7;
    same &= gt_take_whole(parcel, -3, 0) == -3;
    same &= gt_take_real(parcel) == -0.25;
    same &= gt_take_text(parcel) == NULL;
    const char *text = gt_take_text(parcel);
    same &= text != NULL && strcmp(text, "a text") == 0;
    const char **texts = gt_take_texts(parcel, &count);
    for (size_t i = 0; i < count; i++) same &= strcmp(texts[i], words[i % 3]) == 0;
    same &= gt_take_texts(parcel, &none) == NULL && none == 0 && count == 3;
    const void *bytes = gt_take_bytes(parcel, 3);
    same &= bytes != NULL && memcmp(bytes, "xyz", 3) == 0;
    free(texts);
    return same && gt_parcel_is_spent(parcel);
}

static void what_goes_in_comes_out(void **state) {
    gt_parcel parcel = {0};
    for (int i = 0; i < 2; i++) { /* the memory is used again */
        fill(&parcel);
        assert_true(take(&parcel));
    }
    gt_parcel_free(&parcel);
    assert_true(gt_parcel_is_spent(&parcel));
}

static void values_have_bounds(void **state) {
    gt_parcel parcel = {0};
    fill(&parcel);
    assert_int_equal(gt_take_count(&parcel, 6), 0);
    assert_true(parcel.failed);
    fill(&parcel);
    gt_take_count(&parcel, 7);
    assert_int_equal(gt_take_whole(&parcel, -2, 5), -2);
    assert_true(parcel.failed);
    assert_null(gt_take_bytes(&parcel, 1)); /* and nothing behind a failure */
    assert_false(gt_parcel_is_spent(&parcel));
    gt_parcel_free(&parcel);
}

/* Cut anywhere, or with any byte changed: taking ends, inside the bytes. */
static void damaged_bytes_are_seen(void **state) {
    gt_parcel whole = {0}, damaged = {0};
    fill(&whole);
    for (size_t cut = 0; cut < whole.size; cut++) {
        gt_parcel_clear(&damaged);
        gt_put_bytes(&damaged, whole.bytes, cut);
        assert_false(take(&damaged));
    }
    for (size_t i = 0; i < whole.size * 8; i++) {
        gt_parcel_clear(&damaged);
        gt_put_bytes(&damaged, whole.bytes, whole.size);
        damaged.bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        assert_false(take(&damaged));
    }
    gt_parcel_free(&whole);
    gt_parcel_free(&damaged);
}

static void a_text_ends_where_it_says(void **state) {
    gt_parcel parcel = {0};
    gt_put_count(&parcel, 3); /* two bytes and their end */
    gt_put_bytes(&parcel, "a\0c", 3);
    assert_null(gt_take_text(&parcel));
    assert_true(parcel.failed);
    gt_parcel_clear(&parcel);
    gt_put_count(&parcel, UINT64_MAX);
    assert_null(gt_take_text(&parcel));
    assert_true(parcel.failed);
    gt_parcel_free(&parcel);
}

static void room_that_cannot_be_fails(void **state) {
    gt_parcel parcel = {0};
    gt_put_count(&parcel, 1);
    assert_null(gt_parcel_extend(&parcel, SIZE_MAX - 4));
    assert_true(parcel.failed);
    gt_put_count(&parcel, 1); /* harmless */
    assert_int_equal(parcel.size, 8);
    gt_parcel_free(&parcel);
}

/* No bytes are a place all the same: NULL means failure alone. */
static void no_bytes_are_no_failure(void **state) {
    gt_parcel parcel = {0};
    assert_non_null(gt_take_bytes(&parcel, 0));
    assert_non_null(gt_parcel_extend(&parcel, 0));
    assert_int_equal(parcel.size, 0);
    assert_non_null(gt_take_bytes(&parcel, 0));
    assert_false(parcel.failed);
    gt_parcel_free(&parcel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(values_have_bounds),
        cmocka_unit_test(damaged_bytes_are_seen),
        cmocka_unit_test(a_text_ends_where_it_says),
        cmocka_unit_test(room_that_cannot_be_fails),
        cmocka_unit_test(no_bytes_are_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
