/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/serial.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "operators/caller.h"
#include "operators/p2p.h"
#include "tests/support/points.h"
#include "tests/support/test.h"

int sfm_test_serial_make(sfm_test_serial *s, const starfmm_options *options,
                         const char *kind, size_t n_sources, size_t n_targets, size_t n_rhs)
{
    return sfm_test_serial_make_for(s, options, kind, n_sources, n_targets, n_rhs, 0);
}

int sfm_test_serial_make_for(sfm_test_serial *s, const starfmm_options *options,
                             const char *kind, size_t n_sources, size_t n_targets,
                             size_t n_rhs, int n_workers)
{
    memset(s, 0, sizeof *s);
    s->n_sources = n_sources;
    s->n_targets = n_targets ? n_targets : n_sources;
    s->n_rhs = n_rhs;
    s->sources = sfm_test_points(kind, n_sources, 3);
    s->targets = n_targets ? sfm_test_points(kind, n_targets, 4) : s->sources;
    s->charges = sfm_test_charges(n_sources * n_rhs, -1, 1, 5);
    sfm_point_sets points = {n_sources, n_targets, s->sources,
                             n_targets ? s->targets : NULL, NULL, n_workers};
    starfmm_status status = sfm_fmm_build(&s->fmm, options, &points, NULL, &s->report);
    CHECK_OK(status);
    if (status == STARFMM_OK) status = sfm_buffers_lay_out(&s->buffers, &s->fmm, n_rhs);
    if (status == STARFMM_OK)
        status = sfm_buffers_allocate(&s->buffers, &s->fmm, &s->pool);
    if (status == STARFMM_OK)
        sfm_buffers_place(&s->buffers, &s->fmm, NULL, s->sources, s->targets);
    return status == STARFMM_OK;
}

void sfm_test_serial_free(sfm_test_serial *s)
{
    sfm_buffers_free(&s->buffers);
    sfm_fmm_free(&s->fmm);
    if (s->targets != s->sources) free(s->targets);
    free(s->sources);
    free(s->charges);
}

static void gather(sfm_test_serial *s, int32_t g, const sfm_rows *rows)
{
    void *to = sfm_buffer_at(&s->buffers, &s->fmm, SFM_BUFFER_S, g);
    if (sfm_buffer_bytes(&s->buffers, &s->fmm, SFM_BUFFER_S, g) == 0) return;
    if (s->fmm.precision == STARFMM_DOUBLE)
        CHECK(sfm_gather_f64(&s->fmm, g, s->n_rhs, rows, to) == SIZE_MAX);
    else
        CHECK(sfm_gather_f32(&s->fmm, g, s->n_rhs, rows, to) == SIZE_MAX);
}

void sfm_test_serial_begin(sfm_test_serial *s)
{
    size_t n = s->n_sources * s->n_rhs, all[2] = {0, SIZE_MAX};
    float *single = malloc((n + 1) * sizeof *single);
    for (size_t i = 0; i < n; i++) single[i] = (float)s->charges[i];
    void *from = s->fmm.precision == STARFMM_DOUBLE ? (void *)s->charges : (void *)single;
    sfm_rows rows = {1, all, &from};
    for (int32_t g = 0; g < s->fmm.groups.n; g++) {
        gather(s, g, &rows);
        if (sfm_buffer_bytes(&s->buffers, &s->fmm, SFM_BUFFER_T, g)) {
            void *t = sfm_buffer_at(&s->buffers, &s->fmm, SFM_BUFFER_T, g);
            (s->fmm.precision == STARFMM_DOUBLE ? sfm_clear_f64
                                                : sfm_clear_f32)(&s->fmm, g, s->n_rhs, t);
        }
        memset(sfm_buffer_at(&s->buffers, &s->fmm, SFM_BUFFER_D, g), 0,
               sfm_buffer_bytes(&s->buffers, &s->fmm, SFM_BUFFER_D, g));
    }
    free(single);
}

/* Which groups an operator reads for one target group. */
static int32_t list_reads(const sfm_fmm *f, starfmm_operator op, int32_t g, int32_t *groups)
{
    const sfm_work *w = op == STARFMM_OP_P2P   ? &f->near.group[g]
                        : op == STARFMM_OP_M2P ? &f->m2p.group[g]
                        : op == STARFMM_OP_P2L ? &f->p2l.group[g]
                                               : NULL;
    int32_t n = 1, first = g;
    if (w) {
        memcpy(groups, w->slot_group, (size_t)w->n_slots * sizeof *groups);
        return w->n_slots;
    }
    if (op == STARFMM_OP_M2L) {
        memcpy(groups, f->m2l[g].slot_group, (size_t)f->m2l[g].n_slots * sizeof *groups);
        return f->m2l[g].n_slots;
    }
    if (op == STARFMM_OP_M2M) sfm_child_groups(f, g, &first, &n);
    if (op == STARFMM_OP_L2L) sfm_parent_groups(f, g, &first, &n);
    for (int32_t i = 0; i < n; i++) groups[i] = first + i;
    return n;
}

