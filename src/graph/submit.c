/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The DAG of one evaluation.  A task per operator and group, ordered by nothing but the
 * data that it declares; buffers as in operators/operator.h, C the caller's arrays.
 *
 *   task     per group      reads                       writes            rank
 *   GATHER   with points    C                           S, T              1.00
 *   P2M      with leaves    S                           M (commute)       0.90 - 0.94
 *   M2M      inner nodes    M of the child groups       M (commute)       0.95 - 0.99
 *   M2F      read by M2L    M                           F                 0.84
 *   M2L      with V         F of the halo groups        D (first)         0.60 - 0.40
 *   P2L      with X         S of the X lists' groups    D (commute)       0.60 - 0.40
 *   P2P      with points    S of the near groups        R, T (commute)    0.05
 *   L2L      with parents   D of the parent groups      D (commute)       0.38
 *   L2P      with leaves    D                           T (commute)       0.30
 *   M2P      with W         M of the W lists' groups    T (commute)       0.20
 *   SCATTER  with targets   R of groups near by         T, C (commute)    0.35
 *
 * Where the caller's arrays are StarPU data, C is those of his chunks that hold points of
 * the group; an OPEN task writes each chunk of results first, so that SCATTER may commute
 * on chunks that StarPU has not allocated yet; an END task may carry the host's tag.
 *
 * The first of M2L, P2L and L2L that a group has clears D and so comes before the others.
 * Commuting writers may run in any order, one at a time; a deterministic plan has them run
 * in the order of submission, so that every sum is formed in one order.
 *
 * A probe (operators/probe.h) is one kind of task, a group of its cells each:
 *
 *   PROBE    of cells       D, M, S of groups           C (commute)       0.30
 */
#include "graph/submit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "operators/operator.h"

/* The task under construction. */
typedef struct builder {
    sfm_request *r;
    starfmm_operator op;
    int32_t group;
    int n;
} builder;

static void declare(builder *b, sfm_buffer_kind kind, int32_t group,
                    enum starpu_data_access_mode mode)
{
    b->r->descriptors[b->n].handle = b->r->workspace->handle[kind][group];
    b->r->descriptors[b->n++].mode = mode;
}

static void read_groups(builder *b, sfm_buffer_kind kind, const int32_t *groups, int32_t n)
{
    for (int32_t i = 0; i < n; i++) declare(b, kind, groups[i], STARPU_R);
}

/* Children or parents lie in consecutive groups; the operator finds its slots by counting.
 */
static void read_range(builder *b, sfm_buffer_kind kind, int32_t first, int32_t n)
{
    for (int32_t g = first; g < first + n; g++) declare(b, kind, g, STARPU_R);
}

/* The caller's chunks that hold points of the group. */
static void declare_chunks(builder *b, const sfm_chunks *chunks,
                           enum starpu_data_access_mode mode)
{
    const sfm_layout *l = chunks->layout;
    for (size_t k = l ? l->group_begin[b->group] : 0; l && k < l->group_begin[b->group + 1];
         k++) {
        b->r->descriptors[b->n].handle = chunks->handle[l->chunk[k]];
        b->r->descriptors[b->n++].mode = mode;
    }
}

/* R of the groups whose P2P summed pairs with leaves of this one. */
static void declare_reactions(builder *b)
{
    const sfm_reactions *r = &b->r->plan->fmm.reactions;
    for (size_t i = r->in ? r->in_begin[b->group] : 0;
         r->in && i < r->in_begin[b->group + 1]; i++)
        declare(b, SFM_BUFFER_R, r->in[i].group, STARPU_R);
}

