/* found_output.c - matches as a table and as a sheet of pictures. */

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grid.h"
#include "object_table.h"
#include "png_write.h"
#include "search.h"

/* ---- table ----------------------------------------------------------------------------------
 */

const char *gt_found_turn_name(int turn) {
    static const char *const names[8] = {
        "as it is", "90 deg",           "180 deg",           "270 deg",
        "mirrored", "mirrored, 90 deg", "mirrored, 180 deg", "mirrored, 270 deg"};
    return names[turn & 7];
}

enum { QUERY, RANK, ROW, COSINE, TURN, ID, LABEL, CLASS, RA, DEC, SIZE, QUERY_ID, ALL_COLUMNS };

static const gt_table_column columns[ALL_COLUMNS] = {
    [QUERY] = {"query", GT_TABLE_INT, NULL, "row of the query in its file"},
    [RANK] = {"rank", GT_TABLE_INT, NULL, "1 for the row most alike"},
    [ROW] = {"row", GT_TABLE_INT, NULL, "row of the match in the searched file"},
    [COSINE] = {"cosine", GT_TABLE_REAL, NULL, "cosine of the angle between the codes"},
    [TURN] = {"orientation", GT_TABLE_TEXT, NULL, "of the query, by which the match was found"},
    [ID] = {"id", GT_TABLE_TEXT, NULL, "name of the match"},
    [LABEL] = {"label", GT_TABLE_INT, NULL, "class of the match, by number"},
    [CLASS] = {"class", GT_TABLE_TEXT, NULL, "class of the match"},
    [RA] = {"ra", GT_TABLE_REAL, "deg", "right ascension of the match"},
    [DEC] = {"dec", GT_TABLE_REAL, "deg", "declination of the match"},
    [SIZE] = {"angular_size", GT_TABLE_REAL, "arcsec", "angular size of the match"},
    [QUERY_ID] = {"query_id", GT_TABLE_TEXT, NULL, "name of the query"}};

static bool has_column(const gt_found *found, int column) {
    const gt_row_columns *there = &found->columns;
    switch (column) {
    case TURN:
        return found->queries.ways > 1;
    case ID:
        return there->ids;
    case LABEL:
        return there->labels;
    case CLASS:
        return there->labels && gt_dataset_describe(found->codes)->class_count;
    case RA:
        return there->ra;
    case DEC:
        return there->dec;
    case SIZE:
        return there->sizes;
    case QUERY_ID:
        return found->queries.ids;
    default:
        return true;
    }
}

static const char *class_name(const gt_found *found, int32_t label) {
    const gt_dataset_info *info = gt_dataset_describe(found->codes);
    return label >= 0 && (size_t)label < info->class_count ? info->class_names[label] : NULL;
}

static gt_cell cell_of(const gt_found *found, size_t query, size_t rank, int column) {
    size_t at = query * found->top + rank;
    const gt_match *match = &found->matches[at];
    gt_dataset_row row = gt_row_columns_at(&found->columns, match->row);
    switch (column) {
    case QUERY:
        return gt_cell_int((int64_t)found->queries.rows[query]);
    case RANK:
        return gt_cell_int((int64_t)rank + 1);
    case ROW:
        return gt_cell_int((int64_t)match->row);
    case COSINE:
        return gt_cell_real(match->score);
    case TURN:
        return gt_cell_text(gt_found_turn_name(found->turns[at]));
    case ID:
        return gt_cell_text(row.id);
    case LABEL:
        return row.label < 0 ? gt_cell_empty() : gt_cell_int(row.label);
    case CLASS:
        return gt_cell_text(class_name(found, row.label));
    case RA:
        return gt_cell_real(row.ra);
    case DEC:
        return gt_cell_real(row.dec);
    case QUERY_ID:
        return gt_cell_text(gt_query_id(&found->queries, found->queries.rows[query]));
    default:
        return gt_cell_real(row.angular_size);
    }
}

