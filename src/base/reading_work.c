/* reading_work.c - how long honest reading of a file or folder may take. */
#include <math.h>
#include <sys/stat.h>

#include "file.h"
#include "reading_internal.h"

static const double bytes_a_second = 5e6, seconds_a_file = 0.01;

/* Patience begins with the one and grows as a file that unpacks to a thousand times its bytes
 * takes, at 50 MB a second. */
static const double least_patience = 5, packed_bytes_a_second = 5e4;

/* More files are read by nobody; what a link leads to may have as many. */
static const double most_files = 5e7;

typedef struct work {
    double files, bytes;
} work;

static bool add(void *user, const struct stat *file) {
    work *w = user;
    w->files++;
    w->bytes += (double)file->st_size;
    return w->files < most_files;
}

gt_reader_time gt_reader_work(const char *path) {
    work w = {0};
    (void)gt_folder_visit(path, add, &w);
    return (gt_reader_time){
        seconds_a_file * w.files + w.bytes / bytes_a_second,
        fmin(least_patience + w.bytes / packed_bytes_a_second, GT_READER_PATIENCE)};
}
