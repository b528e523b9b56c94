/* import_fits.c - FITS pictures: files, folders, lists, cubes, bands in files of their own. All
 * headers are looked at first (fits_survey.h); then one object after another is opened again.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "fits_cards.h"
#include "fits_objects.h"
#include "fits_opened.h"
#include "fits_rows.h"
#include "fits_survey.h"
#include "importer.h"
#include "join.h"
#include "left_out.h"
#include "text.h"

extern const gt_importer gt_importer_fits;

enum { MAX_ID = 4096 };

typedef struct reader {
    char *hdu, *planes, *bands, *id, *cards, *mask, *ivar; /* of the request */
    gt_source_request request;
    gt_fits_objects all;
    gt_fits_survey survey;
    gt_source_info info;
    size_t object;  /* next or open */
    uint64_t index; /* of the next picture in it */
    uint64_t given; /* pictures, all in all */
    gt_left_out left_out;
    gt_fits_opened opened;
    gt_fits_planes beside; /* of the open object */
    const char *ivar_type; /* of its inverse variances */
    char *path;            /* of the open object, where it is flat; else NULL */
    gt_flat flat;
    float *pixels;
    size_t room;
    char *id_text;
    gt_rounding rounding, plane_rounding; /* of pixels, and of inverse variances */
} reader;

/* What others see: the pictures, with the columns of tables beside them. */
typedef struct fits_source {
    gt_source pictures;
} fits_source;

/* ---- opening ---- */

static gt_status keep_text(const char *text, char **out, gt_error *err) {
    if (text == NULL) return GT_OK;
    *out = strdup(text);
    return *out ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for options");
}

/* The request's texts are lent for the call alone. */
static gt_status keep_request(const gt_source_request *request, reader *r, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(keep_text(request->fits.hdu, &r->hdu, err));
    GT_TRY(keep_text(request->fits.planes, &r->planes, err));
    GT_TRY(keep_text(request->fits.bands, &r->bands, err));
    GT_TRY(keep_text(request->fits.id, &r->id, err));
    GT_TRY(keep_text(request->fits.cards, &r->cards, err));
    GT_TRY(keep_text(request->fits.mask, &r->mask, err));
    GT_TRY(keep_text(request->fits.ivar, &r->ivar, err));
    r->request.fits = (gt_fits_request){.hdu = r->hdu,
                                        .planes = r->planes,
                                        .bands = r->bands,
                                        .id = r->id,
                                        .cards = r->cards,
                                        .mask = r->mask,
                                        .ivar = r->ivar};
done:
    return status;
}

static const char *text_or_null(const char *text) {
    return *text ? text : NULL;
}

static void describe_source(reader *r) {
    const gt_fits_survey *s = &r->survey;
    const gt_picture_folder *f = &r->all.folder;
    gt_source_info *info = &r->info;
    info->count = s->pictures;
    info->channels = s->channels;
    info->height = s->height;
    info->width = s->width;
    info->type = s->is_mixed ? "mixed" : s->type;
    info->is_bytes = s->is_bytes;
    info->columns = GT_COLUMN_ID | (s->has_places ? GT_COLUMN_RA | GT_COLUMN_DEC : 0) |
                    (f->class_count > 0 ? GT_COLUMN_LABEL : 0) |
                    (f->has_splits ? GT_COLUMN_SPLIT : 0);
    info->planes = s->planes;
    info->id_length = s->id_bytes;
    info->class_names = (const char *const *)f->classes;
    info->class_count = f->class_count;
    info->pixel_scale_arcsec = s->scale_arcsec;
    info->range = s->made.range;
    info->survey = text_or_null(s->made.survey);
    info->collection = text_or_null(s->made.collection);
    info->preparation = text_or_null(s->made.preparation);
    info->bands = text_or_null(s->made.bands);
    if (r->all.band_names[0] != 0)
        info->bands = r->all.band_names;
    else if (s->bands[0] != 0)
        info->bands = s->bands;
    else if (s->channels == 1 && s->filter[0] != 0)
        info->bands = s->filter;
    info->unit = text_or_null(s->unit);
    info->fields = s->fields;
    info->field_count = s->field_count;
    info->note = text_or_null(s->note);
}

