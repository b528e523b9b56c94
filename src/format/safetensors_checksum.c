/* safetensors_checksum.c - finding bit rot: sums over the arrays and over what the header says.
 *
 * The header's sum is made from its meaning, not its bytes, so that a file that another program
 * has written again in another order is still right. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "safetensors_internal.h"

static void add_text(gt_hash *hash, const char *text) {
    gt_hash_add(hash, text, strlen(text) + 1);
}

static int by_key(const void *a, const void *b) {
    const gt_st_pair *x = a, *y = b;
    return strcmp(x->key, y->key);
}

gt_status gt_st_hash_header(const gt_st_tensor *const *by_name, size_t count,
                            const gt_st_map *metadata, uint64_t *hash, gt_error *err) {
    gt_hash sum;
    gt_hash_begin(&sum);
    for (size_t i = 0; i < count; i++) {
        add_text(&sum, by_name[i]->name);
        add_text(&sum, gt_st_dtype_name(by_name[i]->dtype));
        gt_hash_add(&sum, &by_name[i]->rank, sizeof by_name[i]->rank);
        gt_hash_add(&sum, by_name[i]->shape, (size_t)by_name[i]->rank * sizeof(int64_t));
    }
    gt_st_pair *sorted = malloc((metadata->count + 1) * sizeof *sorted);
    if (!sorted) return gt_fail(err, GT_NO_MEMORY, "no memory for a checksum");
    if (metadata->count) {
        memcpy(sorted, metadata->pairs, metadata->count * sizeof *sorted);
        qsort(sorted, metadata->count, sizeof *sorted, by_key);
    }
    for (size_t i = 0; i < metadata->count; i++) {
        if (strcmp(sorted[i].key, GT_ST_CHECKSUM) == 0) continue;
        add_text(&sum, sorted[i].key);
        add_text(&sum, sorted[i].value);
    }
    free(sorted);
    *hash = gt_hash_end(&sum);
    return GT_OK;
}

static gt_status hash_tensor(const gt_safetensors *file, const gt_st_tensor *tensor,
                             uint64_t *hash, gt_error *err) {
    enum { PIECE = 1 << 16 };
    unsigned char piece[PIECE];
    gt_hash sum;
    gt_hash_begin(&sum);
    for (uint64_t at = 0; at < tensor->bytes; at += PIECE) {
        size_t take = tensor->bytes - at < PIECE ? (size_t)(tensor->bytes - at) : PIECE;
        gt_status status = gt_st_read_bytes(file, tensor->offset + at, piece, take, err);
        if (status) return status;
        gt_hash_add(&sum, piece, take);
    }
    *hash = gt_hash_end(&sum);
    return GT_OK;
}

static const char *listed(const gt_st_map *sums, const char *name) {
    const gt_st_pair wanted = {.key = (char *)(uintptr_t)name};
    const gt_st_pair *found =
        sums->count ? bsearch(&wanted, sums->pairs, sums->count, sizeof wanted, by_key) : NULL;
    return found ? found->value : NULL;
}

static gt_status compare(const gt_safetensors *file, const gt_st_map *sums, const char *name,
                         uint64_t hash, gt_error *err) {
    char text[GT_HASH_TEXT];
    const char *want = listed(sums, name);
    gt_hash_to_text(hash, text);
    if (!want)
        return gt_fail(err, GT_MISMATCH, "%s: tensor '%.80s' has no checksum", file->path,
                       name);
    if (strcmp(text, want) == 0) return GT_OK;
    if (strcmp(name, GT_ST_HEADER_SUM) == 0)
        return gt_fail(err, GT_MISMATCH,
                       "%s is damaged: the header's checksum is %s, expected %.16s", file->path,
                       text, want);
    return gt_fail(err, GT_MISMATCH,
                   "%s is damaged: tensor '%.80s' has checksum %s, expected %.16s", file->path,
                   name, text, want);
}

static gt_status compare_all(const gt_safetensors *file, const gt_st_map *sums, gt_error *err) {
    gt_status status = GT_OK;
    uint64_t hash = 0;
    size_t count = file->header.count;
    GT_TRY(gt_st_hash_header(file->by_name, count, &file->header.metadata, &hash, err));
    GT_TRY(compare(file, sums, GT_ST_HEADER_SUM, hash, err));
    for (size_t i = 0; i < count; i++) {
        GT_TRY(hash_tensor(file, &file->header.tensors[i], &hash, err));
        GT_TRY(compare(file, sums, file->header.tensors[i].name, hash, err));
    }
    if (sums->count != count + 1)
        GT_THROW(err, GT_MISMATCH, "%s: checksums of %zu tensors, the file holds %zu",
                 file->path, sums->count - 1, count);
done:
    return status;
}

gt_status gt_safetensors_verify(const gt_safetensors *file, gt_error *err) {
    gt_status status = GT_OK;
    gt_st_map sums = {0};
    const char *stored = gt_safetensors_metadata(file, GT_ST_CHECKSUM);
    if (!stored) return gt_fail(err, GT_NOT_FOUND, "%s carries no checksums", file->path);
    char *text = strdup(stored);
    if (!text) GT_THROW(err, GT_NO_MEMORY, "%s: no memory for its checksums", file->path);
    if (gt_st_parse_map(text, strlen(text), file->path, &sums, err))
        GT_THROW(err, GT_MISMATCH, "%s is damaged: its list of checksums cannot be read",
                 file->path);
    if (sums.count) qsort(sums.pairs, sums.count, sizeof *sums.pairs, by_key);
    GT_TRY(compare_all(file, &sums, err));
done:
    free(sums.pairs);
    free(text);
    return status;
}