static const struct {
    sfm_buffer_kind in, out;
} buffers[STARFMM_N_OPERATORS] = {
    [STARFMM_OP_P2M] = {SFM_BUFFER_S, SFM_BUFFER_M},
    [STARFMM_OP_M2M] = {SFM_BUFFER_M, SFM_BUFFER_M},
    [STARFMM_OP_M2F] = {SFM_BUFFER_M, SFM_BUFFER_F},
    [STARFMM_OP_M2L] = {SFM_BUFFER_F, SFM_BUFFER_D},
    [STARFMM_OP_P2L] = {SFM_BUFFER_S, SFM_BUFFER_D},
    [STARFMM_OP_L2L] = {SFM_BUFFER_D, SFM_BUFFER_D},
    [STARFMM_OP_L2P] = {SFM_BUFFER_D, SFM_BUFFER_T},
    [STARFMM_OP_M2P] = {SFM_BUFFER_M, SFM_BUFFER_T},
    [STARFMM_OP_P2P] = {SFM_BUFFER_S, SFM_BUFFER_T},
};

static void run_group(sfm_test_serial *s, starfmm_operator op, int32_t g, int32_t *groups,
                      const void **in, void *scratch)
{
    const sfm_fmm *f = &s->fmm;
    int deep = f->groups.group[g].level >= SFM_TOP_LEVEL;
    if (op == STARFMM_OP_L2L && f->groups.group[g].level == SFM_TOP_LEVEL) return;
    if (!deep && op != STARFMM_OP_P2P && op != STARFMM_OP_M2P) return;
    if (sfm_buffer_bytes(&s->buffers, f, buffers[op].out, g) == 0) return;
    int32_t n = list_reads(f, op, g, groups);
    for (int32_t i = 0; i < n; i++)
        in[i] = sfm_buffer_at(&s->buffers, f, buffers[op].in, groups[i]);
    sfm_op_args a = {.fmm = f, .group = g, .n_rhs = s->n_rhs, .in = in};
    a.out = sfm_buffer_at(&s->buffers, f, buffers[op].out, g);
    if (op == STARFMM_OP_P2P && sfm_buffer_bytes(&s->buffers, f, SFM_BUFFER_R, g))
        a.reactions = sfm_buffer_at(&s->buffers, f, SFM_BUFFER_R, g);
    a.scratch = (sfm_arena){scratch, 0, s->buffers.scratch};
    sfm_operator_get(f, op)->run(&a);
}

void sfm_test_serial_run(sfm_test_serial *s, starfmm_operator op)
{
    int32_t n = s->fmm.groups.n;
    int32_t *groups = malloc((size_t)n * sizeof *groups);
    const void **in = malloc((size_t)n * sizeof *in);
    void *scratch = sfm_alloc(s->buffers.scratch, 1);
    for (int32_t i = 0; i < n; i++)
        run_group(s, op, op == STARFMM_OP_M2M ? n - 1 - i : i, groups, in, scratch);
    sfm_free(scratch);
    free(groups);
    free(in);
}

void sfm_test_serial_fetch(sfm_test_serial *s)
{
    const sfm_fmm *f = &s->fmm;
    const sfm_reactions *r = &f->reactions;
    const void **from = malloc(((size_t)f->groups.n + 1) * sizeof *from);
    for (int32_t g = 0; g < f->groups.n; g++) {
        size_t n = 0;
        for (size_t i = r->in_begin[g]; i < r->in_begin[g + 1]; i++)
            from[n++] = sfm_buffer_at(&s->buffers, f, SFM_BUFFER_R, r->in[i].group);
        void *t = sfm_buffer_at(&s->buffers, f, SFM_BUFFER_T, g);
        (f->precision == STARFMM_DOUBLE ? sfm_fetch_reactions_f64 : sfm_fetch_reactions_f32)(
            f, g, s->n_rhs, from, t);
    }
    free(from);
}

void sfm_test_serial_point(const sfm_test_serial *s, const double *caller, double x[3])
{
    for (int d = 0; d < 3; d++) x[d] = (caller[d] - s->fmm.tree.centre[d]) / s->fmm.unit;
}

/* Is `node` an ancestor of, or the same as, `below`? */
static int contains(const sfm_tree *t, int32_t node, int32_t below)
{
    while (below > node) below = t->parent[below];
    return below == node;
}

double sfm_test_serial_direct(const sfm_test_serial *s, int32_t node, const double x[3],
                              size_t rhs)
{
    const sfm_tree *t = &s->fmm.tree;
    long double sum = 0;
    for (int32_t leaf = 0; leaf < t->n_nodes; leaf++) {
        if (!sfm_tree_is_leaf(t, leaf) || (node >= 0 && !contains(t, node, leaf))) continue;
        for (size_t i = t->src.begin[leaf]; i < t->src.begin[leaf + 1]; i++) {
            double y[3];
            long double d[3];
            size_t row = t->src.index[i];
            sfm_test_serial_point(s, s->sources + 3 * row, y);
            for (int c = 0; c < 3; c++) d[c] = (long double)x[c] - y[c];
            sum += s->charges[row * s->n_rhs + rhs] *
                   sfm_kernel_value(s->fmm.kernel, d, s->fmm.params);
        }
    }
    return (double)sum;
}
