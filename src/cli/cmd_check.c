/* galatea check PATH...: whether files and runs are whole, and fit together. */
#include "check.h"

#include <inttypes.h>

#include "cli.h"
#include "galatea/interrupt.h"
#include "json.h"
#include "shown.h"

typedef struct teller {
    const gt_call *call;
    gt_json json;
} teller;

static void tell(void *user, const gt_check_finding *finding) {
    teller *t = user;
    const char *kind = finding->is_wrong ? "wrong" : "note";
    if (t->call->wants_json) {
        gt_json_object(&t->json, NULL);
        gt_json_text(&t->json, "file", finding->path);
        gt_json_text(&t->json, "is", kind);
        gt_json_text(&t->json, "sentence", finding->sentence);
        gt_json_end(&t->json);
    } else if (finding->is_wrong || !t->call->is_quiet) {
        printf("%s: %s: ", gt_shown(finding->path), kind);
        gt_print_shown(finding->sentence);
        putchar('\n');
    }
}

static void close_path(teller *t, const char *path, const gt_checked *found) {
    if (t->call->wants_json) {
        gt_json_end(&t->json);
        gt_json_text(&t->json, "kind", gt_thing_name(found->thing));
        gt_json_int(&t->json, "files", (int64_t)found->files);
        gt_json_int(&t->json, "rows", (int64_t)found->rows);
        gt_json_bool(&t->json, "is_fine", found->wrong == 0);
        gt_json_end(&t->json);
        return;
    }
    if (t->call->is_quiet) return;
    printf("%s: %s, %s", gt_shown(path), gt_thing_name(found->thing),
           gt_counted(found->files, "file"));
    if (found->rows) printf(", %s", gt_counted(found->rows, "row"));
    if (found->wrong)
        printf(": %s wrong\n", gt_counted((uint64_t)found->wrong, "thing"));
    else
        printf(": fine\n");
}

static gt_status run(gt_call *call, gt_error *err) {
    gt_status status = GT_OK;
    teller t = {.call = call};
    size_t wrong = 0;
    GT_TRY(gt_interrupt_install(err));
    if (call->wants_json) gt_json_begin(&t.json, stdout, 2), gt_json_array(&t.json, NULL);
    for (size_t i = 0; i < call->word_count; i++) {
        gt_checked found;
        if (call->wants_json) {
            gt_json_object(&t.json, NULL);
            gt_json_text(&t.json, "path", call->words[i]);
            gt_json_array(&t.json, "findings");
        }
        GT_TRY(gt_check(&call->context, call->words[i], tell, &t, &found, err));
        close_path(&t, call->words[i], &found);
        wrong += found.wrong > 0;
    }
    if (call->wants_json) {
        gt_json_end(&t.json);
        GT_TRY(gt_json_finish(&t.json, err));
    }
    if (wrong)
        GT_THROW(err, GT_MISMATCH, "%zu of %zu %s not as %s should be", wrong, call->word_count,
                 wrong == 1 ? "is" : "are", wrong == 1 ? "it" : "they");
done:
    return status;
}

static const char *const examples[] = {"galatea check run set.h5 codes.h5",
                                       "galatea check sweep --quiet", NULL};

const gt_command gt_command_check = {
    .name = "check",
    .summary = "tell whether files and runs are whole",
    .description =
        "Reads all of each PATH: weights and states of runs against their checksums, and "
        "whether their numbers are finite; sets and codes, their rows, bad pixels, ids that "
        "stand twice or in two splits; latents, tables, figures, results, fitted "
        "classifiers; of a run weights, states, logs and sheets of samples, of a sweep every "
        "file. What else lies in the folder of a run, and cannot be read, is told, and not "
        "wrong. Where a file has the record of the command that made it, the inputs named "
        "there are compared with the sums that they had.\n\n"
        "What is wrong and what is worth knowing stands on stdout, a line each; with --quiet "
        "only what is wrong. The exit code is 1 when something is wrong.",
    .usage = "PATH...",
    .min_words = 1,
    .max_words = 1000,
    .word_path = GT_READS,
    .examples = examples,
    .has_json = true,
    .run = run};
