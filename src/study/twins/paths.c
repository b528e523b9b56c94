/* paths.c - where the files of a sweep lie. */
#include <stdarg.h>
#include <stdio.h>

#include "sweep.h"

char gt_side_letter(int side) {
    return side ? 'B' : 'A';
}

char gt_side_end(int side) {
    return side ? 'b' : 'a';
}

gt_status gt_sweep_path(const gt_sweep *sweep, char out[GT_TWINS_PATH], gt_error *err,
                        const char *format, ...) {
    va_list args;
    int used = snprintf(out, GT_TWINS_PATH, "%s/", sweep->folder);
    if (used < 0 || used >= GT_TWINS_PATH)
        return gt_fail(err, GT_BAD_ARGUMENT, "the path of the sweep is too long");
    va_start(args, format);
    int more = vsnprintf(out + used, (size_t)(GT_TWINS_PATH - used), format, args);
    va_end(args);
    if (more < 0 || used + more >= GT_TWINS_PATH - 128) /* files of runs have longer ones */
        return gt_fail(err, GT_BAD_ARGUMENT, "%s: the path of the sweep is too long",
                       sweep->folder);
    return GT_OK;
}

gt_status gt_twin_path(const gt_twin *c, const char *name, char out[GT_TWINS_PATH],
                       gt_error *err) {
    return gt_sweep_path(c->sweep, out, err, "%s/N-%lld%s%s", c->sweep->job->model->name,
                         (long long)c->size, *name ? "/" : "", name);
}

gt_status gt_twin_subset(const gt_twin *c, char out[GT_TWINS_PATH], gt_error *err) {
    return gt_sweep_path(c->sweep, out, err, "subsets/%c-%lld.h5", gt_side_letter(c->side),
                         (long long)c->size);
}

gt_status gt_twin_run(const gt_twin *c, char out[GT_TWINS_PATH], gt_error *err) {
    return gt_sweep_path(c->sweep, out, err, "%s/%c-%lld", c->sweep->job->model->name,
                         gt_side_letter(c->side), (long long)c->size);
}

gt_status gt_twin_weights(const gt_twin *c, const char *name, char out[GT_TWINS_PATH],
                          gt_error *err) {
    return gt_sweep_path(c->sweep, out, err, "%s/%c-%lld/%s.safetensors",
                         c->sweep->job->model->name, gt_side_letter(c->side),
                         (long long)c->size, name);
}

gt_status gt_twin_samples(const gt_twin *c, char out[GT_TWINS_PATH], gt_error *err) {
    char name[] = "samples_a.h5";
    name[8] = gt_side_end(c->side);
    return gt_twin_path(c, name, out, err);
}

gt_status gt_twin_result(const gt_twin *t, const gt_twins_part *part, char out[GT_TWINS_PATH],
                         gt_error *err) {
    char name[GT_TWINS_NAME], side[3] = {'_', gt_side_end(t->side)};
    snprintf(name, sizeof name, "%s%s.json", part->name, part->is_sided ? side : "");
    return gt_twin_path(t, name, out, err);
}
