/* picture_members.c - see picture_members.h. */
#include "picture_members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_reader.h"
#include "file.h"
#include "fits_image.h"
#include "hdf5_file.h"
#include "picture_kinds.h"
#include "reading.h"

enum {
    MEMBERS = 5000000,
    MEMBER_BYTES = 1 << 28,
    GLANCE_MEMBERS = 1000,
    GLANCE_BYTES = 64 << 20,
    PARTS = 3 /* of the memory: two files may be open, and their values take some */
};

static const gt_picture_files archives = {"", "tar|zip|gz|tgz|bz2|tbz2|xz|txz|7z|rar|zst"};

/* Files of many pictures. */
static const gt_picture_files sets = {"", "npz|" GT_HDF5_ENDINGS};

void gt_picture_members_glance(const char *path, void (*look)(void *user, const char *name),
                               void *user) {
    gt_archive_limits limits = gt_archive_limits_default();
    gt_archive *archive = NULL;
    const char *name = NULL;
    limits.members = GLANCE_MEMBERS;
    limits.member_bytes = UINT64_MAX;
    limits.bytes = GLANCE_BYTES;
    limits.is_glance = true;
    if (gt_archive_open(path, &limits, &archive, NULL) != GT_OK) return;
    while (gt_archive_next(archive, &name, NULL) == GT_OK && name != NULL) look(user, name);
    gt_archive_close(archive);
}

/* Members that are passed over: how many, and the first. */
typedef struct left_out {
    size_t count;
    char first[128];
} left_out;

struct gt_picture_members {
    char *path;
    gt_picture_files files;
    gt_archive *archive;
    gt_picture_member present;
    uint8_t *bytes; /* of the present one */
    uint64_t most;  /* of one that is loaded when it is asked for; 0: all are at once */
    size_t met;     /* pictures since the archive began */
    left_out nested, sets,
        other; /* archives, files of many pictures, pictures of other kinds */
};

