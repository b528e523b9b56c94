/* png_write.c - PNG through libpng, into the atomic output file. libpng reports errors by a
 * jump: encode() is the only function it can jump to and owns nothing. */
#include "png_write.h"

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>

#include "outfile.h"

typedef struct png_job {
    const char *path;
    gt_outfile *file;
    gt_error *err;
    gt_status status;
} png_job;

static void PNGAPI on_error(png_structp png, png_const_charp message) {
    png_job *job = png_get_error_ptr(png);
    if (job->status == GT_OK)
        job->status = gt_fail(job->err, GT_IO, "%s: libpng: %s", job->path, message);
    png_longjmp(png, 1);
}

static void PNGAPI on_warning(png_structp png, png_const_charp message) {
    (void)png, (void)message; /* concerns optional chunks only; the pixels are as asked */
}

static void PNGAPI on_write(png_structp png, png_bytep bytes, size_t size) {
    png_job *job = png_get_io_ptr(png);
    job->status = gt_outfile_write(job->file, bytes, size, job->err);
    if (job->status != GT_OK) png_error(png, "writing failed");
}

static void PNGAPI on_flush(png_structp png) {
    (void)png; /* commit makes the bytes durable */
}

static void add_text(png_structp png, png_infop info, const char *provenance) {
    char key[] = "Description";
    png_text text = {.compression = PNG_ITXT_COMPRESSION_NONE, .key = key};
    text.text = (char *)(uintptr_t)provenance; /* read only, whatever the type says */
    png_set_text(png, info, &text, 1);
}

/* False when libpng jumped out. */
static bool encode(png_structp png, png_infop info, size_t width, size_t height,
                   size_t channels, const uint8_t *pixels, const char *provenance) {
    if (setjmp(png_jmpbuf(png))) return false;
    int colour = channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, colour,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (provenance) add_text(png, info, provenance);
    png_write_info(png, info);
    for (size_t y = 0; y < height; y++) png_write_row(png, pixels + y * width * channels);
    png_write_end(png, info);
    return true;
}

gt_status gt_png_write(const char *path, size_t width, size_t height, size_t channels,
                       const uint8_t *pixels, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    png_job job = {.path = path, .err = err};
    png_structp png = NULL;
    png_infop info = NULL;
    if (width < 1 || height < 1 || width > PNG_UINT_31_MAX || height > PNG_UINT_31_MAX)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: %zu x %zu pixels, expected 1 to 2^31 - 1 each",
                 path, width, height);
    if (channels != 1 && channels != 3)
        GT_THROW(err, GT_BAD_ARGUMENT, "%s: %zu channels, expected 1 or 3", path, channels);
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
    if (png) info = png_create_info_struct(png);
    if (!info) GT_THROW(err, GT_NO_MEMORY, "%s: writing a PNG file", path);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    GT_TRY(gt_outfile_open(path, &job.file, err));
    png_set_write_fn(png, &job, on_write, on_flush);
    if (!encode(png, info, width, height, channels, pixels, provenance)) {
        status = job.status;
        goto done;
    }
    GT_TRY(gt_outfile_commit(job.file, err));
done:
    gt_outfile_discard(job.file);
    png_destroy_write_struct(&png, &info);
    return status;
}