gt_status gt_found_write_table(const gt_found *found, const char *path, const char *provenance,
                               gt_error *err) {
    gt_status status = GT_OK;
    gt_object_table *table = NULL;
    gt_dataset *const set = found->codes;
    gt_table_column used[ALL_COLUMNS];
    gt_cell cells[ALL_COLUMNS];
    int kinds[ALL_COLUMNS];
    size_t count = 0;
    for (int c = 0; c < ALL_COLUMNS; c++) {
        if (!has_column(found, c)) continue;
        kinds[count] = c;
        used[count++] = columns[c];
    }
    GT_TRY(gt_object_table_create("NEIGHBOURS", used, count, &set, 1, &table, err));
    for (size_t q = 0; q < found->queries.count; q++)
        for (size_t rank = 0; rank < found->found[q]; rank++) {
            for (size_t c = 0; c < count; c++) cells[c] = cell_of(found, q, rank, kinds[c]);
            size_t at = q * found->top + rank;
            GT_TRY(gt_object_table_append(table, 0, found->matches[at].row, cells, err));
        }
    GT_TRY(gt_object_table_write(table, path, provenance, err));
done:
    gt_object_table_destroy(table);
    return status;
}

/* ---- sheet ----------------------------------------------------------------------------------
 */

enum { LABEL_SIZE = 40, WIDE = 258, IN_A_ROW = 5, MOST_PICTURES = 4096 };

typedef struct sheet {
    size_t columns, each, count, values; /* each: places of one query */
    float *images;
    char (*texts)[LABEL_SIZE];
    const char **labels;
} sheet;

/* One query's pictures fill rows of about five; several queries have a row each. */
static void arrange(sheet *s, const gt_found *found) {
    size_t places = found->top + (found->queries.pictures || found->is_own);
    s->columns = places;
    if (found->queries.count == 1 && places > IN_A_ROW + 1) {
        size_t rows = (places + IN_A_ROW - 1) / IN_A_ROW;
        s->columns = (places + rows - 1) / rows;
    }
    s->each = found->queries.count == 1 ? places : s->columns;
    s->count = s->each * found->queries.count;
}

static void label_match(const gt_found *found, size_t at, char *text) {
    const gt_match *match = &found->matches[at];
    const char *class = class_name(found, gt_row_columns_at(&found->columns, match->row).label);
    int digits = match->score > 0.99 ? 5 : 3; /* what is nearly the same still has an order */
    snprintf(text, LABEL_SIZE, "%.*f%s%.20s", digits, match->score, class ? " " : "",
             class ? class : "");
}

/* As colours, where its set tells the bands: a query may have them in another order. */
static void arrange_colours(sheet *s, size_t at, const gt_dataset_info *of) {
    if (of->channels == 3)
        gt_colour_arrange(of->bands, s->values / 3, s->images + at * s->values);
}

static gt_status read_picture(sheet *s, size_t at, gt_dataset *images, uint64_t row,
                              gt_error *err) {
    float *place = s->images + at * s->values;
    gt_status status = gt_dataset_read(images, row, 1, place, err);
    if (!status)
        status = gt_use_check_finite(gt_dataset_path(images), row, 1, s->values, place,
                                     "a pixel", err);
    if (!status) arrange_colours(s, at, gt_dataset_describe(images));
    return status;
}

static void copy_query(sheet *s, size_t at, const gt_queries *queries, size_t query) {
    memcpy(s->images + at * s->values, queries->pictures + query * s->values,
           s->values * sizeof *s->images);
    arrange_colours(s, at, gt_dataset_describe(queries->data));
}