/* Opens every object once, where those that cannot be read are to be left out; unless none can.
 */
static gt_status leave_out(reader *r, gt_error *err) {
    gt_fits_objects *all = &r->all;
    gt_error why;
    for (size_t i = 0; i < all->count && r->left_out.is_asked;) {
        gt_fits_opened opened = {0};
        gt_fits_planes beside = {.files = 0};
        const gt_fits_object *object = &all->objects[i];
        gt_status status = gt_fits_opened_open(all, object, &r->request, &opened, &why);
        if (!status)
            status = gt_fits_planes_open(all, object, &r->request, &opened, &beside, &why);
        gt_fits_planes_close(&beside);
        gt_fits_opened_close(&opened);
        if (status && (all->count == 1 || !gt_left_out_takes(&r->left_out, status, &why)))
            return gt_left_out_stop(&r->left_out, all->count, status, &why, err);
        if (status)
            gt_fits_objects_drop(all, i);
        else
            i++;
    }
    return GT_OK;
}

/* Files that Galatea wrote for one picture each say its id. */
static gt_status find_own_ids(reader *r, gt_error *err) {
    gt_status status = GT_OK;
    gt_fits_opened first = {0};
    char text[GT_FITS_TEXT];
    if (r->request.fits.id != NULL) return GT_OK;
    GT_TRY(gt_fits_opened_open(&r->all, &r->all.objects[0], &r->request, &first, err));
    const gt_fits_image_info *info = gt_fits_image_describe(first.images[0]);
    gt_fits_text(info, "OBJECT", text);
    if (first.pictures == 1 && *text && gt_fits_is_made_here(info))
        r->request.fits.id = "OBJECT";
done:
    gt_fits_opened_close(&first);
    return status;
}

static void close_object(reader *r) {
    gt_fits_planes_close(&r->beside);
    gt_fits_opened_close(&r->opened);
    free(r->path);
    r->path = NULL;
}

static void close_pictures(void *self) {
    reader *r = self;
    if (r == NULL) return;
    close_object(r);
    gt_fits_survey_free(&r->survey);
    gt_fits_objects_free(&r->all);
    free(r->hdu);
    free(r->planes);
    free(r->bands);
    free(r->id);
    free(r->cards);
    free(r->mask);
    free(r->ivar);
    free(r->pixels);
    free(r->id_text);
    free(r);
}

static gt_status survey_files(reader *r, gt_error *err) {
    gt_error why;
    gt_status status = find_own_ids(r, &why);
    if (!status) status = gt_fits_survey_make(&r->all, &r->request, &r->survey, &why);
    bool is_of_file = status && r->survey.looked < r->all.count;
    if (!status) return GT_OK;
    return gt_left_out_stop(&r->left_out, is_of_file ? r->all.count : 1, status, &why, err);
}

