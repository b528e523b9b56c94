/* array_source.c - one row of an array after another, as pictures. */
#include "array_source.h"

void gt_array_source_publish(gt_array_source *source) {
    source->info.note = gt_notes_text(&source->notes);
}

gt_status gt_array_source_next(gt_array_source *source, const gt_array_reader *reader,
                               void *self, gt_picture *out, bool *more, gt_error *err) {
    gt_status status = GT_OK;
    const gt_source_info *info = &source->info;
    *more = source->next < info->count;
    if (!*more && !source->is_at_end) {
        source->is_at_end = true;
        reader->tell_values(self, source->notes.lines);
        gt_array_source_publish(source);
    }
    if (!*more) goto done;
    *out =
        (gt_picture){.channels = info->channels, .height = info->height, .width = info->width};
    if (source->is_flat) {
        out->flat = &source->flat;
        out->flat_index = source->next;
    } else {
        GT_TRY(reader->read(self, &out->pixels, err));
    }
    GT_TRY(reader->fill(self, source->next, out, err));
    source->next++;
done:
    return status;
}
