/* batch_files.c - finds batch files by name, whatever order an archive keeps them in. */
#include "batch_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive_reader.h"
#include "file.h"

enum { MAX_BATCHES = 1000, MAX_FILE = 1 << 30, NOT_A_BATCH = -1, META = 0 };
/* A file's rank: META, 1 .. MAX_BATCHES for train batches, TEST for the test batch. */
enum { TEST = MAX_BATCHES + 1, RANKS };

struct gt_batch_files {
    char *path;                /* of the archive, or of the folder that holds the files */
    char folder[256];          /* its name */
    gt_archive *archive;       /* NULL for folders */
    size_t position;           /* regular files of the archive passed so far */
    size_t place[RANKS];       /* number in the archive, from 1 on; 0: absent */
    char names[RANKS][16];     /* by rank */
    int batches[RANKS], count; /* ranks in order */
};

/* Rank of a file name without folders. */
static int rank_of(const char *name) {
    static const char prefix[] = "data_batch_";
    if (strcmp(name, "batches.meta") == 0) return META;
    if (strcmp(name, "test_batch") == 0) return TEST;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0) return NOT_A_BATCH;
    const char *digits = name + sizeof prefix - 1;
    size_t length = strlen(digits);
    if (length == 0 || length > 4 || digits[0] == '0' || strspn(digits, "0123456789") != length)
        return NOT_A_BATCH;
    int number = 0;
    for (size_t i = 0; i < length; i++) number = 10 * number + (digits[i] - '0');
    return number <= MAX_BATCHES ? number : NOT_A_BATCH;
}

static gt_status add_file(gt_batch_files *files, const char *name, size_t place,
                          gt_error *err) {
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    int rank = rank_of(base);
    if (rank == NOT_A_BATCH) return GT_OK;
    if (files->place[rank] != 0)
        return gt_fail(err, GT_BAD_FORMAT, "%s: holds %s twice", files->path, base);
    files->place[rank] = place;
    snprintf(files->names[rank], sizeof files->names[rank], "%s", base);
    if (slash != NULL && rank == 1) {
        size_t end = (size_t)(slash - name), start = end;
        while (start > 0 && name[start - 1] != '/') start--;
        snprintf(files->folder, sizeof files->folder, "%.*s", (int)(end - start), name + start);
    }
    return GT_OK;
}

static gt_status list_archive(gt_batch_files *files, gt_error *err) {
    gt_archive_limits limits = gt_archive_limits_default();
    limits.member_bytes = MAX_FILE;
    gt_status status = gt_archive_open(files->path, &limits, &files->archive, err);
    for (size_t place = 1; status == GT_OK; place++) {
        const char *name = NULL;
        status = gt_archive_next(files->archive, &name, err);
        if (status || name == NULL) break;
        status = add_file(files, name, place, err);
    }
    return status ? status : gt_archive_rewind(files->archive, err);
}

static gt_status list_folder(gt_batch_files *files, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    DIR *folder = opendir(path);
    if (folder == NULL) return gt_fail(err, GT_IO, "%s: %s", path, strerror(errno));
    for (struct dirent *entry; status == GT_OK && (entry = readdir(folder)) != NULL;)
        status = add_file(files, entry->d_name, 1, err);
    closedir(folder);
    return status;
}

/* The only folder below path that holds data_batch_1, yours; NULL if there is none. */
static gt_status find_below(const char *path, char **out, gt_error *err) {
    gt_status status = GT_OK;
    DIR *folder = opendir(path);
    if (folder == NULL) return gt_fail(err, GT_IO, "%s: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char *batch = NULL;
        struct stat info;
        if (entry->d_name[0] == '.') continue;
        if (asprintf(&batch, "%s/%s/data_batch_1", path, entry->d_name) < 0)
            GT_THROW(err, GT_NO_MEMORY, "out of memory for a path");
        bool found = stat(batch, &info) == 0;
        if (!found || *out != NULL) {
            free(batch);
            if (found) GT_THROW(err, GT_BAD_FORMAT, "%s: several folders of batches", path);
            continue;
        }
        *strrchr(batch, '/') = 0;
        *out = batch;
    }
done:
    closedir(folder);
    return status;
}