static void declare_reads(builder *b)
{
    const sfm_fmm *f = &b->r->plan->fmm;
    int32_t g = b->group, first, n;
    switch (b->op) {
    case STARFMM_OP_GATHER:
        declare_chunks(b, &b->r->charges, STARPU_R);
        break;
    case STARFMM_OP_P2M:
        declare(b, SFM_BUFFER_S, g, STARPU_R);
        break;
    case STARFMM_OP_M2M:
        sfm_child_groups(f, g, &first, &n);
        read_range(b, SFM_BUFFER_M, first, n);
        break;
    case STARFMM_OP_M2F:
        declare(b, SFM_BUFFER_M, g, STARPU_R);
        break;
    case STARFMM_OP_M2L:
        read_groups(b, SFM_BUFFER_F, f->m2l[g].slot_group, f->m2l[g].n_slots);
        break;
    case STARFMM_OP_P2L:
        read_groups(b, SFM_BUFFER_S, f->p2l.group[g].slot_group, f->p2l.group[g].n_slots);
        break;
    case STARFMM_OP_L2L:
        sfm_parent_groups(f, g, &first, &n);
        read_range(b, SFM_BUFFER_D, first, n);
        break;
    case STARFMM_OP_L2P:
        declare(b, SFM_BUFFER_D, g, STARPU_R);
        break;
    case STARFMM_OP_M2P:
        read_groups(b, SFM_BUFFER_M, f->m2p.group[g].slot_group, f->m2p.group[g].n_slots);
        break;
    case STARFMM_OP_P2P:
        read_groups(b, SFM_BUFFER_S, f->near.group[g].slot_group, f->near.group[g].n_slots);
        break;
    case STARFMM_OP_SCATTER:
        declare_reactions(b);
        break;
    default:
        break;
    }
}

static void declare_writes(builder *b)
{
    sfm_workspace *w = b->r->workspace;
    int32_t g = b->group;
    enum starpu_data_access_mode add = STARPU_RW;
    if (b->r->plan->options.deterministic != STARFMM_ON) add |= STARPU_COMMUTE;
    switch (b->op) {
    case STARFMM_OP_GATHER:
        if (w->handle[SFM_BUFFER_S][g]) declare(b, SFM_BUFFER_S, g, STARPU_RW);
        if (w->handle[SFM_BUFFER_T][g]) declare(b, SFM_BUFFER_T, g, STARPU_RW);
        break;
    case STARFMM_OP_P2M:
    case STARFMM_OP_M2M:
        declare(b, SFM_BUFFER_M, g, add);
        break;
    case STARFMM_OP_M2F:
        declare(b, SFM_BUFFER_F, g, STARPU_W);
        break;
    case STARFMM_OP_M2L:
    case STARFMM_OP_P2L:
    case STARFMM_OP_L2L:
        declare(b, SFM_BUFFER_D, g,
                sfm_plan_clears(b->r->plan, b->op, g) ? STARPU_RW : add);
        break;
    case STARFMM_OP_P2P:
        if (w->handle[SFM_BUFFER_R][g]) declare(b, SFM_BUFFER_R, g, STARPU_W);
        declare(b, SFM_BUFFER_T, g, add);
        break;
    case STARFMM_OP_L2P:
    case STARFMM_OP_M2P:
        declare(b, SFM_BUFFER_T, g, add);
        break;
    case STARFMM_OP_SCATTER:
        declare(b, SFM_BUFFER_T, g, STARPU_RW);
        /* No sum here: every task writes rows of its own. */
        declare_chunks(b, &b->r->potentials, STARPU_RW | STARPU_COMMUTE);
        declare_chunks(b, &b->r->gradients, STARPU_RW | STARPU_COMMUTE);
        break;
    default:
        break;
    }
}

static void attach_data(const builder *b, struct starpu_task *task)
{
    task->nbuffers = b->n;
    if (b->n <= STARPU_NMAXBUFS) {
        for (int i = 0; i < b->n; i++) {
            task->handles[i] = b->r->descriptors[i].handle;
            task->modes[i] = b->r->descriptors[i].mode;
        }
        return;
    }
    /* StarPU frees these with the task, so they must come from malloc. */
    task->dyn_handles = malloc((size_t)b->n * sizeof *task->dyn_handles);
    task->dyn_modes = malloc((size_t)b->n * sizeof *task->dyn_modes);
    for (int i = 0; task->dyn_handles && task->dyn_modes && i < b->n; i++) {
        task->dyn_handles[i] = b->r->descriptors[i].handle;
        task->dyn_modes[i] = b->r->descriptors[i].mode;
    }
}

static int priority_of(const sfm_request *r, starfmm_operator op, int level)
{
    long long p =
        r->priority_base + (long long)sfm_priority(op, level, r->plan->fmm.tree.depth,
                                                   r->min_priority, r->max_priority);
    if (p < r->min_priority) return r->min_priority;
    return p > r->max_priority ? r->max_priority : (int)p;
}

