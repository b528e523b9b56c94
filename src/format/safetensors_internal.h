/* safetensors_internal.h (room: format, private) - what the reader's three sources share. */
#ifndef GT_SAFETENSORS_INTERNAL_H
#define GT_SAFETENSORS_INTERNAL_H

#include "galatea/safetensors.h"

#define GT_ST_METADATA "__metadata__"
#define GT_ST_CHECKSUM "checksum"
/* The header's own sum stands among those of the arrays under this name. */
#define GT_ST_HEADER_SUM "__header__"

typedef struct gt_st_pair {
    char *key, *value;
} gt_st_pair;

typedef struct gt_st_map {
    gt_st_pair *pairs;
    size_t count;
} gt_st_map;

/* What the JSON says, before it is compared with the file. Offsets count from the first data
 * byte. Strings point into the parsed text. */
typedef struct gt_st_header {
    gt_st_tensor *tensors;
    size_t count;
    gt_st_map metadata;
} gt_st_header;

struct gt_safetensors {
    char *path;
    int descriptor;             /* -1 when the file is in memory */
    const unsigned char *bytes; /* NULL when it is on the disk */
    uint64_t size;
    char *text; /* the header's text, where names and metadata live */
    gt_st_header header;
    const gt_st_tensor **by_name;
    gt_st_map orders; /* of axes by names of arrays, of those that do not lie as C has them */
};

/* Parses text[size], followed by a zero byte, in place: strings are decoded where they stand.
 * On failure header holds nothing. path is for messages. */
gt_status gt_st_parse_header(char *text, size_t size, const char *path, gt_st_header *header,
                             gt_error *err);

/* Parses a JSON object of strings alone, the same way. */
gt_status gt_st_parse_map(char *text, size_t size, const char *path, gt_st_map *map,
                          gt_error *err);

/* Opens a file of another kind whose arrays a text describes as a header does, with offsets
 * from the first byte of the file on; they may lie anywhere in it. What would be metadata are
 * the axes of an array in the order in which they lie, the last fastest: {"w": "0231"} of one
 * with channels last. GT_BAD_FORMAT for a text that cannot be true. */
gt_status gt_st_open_described(const char *path, const char *text, gt_safetensors **out,
                               gt_error *err);

gt_status gt_st_read_bytes(const gt_safetensors *file, uint64_t offset, void *out, size_t size,
                           gt_error *err);

/* Product of the sizes; 0 when any is 0. Returns 0 on success, -1 if even the sizes that are
 * not 0 overflow, or one is negative. */
int gt_st_count_elements(int rank, const int64_t *shape, uint64_t *elements);

/* The sum over what the header means, whatever the order in which it says so: names, types and
 * shapes of the arrays sorted by name, metadata sorted by key, without the checksums. */
gt_status gt_st_hash_header(const gt_st_tensor *const *by_name, size_t count,
                            const gt_st_map *metadata, uint64_t *hash, gt_error *err);

#endif
