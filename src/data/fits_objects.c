/* fits_objects.c - files listed, matched with bands, and put together by what the star matched.
 */
#include "fits_objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fits_image.h"
#include "picture_kinds.h"
#include "picture_list.h"
#include "text.h"

/* Bands of an archive: bytes in memory at a time, and how often it is gone through. */
enum { MOST_IN_MEMORY = 1 << 29, MOST_PASSES = 16 };

static const gt_picture_files fits_files = {"FITS files", GT_FITS_ENDINGS};

static gt_status no_memory(gt_error *err) {
    return gt_fail(err, GT_NO_MEMORY, "out of memory for file names");
}

/* ---- an archive ---- */

/* By its name: what is gzip under another one is a FITS file. */
static bool is_archive(const char *path) {
    const gt_picture_files archives = {"", GT_FITS_ARCHIVE_ENDINGS};
    const char *slash = strrchr(path, '/');
    return gt_picture_files_have(archives, slash ? slash + 1 : path);
}

static gt_status list_archive(const char *path, uint64_t unpack, gt_fits_objects *all,
                              gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_picture_members_open(path, fits_files, unpack, &all->members, err));
    GT_TRY(gt_picture_folder_begin(path, fits_files, &all->folder, err));
    for (gt_picture_member m;;) {
        GT_TRY(gt_picture_members_next(all->members, &m, err));
        if (m.name == NULL) break;
        GT_TRY(gt_picture_folder_add(&all->folder, m.name, err));
        all->folder.entries[all->folder.count - 1].length = m.length;
    }
    GT_TRY(gt_picture_members_check_any(all->members, err));
    gt_picture_members_note(all->members, all->left_out);
    GT_TRY(gt_picture_folder_arrange(&all->folder, err));
done:
    return status;
}

static gt_status list_files(const char *path, uint64_t unpack, gt_fits_objects *all,
                            gt_error *err) {
    struct stat info;
    bool is_file = stat(path, &info) == 0 && S_ISREG(info.st_mode);
    if (is_file && is_archive(path)) return list_archive(path, unpack, all, err);
    all->is_list = is_file && gt_picture_list_is_one(path);
    all->is_alone = is_file && !all->is_list;
    gt_status status = gt_picture_folder_list(path, fits_files, &all->folder, err);
    if (!status && all->folder.others > 0)
        snprintf(all->left_out, sizeof all->left_out, GT_PICTURES_LEFT_OUT, all->folder.others,
                 all->folder.other);
    return status;
}

/* ---- bands ---- */

static gt_status no_bands(const char *text, const char *what, gt_error *err) {
    char shown[256];
    return gt_fail(err, GT_USAGE,
                   "--bands %s: %s, expected g=*_g.fits,r=*_r.fits, or g=1,r=2 of "
                   "HDUs",
                   gt_text_shown(text, shown, sizeof shown), what);
}

/* One of them, `length` bytes: NAME=PATTERN or NAME=HDU. */
static gt_status read_band(const char *bands, const char *text, size_t length,
                           gt_fits_band *out, gt_error *err) {
    const char *equals = memchr(text, '=', length);
    if (equals == NULL || equals == text || equals == text + length - 1)
        return no_bands(bands, "no NAME=PATTERN", err);
    size_t value = (size_t)(text + length - equals) - 1;
    const char *star = memchr(equals + 1, '*', value);
    if (star != NULL && memchr(star + 1, '*', (size_t)(text + length - star) - 1) != NULL)
        return no_bands(bands, "two stars", err);
    out->name = strndup(text, (size_t)(equals - text));
    char **to = star ? &out->pattern : &out->hdu;
    *to = strndup(equals + 1, value);
    return out->name && *to ? GT_OK : no_memory(err);
}

static gt_status check_bands(const char *text, const gt_fits_objects *all, gt_error *err) {
    for (size_t i = 0; i < all->band_count; i++) {
        if ((all->bands[i].pattern == NULL) != (all->bands[0].pattern == NULL))
            return no_bands(text, "a pattern beside an HDU", err);
        for (size_t k = 0; k < i; k++)
            if (strcmp(all->bands[i].name, all->bands[k].name) == 0)
                return no_bands(text, "a band twice", err);
    }
    return GT_OK;
}