/* most: as of gt_picture_members. */
static gt_status open_members(const char *path, gt_picture_files files, uint64_t unpack,
                              uint64_t most, gt_picture_members **out, gt_error *err) {
    gt_status status = GT_OK;
    gt_archive_limits limits = gt_archive_limits_for(path, unpack);
    gt_picture_members *m = calloc(1, sizeof *m);
    if (m == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an archive");
    m->files = files;
    m->path = strdup(path);
    if (m->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for an archive");
    limits.members = MEMBERS;
    if (most == 0) limits.member_bytes = MEMBER_BYTES;
    m->most = most;
    GT_TRY(gt_archive_open(path, &limits, &m->archive, err));
    *out = m;
    m = NULL;
done:
    gt_picture_members_close(m);
    return status;
}

gt_status gt_picture_members_open(const char *path, gt_picture_files files, uint64_t unpack,
                                  gt_picture_members **out, gt_error *err) {
    return open_members(path, files, unpack, 0, out, err);
}

gt_status gt_picture_members_open_large(const char *path, gt_picture_files files,
                                        uint64_t unpack, gt_picture_members **out,
                                        gt_error *err) {
    uint64_t most = gt_reader_memory_here() / PARTS;
    return open_members(path, files, unpack, most > 0 ? most : 1, out, err);
}

void gt_picture_members_close(gt_picture_members *m) {
    if (m == NULL) return;
    gt_archive_close(m->archive);
    free(m->bytes);
    free(m->path);
    free(m);
}

/* A member that is gzip itself (.fits.gz) counts as what it holds; that one is damaged is said
 * where it is read. */
static gt_status count_packed(gt_picture_members *m, size_t length, gt_error *err) {
    gt_error why;
    gt_status status = gt_archive_count_packed(m->archive, m->bytes, length, &why);
    if (!status || status == GT_BAD_FORMAT) return GT_OK;
    return gt_fail(err, status, "%s: %s", m->path, why.text);
}

static void pass_over(left_out *l, const char *name) {
    if (l->count++ == 0) snprintf(l->first, sizeof l->first, "%s", name);
}

/* The sizes are in whole MiB, rounded so that they differ. */
static gt_status check_large(const gt_picture_members *m, const char *name, uint64_t bytes,
                             gt_error *err) {
    if (bytes <= m->most) return GT_OK;
    unsigned long long size = (bytes >> 20) + 1;
    (void)gt_fail(err, GT_UNSUPPORTED,
                  "%s: '%.100s' takes %llu MiB of memory, expected at most %llu, a third of "
                  "its reader's; GALATEA_READER_MEMORY=%llu allows it",
                  m->path, name, size, (unsigned long long)m->most >> 20, size * (PARTS + 1));
    gt_archive_advise(m->path, strlen(name) > 100 ? NULL : name, err);
    return GT_UNSUPPORTED;
}

gt_status gt_picture_members_load(gt_picture_members *m, uint8_t **bytes, size_t *length,
                                  gt_error *err) {
    const char *name = m->present.name;
    gt_status status = gt_archive_read(m->archive, bytes, length, err);
    m->present = (gt_picture_member){0}; /* it is read: once more from the start alone */
    return status ? status : check_large(m, name, *length, err);
}

static gt_status read_present(gt_picture_members *m, const char *name, gt_error *err) {
    gt_status status = GT_OK;
    size_t length = 0;
    if (m->most > 0) {
        uint64_t size = gt_archive_size(m->archive);
        GT_TRY(check_large(m, name, size, err));
        m->present = (gt_picture_member){name, NULL, (size_t)size};
        m->met++;
        goto done;
    }
    GT_TRY(gt_archive_read(m->archive, &m->bytes, &length, err));
    GT_TRY(count_packed(m, length, err));
    m->present = (gt_picture_member){
        name, m->bytes != NULL ? m->bytes : (const uint8_t *)"" /* an empty member */, length};
    m->met++;
done:
    return status;
}

gt_status gt_picture_members_next(gt_picture_members *m, gt_picture_member *out,
                                  gt_error *err) {
    gt_status status = GT_OK;
    const char *name = NULL;
    free(m->bytes);
    m->bytes = NULL;
    m->present = (gt_picture_member){0};
    for (;;) {
        GT_TRY(gt_archive_next(m->archive, &name, err));
        if (name == NULL) break;
        if (gt_picture_files_have(m->files, name)) {
            GT_TRY(read_present(m, name, err));
            break;
        }
        if (gt_picture_files_have(archives, name))
            pass_over(&m->nested, name);
        else if (gt_picture_files_have(sets, name))
            pass_over(&m->sets, name);
        else if (gt_picture_is_other(m->files, name))
            pass_over(&m->other, name);
    }
    *out = m->present;
done:
    return status;
}

static gt_status begin_anew(gt_picture_members *m, gt_error *err) {
    m->met = m->nested.count = m->sets.count = m->other.count = 0;
    m->present = (gt_picture_member){0};
    return gt_archive_rewind(m->archive, err);
}

gt_status gt_picture_members_at(gt_picture_members *m, size_t place, gt_picture_member *out,
                                gt_error *err) {
    gt_status status = GT_OK;
    bool is_behind = place + 1 < m->met || (place + 1 == m->met && m->present.name == NULL);
    if (is_behind) GT_TRY(begin_anew(m, err));
    *out = m->present;
    while (m->met <= place) {
        GT_TRY(gt_picture_members_next(m, out, err));
        if (out->name == NULL)
            GT_THROW(err, GT_MISMATCH, "%s: changed while it was read", m->path);
    }
done:
    return status;
}

gt_status gt_picture_members_check_any(const gt_picture_members *m, gt_error *err) {
    const left_out *l = m->sets.count > 0 ? &m->sets : &m->nested;
    if (m->met > 0) return GT_OK;
    if (l->count == 0 && m->other.count > 0)
        return gt_pictures_are_others(m->path, "archive", m->files, m->other.count,
                                      m->other.first, err);
    if (l->count == 0 && m->most > 0)
        return gt_fail(err, GT_NOT_FOUND, "%s: no %s in this archive", m->path, m->files.name);
    if (l->count == 0) return GT_OK;
    bool is_one = l->count == 1 && strlen(l->first) + 1 < sizeof l->first; /* else it is cut */
    bool is_set = l == &m->sets;
    (void)gt_fail(err, GT_NOT_FOUND, "%s: no %s in this archive, but %s, '%s'", m->path,
                  m->files.name, is_set ? "a file of many" : "another archive", l->first);
    if (is_set)
        gt_advise(err, "--format %s reads it",
                  gt_file_ending(l->first, "npz") == 0 ? "npy" : "hdf5");
    else
        gt_archive_advise(m->path, is_one ? l->first : NULL, err);
    return GT_NOT_FOUND;
}

static void add_sentence(char text[GT_PICTURE_MEMBERS_TEXT], const char *what, size_t count,
                         const char *first) {
    size_t used = strlen(text);
    if (count > 0)
        snprintf(text + used, GT_PICTURE_MEMBERS_TEXT - used,
                 "%s%s in the archive are left out: %zu, as '%.100s'", used ? "\n" : "", what,
                 count, first ? first : "");
}

const char *gt_picture_members_note(const gt_picture_members *m,
                                    char text[GT_PICTURE_MEMBERS_TEXT]) {
    const char *first;
    size_t passed_over = (size_t)gt_archive_passed_over(m->archive, &first);
    text[0] = 0;
    add_sentence(text, "links and devices", passed_over, first);
    add_sentence(text, "archives", m->nested.count, m->nested.first);
    add_sentence(text, "files of many pictures", m->sets.count, m->sets.first);
    add_sentence(text, "pictures of other kinds", m->other.count, m->other.first);
    return text;
}
