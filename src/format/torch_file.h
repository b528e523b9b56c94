/* torch_file.h (room: format) - weights that torch.save wrote (PyTorch 1.6 and later: a zip
 * archive with a pickle and the numbers of each storage as they are).
 *
 * What the pickle says is found out by a reader (galatea/reader.h); the numbers are read from
 * the file itself. Dictionaries in dictionaries become names with dots, in lists numbers:
 * {"G": {"a.weight": t}, "ema": [u]} is "G.a.weight" and "ema.0". Whatever is no tensor there
 * is passed over. */
#ifndef GT_TORCH_FILE_H
#define GT_TORCH_FILE_H

#include <stdbool.h>

#include "galatea/safetensors.h"
#include "parcel.h"

/* Opens a file of arrays of either kind: of torch.save where it begins as such a file does,
 * else gt_safetensors_open. GT_UNSUPPORTED for names in the pickle that weights do not need,
 * for tensors that are parts of others with numbers between, for other layouts of torch.save.
 */
GT_MUST_CHECK gt_status gt_arrays_open(const char *path, gt_safetensors **out, gt_error *err);

/* Whether it begins as a file of torch.save does; also of those before 1.6, which are refused.
 */
bool gt_torch_is_one(const char *path);

/* In a reader: {"name": {"dtype", "shape", "data_offsets"}, ...} of a file, offsets from its
 * first byte on, as gt_st_open_described takes it. The text is yours. */
GT_MUST_CHECK gt_status gt_torch_describe(const char *path, char **text, gt_error *err);

/* gt_reader_service.answer: a path, its description. */
gt_status gt_torch_answer(void **state, gt_parcel *request, gt_parcel *answer, gt_error *err);

#endif