static gt_status read_bands(const char *text, gt_fits_objects *all, gt_error *err) {
    gt_status status = GT_OK;
    size_t used = 0;
    all->bands = calloc(GT_FITS_MOST_BANDS, sizeof *all->bands);
    if (all->bands == NULL) GT_TRY(no_memory(err));
    all->band_count = 1;
    if (text == NULL) goto done;
    all->band_count = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (all->band_count == GT_FITS_MOST_BANDS)
            GT_TRY(no_bands(text, "too many bands", err));
        gt_fits_band *band = &all->bands[all->band_count++];
        GT_TRY(read_band(text, at, length, band, err));
        used += (size_t)snprintf(all->band_names + used, sizeof all->band_names - used, "%s%s",
                                 used ? "," : "", band->name);
        if (used >= sizeof all->band_names) GT_TRY(no_bands(text, "names too long", err));
        at += length;
        if (*at == 0) break;
    }
    GT_TRY(check_bands(text, all, err));
done:
    return status;
}

/* ---- files and bands ---- */

/* A file that is the band of an object. */
typedef struct match {
    char *name; /* the object's */
    size_t file, band;
} match;

/* The object's name, yours, for a name that fits a pattern; NULL where it does not. */
static char *match_star(const char *pattern, const char *name) {
    const char *star = strchr(pattern, '*');
    const char *slash = strchr(pattern, '/') == NULL ? strrchr(name, '/') : NULL;
    size_t folder = slash ? (size_t)(slash - name) + 1 : 0;
    size_t before = (size_t)(star - pattern), behind = strlen(star + 1);
    size_t length = strlen(name + folder);
    char *out = NULL;
    if (length <= before + behind || strncmp(name + folder, pattern, before) != 0 ||
        strcmp(name + folder + length - behind, star + 1) != 0)
        return NULL;
    int size = (int)(length - before - behind);
    return asprintf(&out, "%.*s%.*s", (int)folder, name, size, name + folder + before) < 0
               ? NULL
               : out;
}

static int by_object(const void *a, const void *b) {
    const match *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->band > y->band) - (x->band < y->band);
}

static gt_status match_file(const gt_fits_objects *all, size_t file, match *out, bool *is_any,
                            gt_error *err) {
    const char *name = all->folder.entries[file].name;
    *is_any = false;
    for (size_t b = 0; b < all->band_count; b++) {
        char *object = match_star(all->bands[b].pattern, name);
        if (object == NULL) continue;
        if (*is_any) {
            free(object);
            free(out->name);
            return gt_fail(err, GT_BAD_FORMAT,
                           "'%s' fits the patterns of %s and %s, expected one", name,
                           all->bands[out->band].name, all->bands[b].name);
        }
        *out = (match){object, file, b};
        *is_any = true;
    }
    return GT_OK;
}

/* Names the first few objects without a band. */
static void remember_incomplete(gt_fits_objects *all, const match *first, size_t count) {
    size_t missing = 0, used = strlen(all->examples);
    for (size_t i = 0; i < count && first[i].band == missing; i++) missing++;
    if (all->incomplete++ < 3)
        snprintf(all->examples + used, sizeof all->examples - used, "%s'%.60s' without %.12s",
                 used ? ", " : "", first->name, all->bands[missing].name);
}

