/* sparse_set.c - sparse_set FILE GIB ROWS: makes a set of 64x64 floats that is GIB large and
 * takes next to no disk: ROWS of its pictures, all over the file, were ever written. They alone
 * are to be trained by. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hdf5_file.h"
#include "rng.h"

enum { SIDE = 64, VALUES = SIDE * SIDE, TEST_ROW = 1 };

int main(int count, char **words) {
    if (count != 4) return 125;
    uint64_t rows = strtoull(words[2], NULL, 10) << 30, written = strtoull(words[3], NULL, 10);
    rows /= VALUES * sizeof(float);
    gt_hdf5_new_array arrays[] = {
        {.name = "images", .type = GT_HDF5_F32, .rank = 4, .dims = {rows, 1, SIDE, SIDE}},
        {.name = "split", .type = GT_HDF5_U8, .rank = 1, .dims = {rows}}};
    const gt_hdf5_new_attribute range[] = {{.name = "value_min", .real = 0},
                                           {.name = "value_max", .real = 1}};
    if (gt_hdf5_create_flat(words[1], arrays, 2, range, 2, NULL)) return 1;
    int file = open(words[1], O_WRONLY | O_CLOEXEC);
    unsigned char *splits = malloc(rows);
    if (file < 0 || splits == NULL) return 1;
    for (uint64_t i = 0; i < rows; i++) splits[i] = TEST_ROW;
    for (uint64_t i = 0; i < written; i++) {
        float pixels[VALUES];
        uint64_t row = (rows - 1) / written * i;
        gt_rng_fill_uniform((gt_rng_key){.seed = 1, .step = (uint32_t)i}, 0, VALUES, pixels);
        splits[row] = 0;
        if (pwrite(file, pixels, sizeof pixels,
                   (off_t)(arrays[0].offset + row * sizeof pixels)) != sizeof pixels)
            return 1;
    }
    if (pwrite(file, splits, rows, (off_t)arrays[1].offset) != (ssize_t)rows) return 1;
    free(splits);
    return close(file) ? 1 : 0;
}
