/* `galatea --version`: this program and what it is linked with. */
#include "galatea/version.h"

#include <archive.h>
#include <dnnl.h>
#include <fftw3.h>
#include <fitsio.h>
#include <hdf5.h>
#include <jansson.h>
#include <lapacke.h>
#include <libsvm/svm.h>
#include <omp.h>
#include <png.h>
#include <stdio.h>
#include <wcslib/wcs.h>

#include <jpeglib.h> /* wants stdio.h before it */

#include "cli_internal.h"

void gt_cli_print_version(FILE *stream) {
    const dnnl_version_t *dnnl = dnnl_version();
    lapack_int lapack[3];
    unsigned major = 0, minor = 0, release = 0;
    fprintf(stream, "galatea %s\n", gt_version());
    fprintf(stream, "compiler    %s, OpenMP %d\n", __VERSION__, _OPENMP);
    fprintf(stream, "oneDNN      %d.%d.%d\n", dnnl->major, dnnl->minor, dnnl->patch);
    LAPACKE_ilaver(&lapack[0], &lapack[1], &lapack[2]);
    fprintf(stream, "LAPACK      %d.%d.%d\n", lapack[0], lapack[1], lapack[2]);
    if (H5get_libversion(&major, &minor, &release) >= 0)
        fprintf(stream, "HDF5        %u.%u.%u\n", major, minor, release);
    fprintf(stream, "CFITSIO     %d.%d.%d\n", CFITSIO_MAJOR, CFITSIO_MINOR, CFITSIO_MICRO);
    fprintf(stream, "WCSLIB      %s\n", wcslib_version(NULL));
    fprintf(stream, "FFTW        %s\n", fftw_version);
    fprintf(stream, "libsvm      %d.%02d\n", libsvm_version / 100, libsvm_version % 100);
    fprintf(stream, "libpng      %s\n", png_get_libpng_ver(NULL));
    fprintf(stream, "libjpeg     %d.%d.%d (turbo)\n", LIBJPEG_TURBO_VERSION_NUMBER / 1000000,
            LIBJPEG_TURBO_VERSION_NUMBER / 1000 % 1000, LIBJPEG_TURBO_VERSION_NUMBER % 1000);
    fprintf(stream, "libarchive  %s\n", archive_version_details());
    fprintf(stream, "jansson     %s\n", JANSSON_VERSION);
}
