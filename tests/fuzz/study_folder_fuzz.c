/* Manifests of saved classifiers: anything is refused in a sentence that names the file, for
 * the weights that it names are not there. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "classify/classify.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static char folder[64], path[96];
    gt_error err = {0};
    gt_folder read = {0};
    if (!*folder) {
        const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
        snprintf(folder, sizeof folder, "%s/gt-fuzz-folder-%ld", place, (long)getpid());
        snprintf(path, sizeof path, "%s/manifest.json", folder);
    }
    GT_ASSERT(mkdir(folder, 0777) == 0);
    FILE *file = fopen(path, "wb");
    GT_ASSERT(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    GT_ASSERT(gt_folder_load(folder, &read, &err) != GT_OK);
    GT_ASSERT(strstr(err.text, folder) || err.status == GT_NO_MEMORY);
    unlink(path);
    rmdir(folder);
    return 0;
}
