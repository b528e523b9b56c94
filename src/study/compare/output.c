/* output.c - a comparison as JSON and as a table. */
#include <math.h>
#include <string.h>

#include "compare.h"
#include "file.h"
#include "outfile.h"
#include "table.h"

/* ---- JSON ---- */

static void json_paper(gt_json *json, const gt_paper_row *paper) {
    if (!paper) return;
    gt_json_object(json, "paper");
    gt_json_real(json, "accuracy", paper->accuracy);
    gt_json_real(json, "roc_auc", paper->roc_auc);
    gt_json_real(json, "specificity", paper->specificity);
    gt_json_real(json, "recall", paper->recall);
    gt_json_end(json);
}

static void json_method(gt_json *json, const gt_comparison *c, const gt_entry *e, size_t m) {
    const gt_method *method = &e->methods.list[m];
    gt_json_object(json, NULL);
    gt_json_method(json, method, &e->subject);
    if (e->chosen >= 0) gt_json_bool(json, "chosen", (int)m == e->chosen);
    json_paper(json, gt_comparison_paper(c, e, method));
    gt_json_end(json);
}

static void json_head(gt_json *json, const gt_entry *e) {
    gt_json_object(json, NULL);
    gt_json_text(json, "name", e->name);
    gt_json_bool(json, "baseline", e->is_baseline);
    gt_json_text(json, "printed_as", gt_paper_model(e->model));
    gt_json_subject(json, &e->subject);
}

static void json_entry(gt_json *json, const gt_comparison *c, const gt_entry *e) {
    json_head(json, e);
    gt_json_array(json, "methods");
    for (size_t m = 0; m < e->methods.count; m++)
        if (e->methods.list[m].is_evaluated) json_method(json, c, e, m);
    gt_json_end(json);
    gt_json_end(json);
}

/* KEY, and over several runs KEY_spread. */
static void json_over(gt_json *json, const char *key, gt_spread value, size_t runs) {
    char name[64];
    snprintf(name, sizeof name, "%s_spread", key);
    gt_json_real(json, key, value.mean);
    if (runs > 1) gt_json_real(json, name, value.deviation);
}

static void json_results(gt_json *json, const gt_evaluated_runs *r, bool is_binary) {
    gt_json_int(json, "runs", (int64_t)r->runs);
    json_over(json, "accuracy", r->accuracy, r->runs);
    gt_json_array(json, "accuracy_interval");
    gt_json_real(json, NULL, r->accuracy_interval.low);
    gt_json_real(json, NULL, r->accuracy_interval.high);
    gt_json_end(json);
    if (is_binary) json_over(json, "roc_auc", r->roc_auc, r->runs);
    if (is_binary) json_over(json, "specificity", r->specificity, r->runs);
    if (is_binary) json_over(json, "recall", r->recall, r->runs);
    if (r->held_out == 0) return;
    gt_json_int(json, "cv_parts", (int64_t)r->held_out);
    json_over(json, "cv_accuracy", r->cv_accuracy, r->runs);
    gt_json_real(json, "cv_accuracy_folds", r->cv_accuracy_folds);
    if (!is_binary) return;
    json_over(json, "cv_roc_auc", r->cv_roc_auc, r->runs);
    gt_json_real(json, "cv_roc_auc_folds", r->cv_roc_auc_folds);
}

static void json_runs(gt_json *json, const gt_comparison *c, const gt_group *group) {
    const gt_entry *e = &c->entries[group->first];
    if (!e->has_seed) return;
    gt_json_array(json, "seeds");
    for (size_t i = group->first; i < c->count; i++)
        if (c->entries[i].group == e->group) gt_json_int(json, NULL, c->entries[i].seed);
    gt_json_end(json);
    gt_json_array(json, "runs");
    for (size_t i = group->first; i < c->count; i++)
        if (c->entries[i].group == e->group) json_entry(json, c, &c->entries[i]);
    gt_json_end(json);
}