static gt_status fill_sheet(sheet *s, const gt_found *found, gt_dataset *images,
                            gt_error *err) {
    gt_status status = GT_OK;
    const gt_queries *queries = &found->queries;
    for (size_t q = 0; q < queries->count; q++) {
        size_t at = q * s->each;
        if (queries->pictures)
            copy_query(s, at, queries, q);
        else if (found->is_own)
            GT_TRY(read_picture(s, at, images, queries->rows[q], err));
        if (queries->pictures || found->is_own)
            snprintf(s->texts[at++], LABEL_SIZE, "query %" PRIu64, queries->rows[q]);
        for (size_t rank = 0; rank < found->found[q]; rank++, at++) {
            GT_TRY(read_picture(s, at, images, found->matches[q * found->top + rank].row, err));
            label_match(found, q * found->top + rank, s->texts[at]);
        }
    }
done:
    return status;
}

static gt_status check_pictures(const gt_found *found, const gt_dataset *images, const sheet *s,
                                gt_error *err) {
    const gt_dataset_info *those = gt_dataset_describe(images);
    const gt_dataset_info *these = gt_dataset_describe(found->queries.data);
    if (s->count > MOST_PICTURES)
        return gt_fail(err, GT_USAGE, "figure: %zu pictures, a sheet holds at most %d",
                       s->count, MOST_PICTURES);
    if (found->queries.pictures &&
        (these->channels != those->channels || these->height != those->height ||
         these->width != those->width))
        return gt_fail(err, GT_MISMATCH, "%s has pictures of %zux%zux%zu, %s of %zux%zux%zu",
                       found->queries.path, these->channels, these->height, these->width,
                       gt_dataset_path(images), those->channels, those->height, those->width);
    return GT_OK;
}

/* Black and white are the ends of the range that a set has; undeclared values are shown from
 * the lowest to the highest of the sheet. */
static void choose_range(const sheet *s, const gt_dataset_info *info,
                         gt_grid_options *options) {
    options->low = 0, options->high = 255;
    if (info->type == GT_PIXEL_U8 || gt_range_is_declared(info->range)) return;
    options->low = INFINITY, options->high = -INFINITY;
    for (size_t i = 0; i < s->count * s->values; i++) {
        options->low = fminf(options->low, s->images[i]);
        options->high = fmaxf(options->high, s->images[i]);
    }
    if (!(options->low < options->high)) options->high = options->low + 1;
}

gt_status gt_found_draw(const gt_found *found, gt_dataset *images, const char *colours,
                        const char *path, const char *provenance, gt_error *err) {
    gt_status status = GT_OK;
    const gt_dataset_info *info = gt_dataset_describe(images);
    gt_grid_options options = gt_grid_options_default();
    gt_sheet drawn = {0};
    sheet s = {.values = gt_dataset_row_values(info)};
    arrange(&s, found);
    GT_TRY(check_pictures(found, images, &s, err));
    s.images = calloc(s.count, s.values * sizeof *s.images);
    s.texts = calloc(s.count, sizeof *s.texts);
    s.labels = calloc(s.count, sizeof *s.labels);
    if (!s.images || !s.texts || !s.labels)
        GT_THROW(err, GT_NO_MEMORY, "no memory for a sheet of %zu pictures", s.count);
    GT_TRY(fill_sheet(&s, found, images, err));
    for (size_t i = 0; i < s.count; i++) s.labels[i] = s.texts[i];
    choose_range(&s, info, &options);
    options.columns = s.columns;
    options.labels = s.labels;
    options.padding = 4;
    options.upscale = s.columns * WIDE > 4000 || info->width >= WIDE ? 2 : WIDE / info->width;
    if (options.upscale > 64) options.upscale = 64;
    GT_TRY(gt_colour_map_find(colours, &options.colours, err));
    GT_TRY(gt_grid_draw(s.count, info->channels, info->height, info->width, s.images, &options,
                        &drawn, err));
    GT_TRY(gt_png_write(path, drawn.width, drawn.height, drawn.channels, drawn.pixels,
                        provenance, err));
done:
    gt_sheet_destroy(&drawn);
    free(s.images);
    free(s.texts);
    free(s.labels);
    return status;
}
