/* parcel.c - see parcel.h. */
#include "parcel.h"

#include <stdlib.h>
#include <string.h>

void gt_parcel_clear(gt_parcel *parcel) {
    parcel->size = parcel->at = 0;
    parcel->failed = false;
}

void gt_parcel_free(gt_parcel *parcel) {
    free(parcel->bytes);
    *parcel = (gt_parcel){0};
}

/* ---- putting ---- */

void *gt_parcel_extend(gt_parcel *parcel, size_t size) {
    if (parcel->failed) return NULL;
    if (parcel->bytes == NULL || size > parcel->room - parcel->size) {
        size_t least = parcel->size + size, room = parcel->room + parcel->room / 2 + 256;
        if (room < least) room = least;
        unsigned char *bytes = least < size ? NULL : realloc(parcel->bytes, room);
        parcel->failed = bytes == NULL;
        if (parcel->failed) return NULL;
        parcel->bytes = bytes;
        parcel->room = room;
    }
    void *out = parcel->bytes + parcel->size;
    parcel->size += size;
    return out;
}

void gt_put_bytes(gt_parcel *parcel, const void *bytes, size_t size) {
    void *to = gt_parcel_extend(parcel, size);
    if (to != NULL && size > 0) memcpy(to, bytes, size);
}

void gt_put_count(gt_parcel *parcel, uint64_t value) {
    gt_put_bytes(parcel, &value, sizeof value);
}

void gt_put_whole(gt_parcel *parcel, int64_t value) {
    gt_put_bytes(parcel, &value, sizeof value);
}

void gt_put_real(gt_parcel *parcel, double value) {
    gt_put_bytes(parcel, &value, sizeof value);
}

/* Its bytes with their final zero behind their count; 0 bytes stand for NULL. */
void gt_put_text(gt_parcel *parcel, const char *text) {
    size_t size = text != NULL ? strlen(text) + 1 : 0;
    gt_put_count(parcel, size);
    gt_put_bytes(parcel, text, size);
}

void gt_put_texts(gt_parcel *parcel, const char *const *texts, size_t count) {
    gt_put_count(parcel, count);
    for (size_t i = 0; i < count; i++) gt_put_text(parcel, texts[i]);
}

/* ---- taking ---- */

const void *gt_take_bytes(gt_parcel *parcel, size_t size) {
    if (parcel->failed || size > parcel->size - parcel->at) {
        parcel->failed = true;
        return NULL;
    }
    const void *out = parcel->bytes != NULL ? parcel->bytes + parcel->at : (const void *)"";
    parcel->at += size;
    return out;
}

uint64_t gt_take_count(gt_parcel *parcel, uint64_t most) {
    uint64_t value = 0;
    const void *from = gt_take_bytes(parcel, sizeof value);
    if (from != NULL) memcpy(&value, from, sizeof value);
    if (value <= most) return value;
    parcel->failed = true;
    return 0;
}

int64_t gt_take_whole(gt_parcel *parcel, int64_t least, int64_t most) {
    int64_t value = least;
    const void *from = gt_take_bytes(parcel, sizeof value);
    if (from != NULL) memcpy(&value, from, sizeof value);
    if (value >= least && value <= most) return value;
    parcel->failed = true;
    return least;
}

double gt_take_real(gt_parcel *parcel) {
    double value = 0;
    const void *from = gt_take_bytes(parcel, sizeof value);
    if (from != NULL) memcpy(&value, from, sizeof value);
    return value;
}

const char *gt_take_text(gt_parcel *parcel) {
    size_t size = (size_t)gt_take_count(parcel, SIZE_MAX);
    const char *text = size > 0 ? gt_take_bytes(parcel, size) : NULL;
    if (text == NULL || strnlen(text, size) == size - 1) return text;
    parcel->failed = true;
    return NULL;
}

const char **gt_take_texts(gt_parcel *parcel, size_t *count) {
    /* Each takes 8 bytes at least: no list is longer than what is left. */
    *count = (size_t)gt_take_count(parcel, (parcel->size - parcel->at) / sizeof(uint64_t));
    const char **texts = *count > 0 ? calloc(*count, sizeof *texts) : NULL;
    parcel->failed = parcel->failed || (*count > 0 && texts == NULL);
    for (size_t i = 0; i < *count && !parcel->failed; i++) {
        texts[i] = gt_take_text(parcel);
        parcel->failed = parcel->failed || texts[i] == NULL;
    }
    if (!parcel->failed) return texts;
    free(texts);
    *count = 0;
    return NULL;
}

bool gt_parcel_is_spent(const gt_parcel *parcel) {
    return !parcel->failed && parcel->at == parcel->size;
}