static void json_group(gt_json *json, const gt_comparison *c, const gt_group *group) {
    const gt_entry *e = &c->entries[group->first];
    json_head(json, e);
    gt_json_array(json, "methods");
    for (size_t m = 0; m < e->methods.count; m++) {
        const gt_method *method = &e->methods.list[m];
        if (group->results[m].runs == 0) continue;
        gt_json_object(json, NULL);
        gt_json_text(json, "method", method->kind->name);
        json_results(json, &group->results[m], gt_subject_is_binary(&e->subject));
        if (group->chosen >= 0) gt_json_bool(json, "chosen", (int)m == group->chosen);
        json_paper(json, gt_comparison_paper(c, e, method));
        gt_json_end(json);
    }
    gt_json_end(json);
    json_runs(json, c, group);
    gt_json_end(json);
}

static void json_codes(gt_json *json, const gt_comparison *c, size_t set) {
    for (size_t i = 0; !c->over_seeds && i < c->count; i++)
        if (c->entries[i].set == set) json_entry(json, c, &c->entries[i]);
    for (size_t g = 0; c->over_seeds && g < c->group_count; g++)
        if (c->entries[c->groups[g].first].set == set) json_group(json, c, &c->groups[g]);
}

gt_status gt_comparison_json(const gt_comparison *c, FILE *stream, bool is_complete,
                             gt_error *err) {
    gt_json json;
    gt_json_begin(&json, stream, 2);
    gt_json_object(&json, NULL);
    gt_json_int(&json, "seed", (int64_t)c->fitting.plan.seed);
    gt_json_int(&json, "seeds", (int64_t)c->fitting.plan.seeds);
    gt_json_int(&json, "cv", c->fitting.plan.folds);
    gt_json_text(&json, "scale", gt_feature_scaling_name(c->fitting.plan.scaling));
    gt_json_bool(&json, "complete", is_complete);
    gt_json_array(&json, "sets");
    for (size_t s = 0; s < c->set_count; s++) {
        gt_json_object(&json, NULL);
        gt_json_text(&json, "set", c->sets[s].name);
        gt_json_array(&json, "codes");
        json_codes(&json, c, s);
        gt_json_end(&json);
        gt_json_end(&json);
    }
    gt_json_end(&json);
    gt_json_ready(&json, "provenance", c->provenance);
    gt_json_end(&json);
    return gt_json_finish(&json, err);
}

/* ---- the table ---- */

