/* archive_maker.h - archives of a few members. */
#ifndef GT_TEST_ARCHIVE_MAKER_H
#define GT_TEST_ARCHIVE_MAKER_H

#include "gt_test.h"

#include <archive.h>
#include <archive_entry.h>

#include "temp_folder.h"

typedef enum packing { TAR, TAR_GZ, TAR_XZ, ZIP, PACKINGS } packing;

static inline struct archive *pack_start(const char *name, packing how) {
    struct archive *out = archive_write_new();
    if (how == ZIP)
        archive_write_set_format_zip(out);
    else
        archive_write_set_format_pax_restricted(out);
    if (how == TAR_GZ) archive_write_add_filter_gzip(out);
    if (how == TAR_XZ) archive_write_add_filter_xz(out);
    assert_int_equal(archive_write_open_filename(out, in_folder(name)), ARCHIVE_OK);
    return out;
}

/* type: AE_IFREG and its like; link: what a soft or a hard one leads to, else NULL. */
static inline void pack_add(struct archive *out, const char *name, unsigned type,
                            const char *link, const void *bytes, size_t size) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    if (link && type == AE_IFLNK) archive_entry_set_symlink(entry, link);
    if (link && type == AE_IFREG) archive_entry_set_hardlink(entry, link);
    assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
    if (size) assert_int_equal(archive_write_data(out, bytes, size), size);
    archive_entry_free(entry);
}

static inline void pack_finish(struct archive *out) {
    assert_int_equal(archive_write_close(out), ARCHIVE_OK);
    archive_write_free(out);
}

#endif
