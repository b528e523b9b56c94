/* lzf.h (room: format) - unpacks LZF, which h5py offers as compression="lzf".
 *
 * The format of M. Lehmann's LibLZF: a byte below 32 is followed by one more bytes than it
 * says, as they are; any other by what repeats bytes that came before (upper three bits: how
 * many, two more than they say, and 7 adds a byte; the rest and a byte: how far back, one more
 * than they say). */
#ifndef GALATEA_FORMAT_LZF_H
#define GALATEA_FORMAT_LZF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes that `size` packed ones unpack to. False where they are cut, or reach back beyond
 * the first: what is true here gt_lzf_unpack can do. */
bool gt_lzf_measure(const uint8_t *packed, size_t size, size_t *out);

/* Unpacks what gt_lzf_measure has measured. */
void gt_lzf_unpack(const uint8_t *packed, size_t size, uint8_t *out);

#endif
