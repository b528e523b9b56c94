/* program.c - an elementwise group becomes a program: registers for what it reads and computes,
 * one instruction a member, sums at the end. */
#include <string.h>

#include "ir.h"

typedef struct assembly {
    gt_plan *plan;
    const gt_group *group;
    int id; /* of the group */
    gt_program *program;
    int *register_of;       /* by value id, -1: none yet */
    int *bases, base_count; /* values read, one for each VIEW register, -1 for others */
    int64_t dim[GT_LOOP_RANK];
    int rank;
} assembly;

/* Strides of an image or array of `shape` over the group's iteration space; 0 where it is
 * repeated or summed. */
static void strides_over(const assembly *a, gt_shape shape, gt_layout layout, int64_t *stride) {
    int64_t plain[GT_MAX_RANK], step = 1;
    for (int d = shape.rank - 1; d >= 0; d--) {
        plain[d] = shape.dim[d] == 1 ? 0 : step;
        step *= shape.dim[d];
    }
    if (a->group->layout == GT_PLAIN) {
        for (int d = 0; d < a->rank; d++) stride[d] = shape.rank ? plain[d] : 0;
        return;
    }
    bool blocked = layout == GT_BLOCKED && gt_layouts_differ(a->plan, shape);
    int64_t block = a->plan->backend->block;
    int64_t lane = blocked ? 1 : plain[1], unit = blocked ? block : 1;
    stride[0] = plain[0];
    stride[1] = plain[1] * block; /* a block of channels: so many planes in either layout */
    stride[2] = plain[2] * unit;
    stride[3] = plain[3] * unit;
    stride[4] = lane;
}

static void set_space(assembly *a) {
    gt_shape s = a->group->shape;
    if (a->group->layout == GT_PLAIN) {
        a->rank = s.rank ? s.rank : 1;
        a->dim[0] = 1;
        for (int d = 0; d < s.rank; d++) a->dim[d] = s.dim[d];
    } else {
        int64_t block = a->plan->backend->block;
        int64_t dim[5] = {s.dim[0], s.dim[1] / block, s.dim[2], s.dim[3], block};
        a->rank = 5;
        memcpy(a->dim, dim, sizeof dim);
    }
}

static int new_register(assembly *a, int kind, int base) {
    gt_program *p = a->program;
    GT_ASSERT(p->register_count < GT_PROGRAM_REGISTERS);
    gt_register *r = &p->registers[p->register_count];
    r->kind = kind;
    r->slot = -1;
    a->bases[p->register_count] = base;
    return p->register_count++;
}

static int fill_register(assembly *a, double value) {
    for (int r = 0; r < a->program->register_count; r++)
        if (a->program->registers[r].kind == GT_REGISTER_FILL &&
            a->program->registers[r].fill == value)
            return r;
    int r = new_register(a, GT_REGISTER_FILL, -1);
    a->program->registers[r].fill = value;
    return r;
}

/* The register through which a member reads value `id`. */
static int operand(assembly *a, int id) {
    const gt_value *v = gt_at(a->plan, id);
    if (v->group == a->id && v->op != GT_OP_SUM_TO) return a->register_of[id];
    while (v->view) v = gt_at(a->plan, v->inputs[0]);
    if (v->op == GT_OP_CONSTANT) return fill_register(a, v->attr.shift);
    int base = gt_value_as(a->plan, v->id, a->group->layout);
    v = gt_at(a->plan, base);
    gt_view view = {.data = &v->data};
    strides_over(a, v->shape, v->layout, view.stride);
    for (int r = 0; r < a->program->register_count; r++)
        if (a->bases[r] == base) return r; /* one shape a value: the strides are the same */
    int r = new_register(a, GT_REGISTER_VIEW, base);
    a->program->registers[r].view = view;
    return r;
}

static bool same_instruction(const gt_instruction *x, const gt_instruction *y) {
    return x->op == y->op && x->a == y->a && x->b == y->b && x->c == y->c &&
           gt_attr_equal(x->attr, y->attr);
}

/* gelu and its slope at the same point share one instruction. */
static bool pair_gelu(gt_program *p, const gt_instruction *in) {
    if (in->op != GT_OP_GELU && in->op != GT_OP_GELU_SLOPE) return false;
    for (int i = 0; i < p->instruction_count; i++) {
        gt_instruction *other = &p->instructions[i];
        if (other->a != in->a || other->second >= 0) continue;
        if (in->op == GT_OP_GELU && other->op == GT_OP_GELU_SLOPE) {
            other->op = GT_OP_GELU;
            other->second = other->result;
            other->result = in->result;
            return true;
        }
        if (in->op == GT_OP_GELU_SLOPE && other->op == GT_OP_GELU) {
            other->second = in->result;
            return true;
        }
    }
    return false;
}

static void add_instruction(assembly *a, const gt_value *v) {
    gt_program *p = a->program;
    int in[3] = {-1, -1, -1};
    for (int i = 0; i < v->input_count; i++) in[i] = operand(a, v->inputs[i]);
    gt_instruction ins = {
        .op = (gt_op)v->op, .a = in[0], .b = in[1], .c = in[2], .second = -1, .attr = &v->attr};
    for (int i = 0; i < p->instruction_count; i++) {
        const gt_instruction *other = &p->instructions[i];
        bool slope = ins.op == GT_OP_GELU_SLOPE && other->second >= 0 && other->a == ins.a;
        if (!slope && !same_instruction(other, &ins)) continue;
        a->register_of[v->id] = slope ? other->second : other->result;
        return;
    }
    ins.result = new_register(a, GT_REGISTER_SCRATCH, -1);
    a->register_of[v->id] = ins.result;
    if (!pair_gelu(p, &ins)) p->instructions[p->instruction_count++] = ins;
}