static gt_status open_pictures(const gt_source_request *request, reader **out, gt_error *err) {
    gt_status status = GT_OK;
    const char *incomplete = request->fits.incomplete;
    bool drops = incomplete != NULL && strcmp(incomplete, "drop") == 0;
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for FITS files");
    GT_TRY(keep_request(request, r, err));
    GT_TRY(gt_fits_objects_list(request->path, request->fits.bands, drops, request->unpack,
                                &r->all, err));
    r->left_out.is_asked = request->drops_damaged;
    GT_TRY(leave_out(r, err));
    status = survey_files(r, err);
    if (status == GT_NOT_FOUND && r->all.is_alone && request->fits.hdu == NULL)
        gt_advise(err, "--format table takes codes from a table");
    GT_TRY(status);
    if (r->survey.id_bytes > MAX_ID)
        GT_THROW(err, GT_UNSUPPORTED, "%s: a name of %zu bytes, expected at most %d",
                 request->path, r->survey.id_bytes, MAX_ID);
    r->id_text = malloc(r->survey.id_bytes + 1);
    if (r->id_text == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for names");
    describe_source(r);
    *out = r;
    r = NULL;
done:
    close_pictures(r);
    return status;
}

/* ---- reading ---- */

static const gt_source_info *describe_pictures(const void *self) {
    return &((const reader *)self)->info;
}

/* An object whose pictures lie flat is told of, and not read; not with planes behind them, nor
 * where who asks does not know the file. */
static gt_status find_place(reader *r, gt_error *err) {
    if (r->info.planes || r->all.is_list || !gt_fits_opened_place(&r->opened, &r->flat))
        return GT_OK;
    r->path = gt_fits_objects_path(&r->all, &r->all.objects[r->object], 0);
    r->flat.path = r->path;
    return r->path != NULL ? GT_OK : gt_fail(err, GT_NO_MEMORY, "out of memory for a path");
}

static gt_status open_object(reader *r, gt_error *err) {
    const gt_fits_object *object = &r->all.objects[r->object];
    gt_fits_opened *o = &r->opened;
    gt_status status = gt_fits_opened_open(&r->all, object, &r->request, o, err);
    if (!status && r->info.planes)
        status = gt_fits_planes_open(&r->all, object, &r->request, o, &r->beside, err);
    if (status) return status;
    if (r->beside.images[1][0] != NULL)
        r->ivar_type = gt_fits_image_describe(r->beside.images[1][0])->type;
    if (o->pictures != r->survey.looks[r->object].pictures ||
        (r->info.planes & ~gt_fits_planes_are(&r->beside)))
        return gt_fail(err, GT_MISMATCH, "'%s' has changed since it was looked at",
                       object->name);
    status = find_place(r, err);
    if (status) return status;
    size_t values =
        (o->channels + gt_plane_channels(r->info.planes, o->channels)) * o->height * o->width;
    if (r->path != NULL || values <= r->room) return GT_OK;
    float *grown = realloc(r->pixels, values * sizeof *grown);
    if (grown == NULL) return gt_fail(err, GT_NO_MEMORY, "out of memory for a picture");
    r->pixels = grown;
    r->room = values;
    return GT_OK;
}

static void fill_row(reader *r, gt_picture *out) {
    const gt_fits_object *object = &r->all.objects[r->object];
    const gt_fits_look *look = &r->survey.looks[r->object];
    const gt_fits_image_info *info = gt_fits_image_describe(r->opened.images[0]);
    gt_fits_name(&r->request, object, info, look->pictures, r->index, r->id_text,
                 r->survey.id_bytes + 1);
    out->row = gt_dataset_row_default();
    out->row.id = r->id_text;
    out->row.label = object->label;
    out->row.split = object->split;
    out->row.ra = look->place.ra;
    out->row.dec = look->place.dec;
    out->catalog_row = r->given++;
    out->values = gt_fits_columns_fill(r->survey.columns, info, &look->place);
}

static void tell_rounded(reader *r) {
    gt_fits_survey *s = &r->survey;
    char text[GT_ROUNDED_TEXT];
    if (*gt_rounded_text(r->rounding, "pixel", r->info.type, text))
        gt_fits_note(s->note, sizeof s->note, "%s", text);
    if (*gt_rounded_text(r->plane_rounding, GT_IVAR_NOUN, r->ivar_type, text))
        gt_fits_note(s->note, sizeof s->note, "%s", text);
    r->info.note = text_or_null(s->note);
    r->rounding = r->plane_rounding = (gt_rounding){0};
}

static void tell_left_out(reader *r) {
    gt_fits_survey *s = &r->survey;
    char text[GT_LEFT_OUT_TEXT];
    if (*gt_left_out_note(&r->left_out, text))
        gt_fits_note(s->note, sizeof s->note, "%s", text);
    r->info.note = text_or_null(s->note);
    r->left_out.count = 0;
}

/* Goes on to the next object, also from the middle of one. */
static void leave_object(reader *r) {
    r->given += r->survey.looks[r->object].pictures - r->index;
    close_object(r);
    r->index = 0;
    r->object++;
}

static gt_status read_picture(reader *r, gt_picture *out, gt_error *err) {
    gt_fits_opened *o = &r->opened;
    gt_status status = o->band_count == 0 ? open_object(r, err) : GT_OK;
    if (status) return status;
    *out = (gt_picture){.channels = o->channels, .height = o->height, .width = o->width};
    if (r->path != NULL) {
        out->flat = &r->flat;
        out->flat_index = r->index;
        return GT_OK;
    }
    out->pixels = r->pixels;
    status = gt_fits_opened_read(o, r->index, r->pixels, &r->rounding, err);
    if (status) return status;
    float *behind = r->pixels + o->channels * o->height * o->width;
    return gt_fits_planes_read(&r->beside, r->info.planes, o, r->index, behind,
                               &r->plane_rounding, err);
}

static gt_status next_picture(void *self, gt_picture *out, bool *more, gt_error *err) {
    reader *r = self;
    gt_error why;
    for (;;) {
        if (r->opened.band_count > 0 && r->index == r->opened.pictures) leave_object(r);
        *more = r->object < r->all.count;
        if (!*more) break;
        gt_status status = read_picture(r, out, &why);
        if (!status) break;
        if (!gt_left_out_takes(&r->left_out, status, &why))
            return gt_left_out_stop(&r->left_out, r->all.count, status, &why, err);
        r->left_out.begun += r->index > 0;
        leave_object(r);
    }
    if (*more) {
        fill_row(r, out);
        r->index++;
        return GT_OK;
    }
    tell_rounded(r);
    tell_left_out(r);
    return GT_OK;
}

/* ---- with the columns of tables ---- */

static const gt_importer pictures_importer = {.name = "fits",
                                              .describe = describe_pictures,
                                              .next = next_picture,
                                              .close = close_pictures};

static void close_fits(void *self) {
    fits_source *f = self;
    if (f == NULL) return;
    gt_source_close(&f->pictures);
    free(f);
}

static gt_status open_fits(const gt_source_request *request, void **self, gt_error *err) {
    gt_status status = GT_OK;
    reader *r = NULL;
    gt_catalog *rows = NULL;
    fits_source *f = calloc(1, sizeof *f);
    if (f == NULL) GT_THROW(err, GT_NO_MEMORY, "out of memory for FITS files");
    GT_TRY(open_pictures(request, &r, err));
    f->pictures = (gt_source){.importer = &pictures_importer, .self = r, .info = &r->info};
    GT_TRY(gt_fits_rows_gather(&r->all, &r->survey, &rows, err));
    r->info.note = text_or_null(r->survey.note);
    r->info.has_catalog_rows = rows != NULL;
    if (rows != NULL) GT_TRY(gt_source_join_rows(request->path, &f->pictures, rows, err));
    *self = f;
    f = NULL;
done:
    close_fits(f);
    return status;
}

static const gt_source_info *describe_fits(const void *self) {
    return ((const fits_source *)self)->pictures.info;
}

static gt_status next_fits(void *self, gt_picture *out, bool *more, gt_error *err) {
    return gt_source_next(&((fits_source *)self)->pictures, out, more, err);
}

const gt_importer gt_importer_fits = {
    .name = "fits",
    .summary = "FITS pictures: a file, a folder with classes and splits, an archive of it, a "
               "list, a cube "
               "with a table of its pictures",
    .takes_files = true,
    .open = open_fits,
    .describe = describe_fits,
    .next = next_fits,
    .close = close_fits,
};
