/* fits_rows.c - see fits_rows.h. */
#include "fits_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fits_table.h"
#include "notes.h"

/* Adds the table of one file; *fits false, with a note, where there is none that can be taken.
 */
static gt_status add_table(const gt_fits_objects *all, size_t index, gt_fits_survey *s,
                           gt_catalog *catalog, bool *fits, gt_error *err) {
    gt_status status = GT_OK;
    const gt_fits_object *object = &all->objects[index];
    uint64_t pictures = s->looks[index].pictures, other;
    char *bytes = NULL, *path = NULL;
    size_t size;
    gt_picture_member m;
    GT_TRY(gt_fits_objects_file(all, object, 0, &m, &path, err));
    GT_TRY(path ? gt_fits_table_load(path, pictures, &bytes, &size, &other, err)
                : gt_fits_table_load_bytes(m.name, m.bytes, m.length, pictures, &bytes, &size,
                                           &other, err));
    *fits = bytes != NULL;
    if (*fits)
        GT_TRY(gt_catalog_add(catalog, bytes, size, err));
    else if (other > 0)
        gt_fits_note(s->note, sizeof s->note,
                     "a table of %" PRIu64 " rows beside %" PRIu64 " pictures is left out",
                     other, pictures);
done:
    free(bytes);
    free(path);
    return status;
}

static gt_status add_tables(const gt_fits_objects *all, gt_fits_survey *s, gt_catalog *catalog,
                            bool *fits, gt_error *err) {
    gt_status status = GT_OK;
    gt_notes notes = {0};
    for (size_t i = 0; i < all->count && *fits; i++)
        GT_TRY(add_table(all, i, s, catalog, fits, err));
    if (!*fits) goto done;
    GT_TRY(gt_notes_open(&notes, err));
    GT_TRY(gt_catalog_end(catalog, notes.lines, err));
    const char *note = gt_notes_text(&notes);
    if (note != NULL)
        gt_fits_note(s->note, sizeof s->note, "%.*s", (int)strlen(note) - 1, note);
done:
    gt_notes_close(&notes);
    return status;
}

gt_status gt_fits_rows_gather(const gt_fits_objects *all, gt_fits_survey *s, gt_catalog **out,
                              gt_error *err) {
    gt_status status = GT_OK;
    gt_catalog *catalog = NULL;
    gt_error why;
    bool fits = true;
    for (size_t i = 0; i < all->count && fits; i++)
        fits = s->looks[i].pictures > 1 || s->looks[i].is_made_here;
    if (!fits) return GT_OK;
    GT_TRY(gt_catalog_begin(all->objects[0].name, &catalog, err));
    status = add_tables(all, s, catalog, &fits, &why);
    if (status == GT_NO_MEMORY) GT_THROW(err, status, "%s", why.text);
    if (status)
        gt_fits_note(s->note, sizeof s->note, "the table is left out: %.300s", why.text);
    if (!status && fits) {
        *out = catalog;
        catalog = NULL;
    }
    status = GT_OK;
done:
    gt_catalog_close(catalog);
    return status;
}
