/* witness.c - what the file was when it was seen last, for all who read it. */
#include "witness.h"

#include <pthread.h>
#include <stdlib.h>

#include "file.h"
#include "galatea/log.h"

struct gt_witness {
    int descriptor;
    const char *path;
    pthread_mutex_t lock;
    gt_file_stamp stamp;
    uint64_t hash; /* of its bytes, where they are known */
    bool is_known;
    unsigned touched; /* how often it was written without a change */
};

gt_status gt_witness_create(int descriptor, const char *path, gt_witness **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_witness *self = calloc(1, sizeof *self);
    if (self == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a data set");
    self->descriptor = descriptor;
    self->path = path;
    pthread_mutex_init(&self->lock, NULL);
    GT_TRY(gt_file_stamp_read(descriptor, path, &self->stamp, err));
    *out = self;
    self = NULL;
done:
    gt_witness_destroy(self);
    return status;
}

void gt_witness_destroy(gt_witness *witness) {
    if (witness == NULL) return;
    pthread_mutex_destroy(&witness->lock);
    free(witness);
}

void gt_witness_accept_hash(gt_witness *witness, uint64_t hash) {
    witness->hash = hash;
    witness->is_known = true;
}

/* Whether the file, which was written since, has the bytes that it had. */
static bool has_its_bytes(const gt_witness *self, gt_file_stamp *now) {
    uint64_t hash;
    return self->is_known &&
           gt_file_stamp_read(self->descriptor, self->path, now, NULL) == GT_OK &&
           now->size == self->stamp.size && gt_file_hash(self->path, &hash, NULL) == GT_OK &&
           hash == self->hash &&
           gt_file_stamp_check(self->descriptor, self->path, now, NULL) == GT_OK;
}

/* *touched: how often the file was written so far; NULL allowed. */
static gt_status check(gt_witness *self, unsigned *touched, gt_error *err) {
    gt_file_stamp now;
    pthread_mutex_lock(&self->lock);
    gt_status status = gt_file_stamp_check(self->descriptor, self->path, &self->stamp, err);
    if (status == GT_MISMATCH && has_its_bytes(self, &now)) {
        status = GT_OK;
        self->stamp = now;
        if (self->touched++ == 0)
            gt_remark("%s was touched while it was in use; its bytes are what they were",
                      self->path);
    }
    if (touched != NULL) *touched = self->touched;
    pthread_mutex_unlock(&self->lock);
    return status;
}

gt_status gt_witness_check(gt_witness *witness, gt_error *err) {
    return check(witness, NULL, err);
}

unsigned gt_witness_touched(gt_witness *witness) {
    pthread_mutex_lock(&witness->lock);
    unsigned touched = witness->touched;
    pthread_mutex_unlock(&witness->lock);
    return touched;
}

bool gt_witness_wants_again(gt_witness *witness, unsigned *touched, gt_status *status,
                            gt_error *err) {
    unsigned before = *touched;
    if (*status == GT_BAD_ARGUMENT) return false;
    gt_status changed = check(witness, touched, err);
    if (changed) *status = changed;
    return !changed && *touched != before;
}