/* Hand a task over; it counts as pending from before StarPU may run it. */
static starfmm_status hand_over(sfm_request *r, struct starpu_task *task, int n)
{
    if (n > STARPU_NMAXBUFS && (!task->dyn_handles || !task->dyn_modes)) {
        starpu_task_destroy(task);
        return sfm_fail(STARFMM_ENOMEM, "no memory for a task of %d handles", n);
    }
    task->callback_func = sfm_request_done;
    task->callback_arg = r;
    sfm_request_add(r);
    int error = starpu_task_submit(task);
    if (error == 0) return STARFMM_OK;
    sfm_fail(STARFMM_ERUNTIME, "StarPU refused task %s: %s", task->name, strerror(-error));
    task->destroy = 0;
    starpu_task_destroy(task);
    sfm_request_done(r);
    return STARFMM_ERUNTIME;
}

static starfmm_status submit(builder *b)
{
    sfm_request *r = b->r;
    const sfm_fmm *f = &r->plan->fmm;
    struct starpu_task *task = starpu_task_create();
    if (!task) return sfm_fail(STARFMM_ENOMEM, "no memory for a task");
    sfm_task *argument = &r->task[b->group][b->op];
    *argument =
        (sfm_task){.context = &r->context,
                   .group = b->group,
                   .clears = sfm_plan_clears(r->plan, b->op, b->group),
                   .footprint = sfm_task_footprint(f, b->group, b->op, r->context.n_rhs),
                   .worker = -1};
    attach_data(b, task);
    task->cl = sfm_codelets[b->op];
    task->cl_arg = argument;
    task->cl_arg_size = sizeof *argument;
    task->name = r->names[b->group][b->op];
    task->color = task->cl->color;
    task->flops = f->flops[b->group][b->op] * (double)r->context.n_rhs;
    task->priority = priority_of(r, b->op, f->groups.group[b->group].level);
    return hand_over(r, task, b->n);
}

/* A task without work on one or all chunks. */
static starfmm_status submit_end(sfm_request *r, struct starpu_codelet *cl,
                                 const sfm_chunks *chunks, size_t first, size_t last,
                                 enum starpu_data_access_mode mode, int tagged)
{
    builder b = {r, STARFMM_OP_SCATTER, 0, 0};
    struct starpu_task *task = starpu_task_create();
    if (!task) return sfm_fail(STARFMM_ENOMEM, "no memory for a task");
    for (size_t i = first; i < last; i++) {
        r->descriptors[b.n].handle = chunks->handle[i];
        r->descriptors[b.n++].mode = mode;
    }
    attach_data(&b, task);
    task->cl = cl;
    task->name = cl->name;
    task->priority = r->max_priority;
    task->use_tag = (unsigned)tagged & 1;
    task->tag_id = r->end_tag;
    return hand_over(r, task, b.n);
}

static starfmm_status submit_opens(sfm_request *r, const sfm_chunks *chunks)
{
    for (size_t i = 0; i < chunks->n; i++)
        SFM_TRY(submit_end(r, &sfm_codelet_open, chunks, i, i + 1, STARPU_W, 0));
    return STARFMM_OK;
}

/* One operator on the groups of levels [first, last], in that direction. */
static starfmm_status submit_levels(sfm_request *r, starfmm_operator op, int first,
                                    int last)
{
    const sfm_groups *gr = &r->plan->fmm.groups;
    int step = first <= last ? 1 : -1;
    for (int l = first; l != last + step; l += step)
        for (int32_t g = gr->level_begin[l]; g < gr->level_begin[l + 1]; g++) {
            builder b = {r, op, g, 0};
            if (!sfm_plan_has_task(r->plan, op, g)) continue;
            declare_reads(&b);
            declare_writes(&b);
            SFM_TRY(submit(&b));
        }
    return STARFMM_OK;
}

