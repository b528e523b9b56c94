/* The program `galatea-reader`: parses the files of others for a process that must not be
 * harmed by them (src/base/reading.h). Nobody calls it by hand. */
#include "reading.h"
#include "source_reading.h"

static gt_status answer_source(void **state, gt_parcel *request, gt_parcel *answer,
                               gt_error *err) {
    return gt_source_answer(gt_importer_find, state, request, answer, err);
}

int main(int argc, char **argv) {
    static const gt_reader_service services[] = {{"source", answer_source}, {NULL, NULL}};
    return gt_reader_serve(argc, argv, services);
}