static const gt_table_column columns[] = {
    {"set", GT_TABLE_TEXT, NULL, "labelled objects"},
    {"codes", GT_TABLE_TEXT, NULL, "what the classifiers were given"},
    {"method", GT_TABLE_TEXT, NULL, "classifier"},
    {"chosen", GT_TABLE_INT, NULL, "1: what cross-validation chose for these codes"},
    {"baseline", GT_TABLE_INT, NULL, "1: pixels, untrained codes, or named a baseline"},
    {"values", GT_TABLE_INT, NULL, "numbers of an object"},
    {"train", GT_TABLE_INT, NULL, "rows to learn from"},
    {"test", GT_TABLE_INT, NULL, "rows to judge by"},
    {"cv_accuracy", GT_TABLE_REAL, NULL, "cross-validated inside the rows to learn from"},
    {"cv_accuracy_spread", GT_TABLE_REAL, NULL, "standard deviation over the parts held out"},
    {"cv_roc_auc", GT_TABLE_REAL, NULL, "cross-validated area under the ROC curve"},
    {"cv_roc_auc_spread", GT_TABLE_REAL, NULL, "standard deviation over the parts held out"},
    {"accuracy", GT_TABLE_REAL, NULL, "on the rows to judge by"},
    {"accuracy_low", GT_TABLE_REAL, NULL, "lower end of the 95 % interval"},
    {"accuracy_high", GT_TABLE_REAL, NULL, "upper end of the 95 % interval"},
    {"roc_auc", GT_TABLE_REAL, NULL, "area under the ROC curve"},
    {"specificity", GT_TABLE_REAL, NULL, "share of the first class that is found"},
    {"recall", GT_TABLE_REAL, NULL, "share of the second class that is found"},
    {"paper_accuracy", GT_TABLE_REAL, NULL, "as printed in Table 2"},
    {"paper_roc_auc", GT_TABLE_REAL, NULL, "as printed in Table 2"},
    {"paper_specificity", GT_TABLE_REAL, NULL, "as printed in Table 2"},
    {"paper_recall", GT_TABLE_REAL, NULL, "as printed in Table 2"},
    {"file", GT_TABLE_TEXT, NULL, "where the codes lie"},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* Empty where there is nothing to tell. */
static gt_cell real_if(bool is_there, double value) {
    return is_there && !isnan(value) ? gt_cell_real(value) : gt_cell_empty();
}

static gt_status append(gt_table *table, const gt_comparison *c, const gt_entry *e, size_t m,
                        gt_error *err) {
    const gt_method *method = &e->methods.list[m];
    const gt_evaluation *j = &method->evaluation;
    const gt_paper_row none = {NAN, NAN, NAN, NAN}, *paper = gt_comparison_paper(c, e, method);
    bool is_binary = gt_subject_is_binary(&e->subject), has_folds = j->held_out > 0;
    if (!paper) paper = &none;
    const gt_cell cells[COLUMNS] = {
        gt_cell_text(c->sets[e->set].name),
        gt_cell_text(e->name),
        gt_cell_text(method->kind->name),
        has_folds ? gt_cell_int((int)m == e->chosen) : gt_cell_empty(),
        gt_cell_int(e->is_baseline),
        gt_cell_int((int64_t)e->subject.features),
        gt_cell_int((int64_t)e->subject.train.rows),
        gt_cell_int((int64_t)e->subject.test.rows),
        real_if(has_folds, j->cv_accuracy.mean),
        real_if(has_folds, j->cv_accuracy.deviation),
        real_if(has_folds && is_binary, j->cv_roc_auc.mean),
        real_if(has_folds && is_binary, j->cv_roc_auc.deviation),
        real_if(true, j->accuracy.mean),
        real_if(true, j->accuracy_interval.low),
        real_if(true, j->accuracy_interval.high),
        real_if(is_binary, j->roc_auc.mean),
        real_if(is_binary, j->specificity.mean),
        real_if(is_binary, j->recall.mean),
        real_if(true, paper->accuracy),
        real_if(true, paper->roc_auc),
        real_if(true, paper->specificity),
        real_if(true, paper->recall),
        gt_cell_text(e->subject.path),
    };
    return gt_table_append(table, cells, err);
}

static const gt_table_column over_columns[] = {
    {"set", GT_TABLE_TEXT, NULL, "labelled objects"},
    {"codes", GT_TABLE_TEXT, NULL, "what the classifiers were given"},
    {"method", GT_TABLE_TEXT, NULL, "classifier"},
    {"chosen", GT_TABLE_INT, NULL, "1: what cross-validation chose for these codes"},
    {"baseline", GT_TABLE_INT, NULL, "1: pixels, untrained codes, or named a baseline"},
    {"values", GT_TABLE_INT, NULL, "numbers of an object"},
    {"train", GT_TABLE_INT, NULL, "rows to learn from"},
    {"test", GT_TABLE_INT, NULL, "rows to judge by"},
    {"seeds", GT_TABLE_INT, NULL, "runs that differ in the seed alone; empty: no run"},
    {"cv_accuracy", GT_TABLE_REAL, NULL, "cross-validated inside the rows to learn from"},
    {"cv_accuracy_over_seeds", GT_TABLE_REAL, NULL, "standard deviation over the runs"},
    {"cv_accuracy_over_folds", GT_TABLE_REAL, NULL, "standard deviation over parts held out"},
    {"cv_roc_auc", GT_TABLE_REAL, NULL, "cross-validated area under the ROC curve"},
    {"cv_roc_auc_over_seeds", GT_TABLE_REAL, NULL, "standard deviation over the runs"},
    {"cv_roc_auc_over_folds", GT_TABLE_REAL, NULL, "standard deviation over parts held out"},
    {"accuracy", GT_TABLE_REAL, NULL, "on the rows to judge by"},
    {"accuracy_over_seeds", GT_TABLE_REAL, NULL, "standard deviation over the runs"},
    {"accuracy_low", GT_TABLE_REAL, NULL, "lower end of the 95 % interval of the mean"},
    {"accuracy_high", GT_TABLE_REAL, NULL, "upper end of the 95 % interval of the mean"},
    {"roc_auc", GT_TABLE_REAL, NULL, "area under the ROC curve"},
    {"roc_auc_over_seeds", GT_TABLE_REAL, NULL, "standard deviation over the runs"},
    {"specificity", GT_TABLE_REAL, NULL, "share of the first class that is found"},
    {"specificity_over_seeds", GT_TABLE_REAL, NULL, "standard deviation over the runs"},
    {"recall", GT_TABLE_REAL, NULL, "share of the second class that is found"},
    {"recall_over_seeds", GT_TABLE_REAL, NULL, "standard deviation over the runs"},
};
enum { OVER_COLUMNS = sizeof over_columns / sizeof *over_columns };

static gt_status append_group(gt_table *table, const gt_comparison *c, const gt_group *group,
                              size_t m, gt_error *err) {
    const gt_entry *e = &c->entries[group->first];
    const gt_evaluated_runs *r = &group->results[m];
    bool is_binary = gt_subject_is_binary(&e->subject), has_folds = r->held_out > 0,
         many = r->runs > 1;
    const gt_cell cells[OVER_COLUMNS] = {
        gt_cell_text(c->sets[e->set].name),
        gt_cell_text(e->name),
        gt_cell_text(e->methods.list[m].kind->name),
        has_folds ? gt_cell_int((int)m == group->chosen) : gt_cell_empty(),
        gt_cell_int(e->is_baseline),
        gt_cell_int((int64_t)e->subject.features),
        gt_cell_int((int64_t)e->subject.train.rows),
        gt_cell_int((int64_t)e->subject.test.rows),
        e->has_seed ? gt_cell_int((int64_t)r->runs) : gt_cell_empty(),
        real_if(has_folds, r->cv_accuracy.mean),
        real_if(has_folds && many, r->cv_accuracy.deviation),
        real_if(has_folds, r->cv_accuracy_folds),
        real_if(has_folds && is_binary, r->cv_roc_auc.mean),
        real_if(has_folds && is_binary && many, r->cv_roc_auc.deviation),
        real_if(has_folds && is_binary, r->cv_roc_auc_folds),
        real_if(true, r->accuracy.mean),
        real_if(many, r->accuracy.deviation),
        real_if(true, r->accuracy_interval.low),
        real_if(true, r->accuracy_interval.high),
        real_if(is_binary, r->roc_auc.mean),
        real_if(is_binary && many, r->roc_auc.deviation),
        real_if(is_binary, r->specificity.mean),
        real_if(is_binary && many, r->specificity.deviation),
        real_if(is_binary, r->recall.mean),
        real_if(is_binary && many, r->recall.deviation),
    };
    return gt_table_append(table, cells, err);
}

static gt_status append_all(gt_table *table, const gt_comparison *c, size_t set,
                            gt_error *err) {
    gt_status status = GT_OK;
    for (size_t i = 0; !c->over_seeds && i < c->count; i++)
        for (size_t m = 0; c->entries[i].set == set && m < c->entries[i].methods.count; m++)
            GT_TRY(append(table, c, &c->entries[i], m, err));
    for (size_t g = 0; c->over_seeds && g < c->group_count; g++) {
        const gt_entry *e = &c->entries[c->groups[g].first];
        for (size_t m = 0; e->set == set && m < e->methods.count; m++)
            GT_TRY(append_group(table, c, &c->groups[g], m, err));
    }
done:
    return status;
}

static gt_status write_table(const gt_comparison *c, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_table *table = NULL;
    if (c->over_seeds)
        GT_TRY(gt_table_create(over_columns, OVER_COLUMNS, &table, err));
    else
        GT_TRY(gt_table_create(columns, COLUMNS, &table, err));
    gt_table_call(table, "COMPARISON");
    for (size_t s = 0; s < c->set_count; s++) GT_TRY(append_all(table, c, s, err));
    GT_TRY(gt_table_write(table, path, c->provenance, err));
done:
    gt_table_destroy(table);
    return status;
}

/* ---- the file ---- */

gt_status gt_comparison_write(const gt_comparison *c, const char *path, gt_error *err) {
    gt_status status = GT_OK;
    gt_outfile *file = NULL;
    if (gt_file_ending(path, "json") < 0) return write_table(c, path, err);
    GT_TRY(gt_outfile_open(path, &file, err));
    FILE *stream = gt_outfile_stream(file);
    if (!stream) GT_THROW(err, GT_NO_MEMORY, "no memory to write %s", path);
    GT_TRY(gt_comparison_json(c, stream, true, err));
    GT_TRY(gt_outfile_commit(file, err));
done:
    gt_outfile_discard(file);
    return status;
}
