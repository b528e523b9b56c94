/* claims.c - a claim is the lock of a folder of its own, locks/NAME, which goes with it. */
#include "claims.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "galatea/interrupt.h"
#include "runlock.h"

/* TRIES: a folder, or the one of all, may be removed by who had it before, between its making
 * and its taking. */
enum { TRIES = 50, WAIT_MILLISECONDS = 50 };

struct gt_claim {
    gt_runlock *lock;
    char folder[GT_TWINS_PATH];
};

static gt_status take(gt_claim *claim, gt_error *err) {
    gt_status status = GT_NOT_FOUND;
    for (int i = 0; i < TRIES && status == GT_NOT_FOUND; i++) {
        status = gt_mkdirs(claim->folder, err);
        if (status == GT_OK) status = gt_runlock_acquire(claim->folder, &claim->lock, err);
    }
    return status;
}

gt_status gt_claim_try(const gt_sweep *sweep, const char *name, gt_claim **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_claim *claim = calloc(1, sizeof *claim);
    *out = NULL;
    if (!claim) GT_THROW(err, GT_NO_MEMORY, "no memory for a claim");
    GT_TRY(gt_sweep_path(sweep, claim->folder, err, "locks/%s", name));
    status = take(claim, err);
    if (status == GT_OK) {
        *out = claim;
        claim = NULL;
    }
    if (status == GT_MISMATCH) status = GT_OK; /* somebody else is at it */
done:
    free(claim);
    return status;
}

gt_status gt_claim_wait(const gt_sweep *sweep, const char *name, gt_claim **out,
                        gt_error *err) {
    gt_status status = GT_OK;
    for (;;) {
        GT_TRY(gt_claim_try(sweep, name, out, err));
        if (*out) break;
        if (gt_interrupt_pending())
            GT_THROW(err, GT_INTERRUPTED, "interrupted while another process is at %s of %s",
                     name, sweep->folder);
        nanosleep(&(struct timespec){.tv_nsec = WAIT_MILLISECONDS * 1000000L}, NULL);
    }
done:
    return status;
}

/* The folder of all claims goes with the last of them. */
void gt_claim_release(gt_claim *claim) {
    if (!claim) return;
    gt_runlock_release(claim->lock);
    (void)rmdir(claim->folder);
    *strrchr(claim->folder, '/') = '\0';
    (void)rmdir(claim->folder);
    free(claim);
}

static gt_status clear(const gt_sweep *sweep, const char *name, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    struct stat about;
    gt_claim *claim = NULL;
    if (name[0] == '.') return GT_OK;
    GT_TRY(gt_sweep_path(sweep, path, err, "locks/%s", name));
    if (lstat(path, &about) || !S_ISDIR(about.st_mode)) return GT_OK;
    GT_TRY(gt_claim_try(sweep, name, &claim, err));
    gt_claim_release(claim);
done:
    return status;
}

gt_status gt_claims_clear(const gt_sweep *sweep, gt_error *err) {
    gt_status status = GT_OK;
    char path[GT_TWINS_PATH];
    DIR *listing = NULL;
    GT_TRY(gt_sweep_path(sweep, path, err, "locks"));
    listing = opendir(path);
    if (!listing && errno == ENOENT) return GT_OK;
    if (!listing) return gt_fail_errno(err, "reading the folder %s", path);
    for (struct dirent *found; (found = readdir(listing));)
        GT_TRY(clear(sweep, found->d_name, err));
done:
    if (listing) closedir(listing);
    return status;
}
