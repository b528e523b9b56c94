/* reading_work.c - how long honest reading of a file or folder may take. */
#include <ftw.h>
#include <math.h>
#include <pthread.h>

#include "reading_internal.h"

static const double bytes_a_second = 5e6, seconds_a_file = 0.01;

/* Patience begins with the one and grows as a file that unpacks to a thousand times its bytes
 * takes, at 50 MB a second. */
static const double least_patience = 5, packed_bytes_a_second = 5e4;

enum { FOLDERS_OPEN = 8 };

/* nftw has no argument for its visitor. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double files, bytes;

static int add(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)path, (void)place;
    if (kind != FTW_F) return 0;
    files++;
    bytes += (double)info->st_size;
    return 0;
}

gt_reader_time gt_reader_work(const char *path) {
    pthread_mutex_lock(&lock);
    files = bytes = 0;
    nftw(path, add, FOLDERS_OPEN, 0);
    const gt_reader_time time = {
        seconds_a_file * files + bytes / bytes_a_second,
        fmin(least_patience + bytes / packed_bytes_a_second, GT_READER_PATIENCE)};
    pthread_mutex_unlock(&lock);
    return time;
}
