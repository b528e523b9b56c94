/* cli_call.c - what the arguments of a call set: its own options and those of every command. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli_internal.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/model.h"
#include "network.h"
#include "team.h"

/* Where the values of a table go. */
static void *target_of(const gt_call *call, const gt_option_table *table,
                       common_settings *common) {
    const gt_command *command = call->command;
    if (table == command->table) return call->settings;
    if (table == call->variant.table) return call->variant_settings;
    if (table == call->variant.shared) return call->shared_settings;
    if (table == &gt_network_table) return call->network;
    if (table == call->variant.network) return call->network->settings;
    if (table == &gt_model_input_options || table == &gt_model_label_options)
        return &call->network->input;
    for (size_t i = 0; call->parts[i]; ++i)
        if (table == command->part_at(i).table) return call->parts[i];
    return common;
}

static gt_status make_parts(gt_call *call, gt_error *err) {
    const gt_command *command = call->command;
    for (size_t i = 0; command->part_at && command->part_at(i).table; ++i) {
        GT_ASSERT(i + 1 < GT_PARTS_AT_MOST);
        call->parts[i] = calloc(1, command->part_at(i).settings_size + 1);
        if (!call->parts[i]) return gt_fail(err, GT_NO_MEMORY, "no memory for the settings");
    }
    return GT_OK;
}

gt_status gt_call_add_tables(gt_call *call, common_settings *common, gt_error *err) {
    const gt_command *command = call->command;
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t count = gt_manual_tables(command, &call->variant, tables);
    gt_status status = make_parts(call, err);
    call->settings = calloc(1, command->settings_size + 1);
    call->variant_settings = calloc(1, call->variant.settings_size + 1);
    call->shared_settings = calloc(1, call->variant.shared_size + 1);
    if (!call->settings || !call->variant_settings || !call->shared_settings)
        return gt_fail(err, GT_NO_MEMORY, "no memory for the settings");
    for (size_t i = 0; i < count && status == GT_OK; ++i) {
        void *target = target_of(call, tables[i], common);
        status = gt_options_add(call->options, tables[i], target, err);
    }
    return status;
}

int gt_cli_use_threads(int64_t asked) {
    if (asked > 0) omp_set_num_threads((int)asked);
    int wanted = omp_get_max_threads(), granted = gt_threads_granted(wanted);
    if (granted < wanted)
        gt_remark("threads: %d asked for, %d granted (by processors of this process, quota of "
                  "its control group, OMP_THREAD_LIMIT); results are those of %d",
                  wanted, granted, wanted);
    return wanted;
}

static void apply_common_options(gt_call *call, const common_settings *common) {
    call->is_quiet = common->is_quiet;
    call->wants_json = common->wants_json;
    if (common->is_quiet) gt_session_current()->sink = NULL;
    if (call->command->has_threads) call->threads = gt_cli_use_threads(common->threads);
}

/* What studies and their records are told of the call. */
static void fill_context(gt_call *call, const common_settings *common) {
    const gt_command *command = call->command;
    size_t count = 0;
    call->recorded[count++] = command->table;
    for (size_t i = 0; command->part_at && command->part_at(i).table; ++i)
        call->recorded[count++] = command->part_at(i).table;
    call->recorded[count++] = call->variant.table;
    call->recorded[count++] = call->variant.shared;
    call->invocation = (gt_invocation){.command = command->name,
                                       .variant = call->variant.name,
                                       .variant_is_word = !command->variant_of,
                                       .words = call->words,
                                       .word_count = call->word_count,
                                       .options = call->options,
                                       .tables = call->recorded,
                                       .table_count = count};
    call->context = (gt_context){.invocation = &call->invocation,
                                 .network = call->network,
                                 .threads = command->has_threads ? (int)call->threads : 1,
                                 .progress_file = call->is_quiet ? -1 : STDERR_FILENO,
                                 .mismatch = common->mismatch,
                                 .is_untimed = !common->has_times};
}

static bool has_option(const gt_option_table *table, const char *name, size_t length) {
    for (size_t i = 0; table && i < table->count; i++)
        if (strlen(table->rows[i].name) == length &&
            memcmp(table->rows[i].name, name, length) == 0)
            return true;
    return false;
}

/* "--sampler" beside a run of Glow: it is of other models. */
static gt_status refuse_option(const gt_call *call, const char *name, gt_error *err) {
    const gt_command *command = call->command;
    const gt_option_table *tables[GT_TABLES_AT_MOST];
    size_t length = strcspn(name, "="),
           count = gt_manual_tables(command, &call->variant, tables);
    char owners[128] = "";
    for (size_t i = 0; i < count; i++)
        if (has_option(tables[i], name, length)) return GT_OK;
    for (size_t i = 0; command->variant_at(i).name; i++) {
        gt_variant other = command->variant_at(i);
        if (!has_option(other.table, name, length)) continue;
        size_t used = strlen(owners);
        snprintf(owners + used, sizeof owners - used, "%s%s", used ? ", " : "", other.name);
    }
    if (!*owners) return GT_OK;
    return gt_fail(err, GT_USAGE, "option '--%.*s' is of %s, not of %s", (int)length, name,
                   owners, call->variant.name);
}

static gt_status refuse_foreign_options(const gt_call *call, int argc, const char *const *argv,
                                        gt_error *err) {
    gt_status status = GT_OK;
    if (!call->variant.name) return GT_OK;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0 && !status; i++)
        if (strncmp(argv[i], "--", 2) == 0) status = refuse_option(call, argv[i] + 2, err);
    return status;
}

gt_status gt_call_read(gt_call *call, int argc, const char *const *argv,
                       common_settings *common, gt_error *err) {
    gt_status status = GT_OK;
    GT_TRY(gt_options_create(&call->options, err));
    GT_TRY(gt_call_add_tables(call, common, err));
    GT_TRY(refuse_foreign_options(call, argc, argv, err));
    GT_TRY(gt_options_parse(call->options, argc, argv, err));
    call->words = gt_options_words(call->options, &call->word_count);
    apply_common_options(call, common);
    fill_context(call, common);
    if (call->network) GT_TRY(gt_network_resolve_settings(call->network, call->options, err));
    if (call->command->prepare) GT_TRY(call->command->prepare(call, err));
done:
    return status;
}