static starfmm_status submit_probe_task(builder *b)
{
    const sfm_fmm *c = &b->r->probe->cells;
    const sfm_work *d = &c->p2l.group[b->group], *m = &c->m2p.group[b->group],
                   *s = &c->near.group[b->group];
    struct starpu_task *task = starpu_task_create();
    if (!task) return sfm_fail(STARFMM_ENOMEM, "no memory for a task");
    double pairs = b->r->probe->pairs[b->group] * (double)b->r->context.n_rhs;
    sfm_task *argument = &b->r->task[b->group][0];
    *argument = (sfm_task){.context = &b->r->context,
                           .group = b->group,
                           .footprint = (uint32_t)(4 * log2(pairs + 1)),
                           .worker = -1};
    read_groups(b, SFM_BUFFER_D, d->slot_group, d->n_slots);
    read_groups(b, SFM_BUFFER_M, m->slot_group, m->n_slots);
    read_groups(b, SFM_BUFFER_S, s->slot_group, s->n_slots);
    declare_chunks(b, &b->r->potentials, STARPU_RW | STARPU_COMMUTE);
    declare_chunks(b, &b->r->gradients, STARPU_RW | STARPU_COMMUTE);
    attach_data(b, task);
    task->cl = &sfm_codelet_probe;
    task->cl_arg = argument;
    task->cl_arg_size = sizeof *argument;
    task->name = task->cl->name;
    task->color = task->cl->color;
    task->flops = pairs * c->kernel->flops[0][0];
    task->priority = priority_of(b->r, STARFMM_OP_L2P, 0);
    return hand_over(b->r, task, b->n);
}

static starfmm_status submit_probe(sfm_request *r)
{
    for (int32_t g = 0; g < r->probe->cells.groups.n; g++)
        SFM_TRY(submit_probe_task(&(builder){.r = r, .group = g}));
    return STARFMM_OK;
}

static starfmm_status submit_evaluation(sfm_request *r)
{
    int depth = r->plan->fmm.tree.depth;
    SFM_TRY(submit_levels(r, STARFMM_OP_GATHER, depth, 0));
    SFM_TRY(submit_levels(r, STARFMM_OP_P2M, depth, 0));
    SFM_TRY(submit_levels(r, STARFMM_OP_M2M, depth, 0));
    SFM_TRY(submit_levels(r, STARFMM_OP_M2F, depth, 0));
    SFM_TRY(submit_levels(r, STARFMM_OP_P2P, 0, depth));
    SFM_TRY(submit_levels(r, STARFMM_OP_M2L, 0, depth));
    SFM_TRY(submit_levels(r, STARFMM_OP_P2L, 0, depth));
    SFM_TRY(submit_levels(r, STARFMM_OP_M2P, 0, depth));
    SFM_TRY(submit_levels(r, STARFMM_OP_L2L, 0, depth));
    SFM_TRY(submit_levels(r, STARFMM_OP_L2P, 0, depth));
    return submit_levels(r, STARFMM_OP_SCATTER, 0, depth);
}

static starfmm_status submit_all(sfm_request *r)
{
    SFM_TRY(submit_opens(r, &r->potentials));
    SFM_TRY(submit_opens(r, &r->gradients));
    SFM_TRY(r->probe ? submit_probe(r) : submit_evaluation(r));
    if (!r->use_end_tag) return STARFMM_OK;
    return submit_end(r, &sfm_codelet_end_of, &r->potentials, 0, r->potentials.n, STARPU_R,
                      1);
}

/* A new number for an evaluation, that of the last evaluation for a probe. */
static void number(sfm_request *r)
{
    sfm_workspace *w = r->workspace;
    if (!r->probe) {
        w->evaluations++;
        atomic_fetch_and(&w->broken, ~((uint64_t)1 << w->evaluations % 64));
    }
    r->context.number = w->evaluations;
}

void sfm_submit_graph(sfm_request *r)
{
    /* Two graphs on one plan's buffers must not be interleaved. */
    pthread_mutex_lock(&r->plan->submit_lock);
    r->start = sfm_now();
    number(r);
    starfmm_status status = submit_all(r);
    if (status != STARFMM_OK && !r->probe) sfm_codelet_break(&r->context);
    r->submit_seconds = sfm_now() - r->start;
    pthread_mutex_unlock(&r->plan->submit_lock);
    if (status != STARFMM_OK) sfm_request_fail(r, status, sfm_get_error());
    sfm_request_done(r);
}