static gt_status find_folder(gt_batch_files *files, gt_error *err) {
    gt_status status = list_folder(files, files->path, err);
    if (status || files->place[1] != 0) return status;
    char *below = NULL;
    status = find_below(files->path, &below, err);
    if (status || below == NULL) {
        free(below);
        return status;
    }
    free(files->path);
    files->path = below;
    memset(files->place, 0, sizeof files->place);
    return list_folder(files, files->path, err);
}

static void name_folder(gt_batch_files *files) {
    const char *end = files->path + strlen(files->path);
    while (end > files->path && end[-1] == '/') end--;
    const char *start = end;
    while (start > files->path && start[-1] != '/') start--;
    snprintf(files->folder, sizeof files->folder, "%.*s", (int)(end - start), start);
}

static gt_status check_complete(gt_batch_files *files, gt_error *err) {
    int last = TEST - 1;
    while (last > 0 && files->place[last] == 0) last--;
    if (last == 0)
        return gt_fail(err, GT_BAD_FORMAT, "%s: no data_batch_1 in it, expected batch files",
                       files->path);
    for (int rank = 1; rank <= last; rank++) {
        if (files->place[rank] == 0)
            return gt_fail(err, GT_BAD_FORMAT, "%s: data_batch_%d is missing", files->path,
                           rank);
        files->batches[files->count++] = rank;
    }
    if (files->place[TEST] == 0 || files->place[META] == 0)
        return gt_fail(err, GT_BAD_FORMAT, "%s: %s is missing", files->path,
                       files->place[TEST] == 0 ? "test_batch" : "batches.meta");
    files->batches[files->count++] = TEST;
    return GT_OK;
}

gt_status gt_batch_files_open(const char *path, gt_batch_files **out, gt_error *err) {
    gt_status status = GT_OK;
    struct stat info;
    gt_batch_files *files = calloc(1, sizeof *files);
    if (files == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a list of batches");
    files->path = strdup(path);
    if (files->path == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for a list of batches");
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (is_folder) {
        GT_TRY(find_folder(files, err));
        name_folder(files);
    } else {
        GT_TRY(list_archive(files, err));
    }
    GT_TRY(check_complete(files, err));
    *out = files;
    files = NULL;
done:
    gt_batch_files_close(files);
    return status;
}

void gt_batch_files_close(gt_batch_files *files) {
    if (files == NULL) return;
    gt_archive_close(files->archive);
    free(files->path);
    free(files);
}

size_t gt_batch_files_count(const gt_batch_files *files) {
    return (size_t)files->count;
}

bool gt_batch_files_is_test(const gt_batch_files *files, size_t batch) {
    return files->batches[batch] == TEST;
}

const char *gt_batch_files_name(const gt_batch_files *files, size_t batch) {
    return files->names[files->batches[batch]];
}

const char *gt_batch_files_folder(const gt_batch_files *files) {
    return files->folder;
}

/* Walks on, or from the start again, to the regular file at `place`. */
static gt_status load_member(gt_batch_files *files, size_t place, uint8_t **bytes,
                             size_t *length, gt_error *err) {
    gt_status status = GT_OK;
    const char *name = "";
    if (files->position >= place) {
        files->position = 0;
        GT_TRY(gt_archive_rewind(files->archive, err));
    }
    for (; files->position < place; files->position++) {
        GT_TRY(gt_archive_next(files->archive, &name, err));
        if (name == NULL) GT_THROW(err, GT_IO, "%s: changed while it was read", files->path);
    }
    GT_TRY(gt_archive_read(files->archive, bytes, length, err));
done:
    return status;
}

static gt_status load_rank(gt_batch_files *files, int rank, uint8_t **bytes, size_t *length,
                           gt_error *err) {
    if (files->archive != NULL)
        return load_member(files, files->place[rank], bytes, length, err);
    char *path = NULL, *text = NULL;
    if (asprintf(&path, "%s/%s", files->path, files->names[rank]) < 0)
        return gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
    gt_status status = gt_file_load(path, MAX_FILE, &text, length, err);
    *bytes = (uint8_t *)text;
    free(path);
    return status;
}

gt_status gt_batch_files_load(gt_batch_files *files, size_t batch, uint8_t **bytes,
                              size_t *length, gt_error *err) {
    return load_rank(files, files->batches[batch], bytes, length, err);
}

gt_status gt_batch_files_load_meta(gt_batch_files *files, uint8_t **bytes, size_t *length,
                                   gt_error *err) {
    return load_rank(files, META, bytes, length, err);
}
