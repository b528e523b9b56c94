/* reading_work.c - how long honest reading of a file or folder may take. */
#include <ftw.h>
#include <pthread.h>

#include "reading_internal.h"

static const double bytes_a_second = 5e6, seconds_a_file = 0.01;

enum { FOLDERS_OPEN = 8 };

/* nftw has no argument for its visitor. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double total;

static int add(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)path, (void)place;
    if (kind != FTW_F) return 0;
    total += seconds_a_file + (double)info->st_size / bytes_a_second;
    return 0;
}

double gt_reader_work(const char *path) {
    pthread_mutex_lock(&lock);
    total = 0;
    nftw(path, add, FOLDERS_OPEN, 0);
    double seconds = total;
    pthread_mutex_unlock(&lock);
    return seconds;
}
