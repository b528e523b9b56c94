/* The program `galatea-reader`: parses the files of others for a process that must not be
 * harmed by them (src/base/reading.h). Nobody calls it by hand. */
#include "hdf5_asking.h"
#include "reading.h"
#include "source_reading.h"
#include "torch_file.h"

#ifdef __SANITIZE_ADDRESS__
/* Libraries ask for any size that a damaged file names, and take no for an answer. What is left
 * at the end is of no interest: a reader is ended wherever it is. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1:detect_leaks=0";
}
#endif

static gt_status answer_source(void **state, gt_parcel *request, gt_parcel *answer,
                               gt_error *err) {
    return gt_source_answer(gt_importer_find, state, request, answer, err);
}

int main(int argc, char **argv) {
    static const gt_reader_service services[] = {{"hdf5", gt_hdf5_answer},
                                                 {"source", answer_source},
                                                 {"torch", gt_torch_answer},
                                                 {NULL, NULL}};
    return gt_reader_serve(argc, argv, services);
}