static bool leaves_group(const assembly *a, const gt_value *v) {
    if (v->wanted) return true;
    for (int i = 0; i < v->user_count; i++)
        if (gt_at(a->plan, v->users[i])->group != a->id) return true;
    return false;
}

/* Two members may share a register (equal repetitions), but memory has one owner: a later one
 * gets a copy. */
static void write_out(assembly *a, gt_value *v) {
    gt_program *p = a->program;
    int r = a->register_of[v->id];
    v->storage = v->hoisted ? GT_STORE_PERSISTENT : GT_STORE_ARENA;
    if (p->registers[r].output) {
        gt_instruction copy = {
            .op = GT_OP_BROADCAST, .a = r, .b = -1, .c = -1, .second = -1, .attr = &v->attr};
        copy.result = new_register(a, GT_REGISTER_SCRATCH, -1);
        p->instructions[p->instruction_count++] = copy;
        r = copy.result;
    }
    p->registers[r].output = &v->data;
}

static void add_sum(assembly *a, gt_value *v) {
    gt_fold *fold = &a->program->sums[a->program->sum_count++];
    fold->source = operand(a, v->inputs[0]);
    fold->data = &v->data;
    fold->count = gt_shape_count(v->shape);
    strides_over(a, v->shape, v->layout, fold->stride);
    v->storage = v->hoisted ? GT_STORE_PERSISTENT : GT_STORE_ARENA;
}

/* Adjacent dimensions that every operand walks as one become one. */
static bool mergeable(const gt_program *p, int d) {
    for (int r = 0; r < p->register_count; r++) {
        const gt_register *reg = &p->registers[r];
        if (reg->kind == GT_REGISTER_VIEW &&
            reg->view.stride[d] != reg->view.stride[d + 1] * p->dim[d + 1])
            return false;
    }
    for (int i = 0; i < p->sum_count; i++)
        if (p->sums[i].stride[d] != p->sums[i].stride[d + 1] * p->dim[d + 1]) return false;
    return true;
}

static void drop(int64_t *list, int at, int rank) {
    memmove(list + at, list + at + 1, (size_t)(rank - at - 1) * sizeof *list);
}

static void collapse(gt_program *p) {
    for (int d = p->rank - 2; d >= 0; d--) {
        bool unit = p->dim[d] == 1 || p->dim[d + 1] == 1;
        if (!unit && !mergeable(p, d)) continue;
        int gone = p->dim[d + 1] == 1 ? d + 1 : d;
        if (!unit) p->dim[d + 1] *= p->dim[d];
        drop(p->dim, gone, p->rank);
        for (int r = 0; r < p->register_count; r++)
            drop(p->registers[r].view.stride, gone, p->rank);
        for (int i = 0; i < p->sum_count; i++) drop(p->sums[i].stride, gone, p->rank);
        p->rank--;
    }
}

static gt_program *new_program(assembly *a) {
    gt_plan *plan = a->plan;
    gt_program *p = gt_pool(plan, sizeof *p);
    size_t members = (size_t)a->group->member_count;
    p->registers = gt_pool(plan, GT_PROGRAM_REGISTERS * sizeof *p->registers);
    p->instructions = gt_pool(plan, 2 * members * sizeof *p->instructions);
    p->sums = gt_pool(plan, members * sizeof *p->sums);
    a->bases = gt_pool(plan, GT_PROGRAM_REGISTERS * sizeof *a->bases);
    a->register_of = gt_pool(plan, (size_t)plan->value_count * sizeof *a->register_of);
    set_space(a);
    p->rank = a->rank;
    memcpy(p->dim, a->dim, sizeof p->dim);
    p->total = gt_shape_count(a->group->shape);
    return p;
}

gt_status gt_lower_group(gt_plan *plan, int id, gt_error *err) {
    const gt_group *group = &plan->groups[id];
    if (group->member_count == 0) return GT_OK;
    assembly a = {.plan = plan, .group = group, .id = id};
    gt_program *p = a.program = new_program(&a);
    int *writes = gt_pool(plan, (size_t)group->member_count * sizeof *writes), write_count = 0;
    for (int i = 0; i < group->member_count; i++) {
        gt_value *v = gt_at(plan, group->members[i]);
        if (v->op != GT_OP_SUM_TO) add_instruction(&a, v);
    }
    for (int i = 0; i < group->member_count; i++) {
        gt_value *v = gt_at(plan, group->members[i]);
        if (v->op == GT_OP_SUM_TO) {
            add_sum(&a, v);
        } else if (leaves_group(&a, v)) {
            write_out(&a, v);
        } else {
            continue;
        }
        writes[write_count++] = v->id;
    }
    int reads[GT_PROGRAM_REGISTERS], read_count = 0;
    for (int r = 0; r < p->register_count; r++)
        if (a.bases[r] >= 0 && p->registers[r].kind == GT_REGISTER_VIEW)
            reads[read_count++] = a.bases[r];
    collapse(p);
    gt_task *task =
        gt_task_new(plan, plan->backend->elementwise, group->members[group->member_count - 1]);
    task->call.program = p;
    gt_task_reads(plan, task, reads, read_count);
    gt_task_writes(plan, task, writes, write_count);
    return gt_task_prepare(plan, task, err);
}