static gt_status add_object(gt_fits_objects *all, match *first, size_t count, gt_error *err) {
    for (size_t i = 1; i < count; i++)
        if (first[i].band == first[i - 1].band)
            return gt_fail(err, GT_BAD_FORMAT, "'%s' has two files of band %s: '%s' and '%s'",
                           first->name, all->bands[first[i].band].name,
                           all->folder.entries[first[i - 1].file].name,
                           all->folder.entries[first[i].file].name);
    if (count < all->band_count) {
        remember_incomplete(all, first, count);
        return GT_OK;
    }
    const gt_picture_entry *entry = &all->folder.entries[first->file];
    gt_fits_object *o = &all->objects[all->count];
    *o = (gt_fits_object){.name = first->name,
                          .label = entry->label,
                          .split = entry->split,
                          .first = all->count * all->band_count,
                          .place = SIZE_MAX};
    for (size_t i = 0; i < count; i++) {
        size_t place = all->folder.entries[first[i].file].place;
        all->files[o->first + i] = first[i].file;
        if (place < o->place) o->place = place;
    }
    first->name = NULL; /* the object's now */
    all->count++;
    return GT_OK;
}

static int by_place(const void *a, const void *b) {
    const gt_fits_object *x = a, *y = b;
    if (x->split != y->split) return x->split - y->split;
    if (x->label != y->label) return (x->label > y->label) - (x->label < y->label);
    return strcmp(x->name, y->name);
}

static int by_order(const void *a, const void *b) {
    const gt_fits_object *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static gt_status group_files(gt_fits_objects *all, gt_error *err) {
    gt_status status = GT_OK;
    size_t count = 0;
    match *matches = calloc(all->folder.count + 1, sizeof *matches);
    if (matches == NULL) GT_TRY(no_memory(err));
    for (size_t i = 0; i < all->folder.count; i++) {
        bool is_any;
        GT_TRY(match_file(all, i, &matches[count], &is_any, err));
        count += is_any;
        all->unmatched += !is_any;
    }
    qsort(matches, count, sizeof *matches, by_object);
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count && strcmp(matches[next].name, matches[i].name) == 0;)
            next++;
        GT_TRY(add_object(all, &matches[i], next - i, err));
    }
    qsort(all->objects, all->count, sizeof *all->objects,
          all->members != NULL || all->is_list ? by_order : by_place);
done:
    for (size_t i = 0; matches && i < count; i++) free(matches[i].name);
    free(matches);
    return status;
}

/* Every file an object. */
static gt_status take_files(gt_fits_objects *all, gt_error *err) {
    for (size_t i = 0; i < all->folder.count; i++) {
        const gt_picture_entry *entry = &all->folder.entries[i];
        const char *slash = all->is_alone ? strrchr(entry->name, '/') : NULL;
        char *name = strdup(slash ? slash + 1 : entry->name);
        if (name == NULL) return no_memory(err);
        all->objects[all->count] = (gt_fits_object){name, entry->label, entry->split,
                                                    all->count * all->band_count, entry->place};
        for (size_t b = 0; b < all->band_count; b++)
            all->files[all->count * all->band_count + b] = i;
        all->count++;
    }
    return GT_OK;
}

static bool has_patterns(const gt_fits_objects *all) {
    return all->bands[0].pattern != NULL;
}

/* Folders that patterns name are no classes. */
static void forget_classes(gt_fits_objects *all) {
    bool is_named = false;
    for (size_t b = 0; has_patterns(all) && b < all->band_count; b++)
        is_named |= strchr(all->bands[b].pattern, '/') != NULL;
    if (!is_named) return;
    for (size_t i = 0; i < all->folder.count; i++) all->folder.entries[i].label = -1;
    for (size_t i = 0; i < all->folder.class_count; i++) free(all->folder.classes[i]);
    all->folder.class_count = 0;
}

static gt_status check_complete(const char *path, const gt_fits_objects *all, bool drops,
                                gt_error *err) {
    if (all->incomplete > 0 && !drops)
        return gt_fail(
            err, GT_NOT_FOUND,
            "%s: %zu of %zu objects have no file for some band: %s; --incomplete drop "
            "leaves them out",
            path, all->incomplete, all->incomplete + all->count, all->examples);
    if (all->count == 0)
        return gt_fail(err, GT_NOT_FOUND,
                       "%s: none of %zu files makes an object with all bands", path,
                       all->folder.count);
    return GT_OK;
}

