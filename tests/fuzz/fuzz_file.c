/* Bytes as files and texts, for the fuzz targets of what takes these. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static char folder[64];

static void remove_folder(void) {
    DIR *listing = opendir(folder);
    for (struct dirent *entry; listing && (entry = readdir(listing));)
        (void)unlinkat(dirfd(listing), entry->d_name, 0);
    if (listing) closedir(listing);
    (void)rmdir(folder);
}

/* In memory where that is possible: there are thousands of files a second. */
const char *gt_fuzz_folder(void) {
    if (*folder) return folder;
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/gt-fuzz-XXXXXX", place);
    GT_ASSERT(mkdtemp(folder) && atexit(remove_folder) == 0);
    return folder;
}

const char *gt_fuzz_file(const char *name, const uint8_t *bytes, size_t size) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", gt_fuzz_folder(), name);
    FILE *file = fopen(path, "wb");
    GT_ASSERT(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    return path;
}

char *gt_fuzz_text(const uint8_t *bytes, size_t size) {
    char *text = malloc(size + 1);
    GT_ASSERT(text);
    if (size) memcpy(text, bytes, size);
    text[size] = 0;
    return text;
}
