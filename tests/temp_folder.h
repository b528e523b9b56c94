/* temp_folder.h - an empty folder for each test, gone after it. Use the two functions as
 * set-up and tear-down, or TEST(name). */
#ifndef TEMP_FOLDER_H
#define TEMP_FOLDER_H

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char temp_folder[64];

/* The path of a name in the folder; good for eight more calls. */
static inline const char *in_folder(const char *name) {
    static char paths[8][512];
    static int turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", temp_folder, name);
    return path;
}

/* Files and folders in the folder. */
static inline int entries_in_folder(void) {
    int count = 0;
    DIR *listing = opendir(temp_folder);
    while (listing && readdir(listing)) count++;
    if (listing) closedir(listing);
    return count - 2;
}

static inline void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) abort();
}

static inline int make_temp_folder(void **state) {
    (void)state;
    strcpy(temp_folder, "/tmp/gt-test-XXXXXX");
    return mkdtemp(temp_folder) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *info, int kind,
                             struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static inline int remove_temp_folder(void **state) {
    (void)state;
    return nftw(temp_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_temp_folder, remove_temp_folder)

#endif