/* The files of an object one behind the other in `files`, as objects are asked for. */
static gt_status open_window(const char *path, gt_fits_objects *all, gt_error *err) {
    gt_status status = GT_OK;
    size_t files = all->count * all->band_count;
    gt_wanted_member *wanted = calloc(files, sizeof *wanted);
    size_t *sorted = calloc(files, sizeof *sorted);
    if (wanted == NULL || sorted == NULL) GT_TRY(no_memory(err));
    for (size_t i = 0; i < files; i++) {
        const gt_fits_object *object = &all->objects[i / all->band_count];
        sorted[i] = all->files[object->first + i % all->band_count];
        const gt_picture_entry *entry = &all->folder.entries[sorted[i]];
        wanted[i] = (gt_wanted_member){entry->place, entry->length};
    }
    for (size_t i = 0; i < all->count; i++) all->objects[i].first = i * all->band_count;
    memcpy(all->files, sorted, files * sizeof *sorted);
    GT_TRY(gt_member_window_open(all->members, wanted, files, all->band_count, MOST_IN_MEMORY,
                                 &all->window, err));
    size_t passes = gt_member_window_passes(all->window);
    if (passes > MOST_PASSES)
        GT_THROW(err, GT_UNSUPPORTED,
                 "%s: the bands of its objects lie so far apart that it would be gone through "
                 "%zu times, expected at most %d; unpack it, or pack it in order of object",
                 path, passes, MOST_PASSES);
done:
    free(wanted);
    free(sorted);
    return status;
}

gt_status gt_fits_objects_list(const char *path, const char *bands, bool drops_incomplete,
                               uint64_t unpack, gt_fits_objects *out, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_objects all = {0};
    GT_TRY(read_bands(bands, &all, err));
    GT_TRY(list_files(path, unpack, &all, err));
    forget_classes(&all);
    all.objects = calloc(all.folder.count + 1, sizeof *all.objects);
    all.files = calloc(all.folder.count * all.band_count + 1, sizeof *all.files);
    if (all.objects == NULL || all.files == NULL) GT_TRY(no_memory(err));
    status = has_patterns(&all) ? group_files(&all, err) : take_files(&all, err);
    if (status) {
        gt_blame(err, "%s", path);
        goto done;
    }
    GT_TRY(check_complete(path, &all, drops_incomplete, err));
    if (all.members != NULL && has_patterns(&all)) GT_TRY(open_window(path, &all, err));
    *out = all;
    all = (gt_fits_objects){0};
done:
    gt_fits_objects_free(&all);
    return status;
}

char *gt_fits_objects_path(const gt_fits_objects *all, const gt_fits_object *object,
                           size_t band) {
    size_t file = all->files[object->first + band];
    return gt_picture_folder_path(&all->folder, file);
}

gt_status gt_fits_objects_file(const gt_fits_objects *all, const gt_fits_object *object,
                               size_t band, gt_picture_member *out, char **path,
                               gt_error *err) {
    size_t place = all->folder.entries[all->files[object->first + band]].place;
    *path = NULL;
    if (all->window != NULL)
        return gt_member_window_at(all->window, object->first + band, out, err);
    if (all->members != NULL) return gt_picture_members_at(all->members, place, out, err);
    *path = gt_fits_objects_path(all, object, band);
    *out = (gt_picture_member){.name = *path};
    return *path ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
}

void gt_fits_objects_drop(gt_fits_objects *all, size_t index) {
    free(all->objects[index].name);
    all->count--;
    memmove(all->objects + index, all->objects + index + 1,
            (all->count - index) * sizeof *all->objects);
}

void gt_fits_objects_free(gt_fits_objects *all) {
    for (size_t i = 0; i < all->count; i++) free(all->objects[i].name);
    for (size_t i = 0; all->bands && i < GT_FITS_MOST_BANDS; i++) {
        free(all->bands[i].name);
        free(all->bands[i].pattern);
        free(all->bands[i].hdu);
    }
    gt_member_window_close(all->window);
    gt_picture_members_close(all->members);
    gt_picture_folder_free(&all->folder);
    free(all->objects);
    free(all->bands);
    free(all->files);
}
