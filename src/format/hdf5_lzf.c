/* hdf5_lzf.c - h5py's filter LZF, to be read alone. */
#include <stdlib.h>

#include "hdf5_internal.h"
#include "lzf.h"

enum { CHUNK_BYTES = 2 /* of the filter's values: what a chunk unpacks to */ };

bool gt_hdf5_lzf_fits(const unsigned *values, size_t count, uint64_t chunk_bytes) {
    return count > CHUNK_BYTES && values[CHUNK_BYTES] == chunk_bytes;
}

/* The library takes 0 for a failure. A chunk that unpacks to other than it should is one: the
 * library would read behind it. */
static size_t unpack(unsigned flags, size_t count, const unsigned *values, size_t bytes,
                     size_t *size, void **buffer) {
    size_t unpacked;
    bool is_reading = (flags & H5Z_FLAG_REVERSE) != 0;
    if (!is_reading || !gt_lzf_measure(*buffer, bytes, &unpacked) || unpacked == 0 ||
        !gt_hdf5_lzf_fits(values, count, unpacked))
        return 0;
    uint8_t *out = H5allocate_memory(unpacked, false);
    if (out == NULL) return 0;
    gt_lzf_unpack(*buffer, bytes, out);
    H5free_memory(*buffer);
    *buffer = out;
    *size = unpacked;
    return unpacked;
}

void gt_hdf5_add_lzf(void) {
    const H5Z_class2_t filter = {.version = H5Z_CLASS_T_VERS,
                                 .id = GT_HDF5_LZF,
                                 .encoder_present = 0,
                                 .decoder_present = 1,
                                 .name = "lzf",
                                 .filter = unpack};
    H5Zregister(&filter);
}
