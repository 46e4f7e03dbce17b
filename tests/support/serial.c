/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/kernel_value.h"
#include "tests/support/serial.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
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
                             n_targets ? s->targets : NULL, NULL};
    starfmm_status status = sfm_plan_build(&s->plan, options, &points, n_workers);
    CHECK_OK(status);
    if (status == STARFMM_OK && n_rhs != 1) {
        sfm_buffers_free(&s->plan.buffers);
        status = sfm_buffers_lay_out(&s->plan.buffers, &s->plan.fmm, n_rhs);
        if (status == STARFMM_OK)
            status = sfm_buffers_allocate(&s->plan.buffers, &s->plan.fmm, &s->plan.pool);
        if (status == STARFMM_OK)
            sfm_buffers_place(&s->plan.buffers, &s->plan.fmm, &points);
    }
    s->fmm = &s->plan.fmm;
    s->buffers = &s->plan.buffers;
    return status == STARFMM_OK;
}

void sfm_test_serial_free(sfm_test_serial *s)
{
    sfm_plan_free(&s->plan);
    if (s->targets != s->sources) free(s->targets);
    free(s->sources);
    free(s->charges);
}

/* The operator on one group, with the buffers that its row declares. */
static void run_group(sfm_test_serial *s, int op, int32_t group, const sfm_rows *charges,
                      const sfm_rows *results)
{
    const sfm_operator *o = sfm_operator_table[op];
    const void **in = malloc(((size_t)s->buffers->n_groups + 1) * sizeof *in);
    sfm_op_args a = {.fmm = s->fmm,
                     .group = group,
                     .n_rhs = s->n_rhs,
                     .in = in,
                     .charges = charges,
                     .potentials = results,
                     .bad_row = SIZE_MAX};
    void *scratch = sfm_alloc(s->buffers->scratch, 1);
    int n_in = 0, n_out = 0;
    for (int u = 0; u < o->n_uses; u++) {
        const sfm_use *use = &o->use[u];
        if (use->buffer >= SFM_N_BUFFERS) continue;
        sfm_group_list list = sfm_use_groups(use, s->fmm, group);
        for (int32_t i = 0; i < list.n; i++) {
            int32_t g = list.group ? list.group[i] : list.first + i;
            void *at = sfm_buffer_at(s->buffers, use->buffer, g);
            CHECK(sfm_buffer_bytes(s->buffers, use->buffer, g) > 0);
            if (use->access == SFM_READ)
                in[n_in++] = at;
            else
                a.out[n_out] = at;
        }
        n_out += use->access != SFM_READ;
    }
    a.scratch = (sfm_arena){scratch, 0, s->buffers->scratch};
    sfm_operator_code_of(s->fmm, op)->run(&a);
    CHECK(a.bad_row == SIZE_MAX);
    sfm_free(scratch);
    free(in);
}

static void run_all(sfm_test_serial *s, int op, const sfm_rows *charges,
                    const sfm_rows *results)
{
    int32_t n = s->buffers->n_groups;
    for (int32_t i = 0; i < n; i++) {
        int32_t g = sfm_operator_table[op]->upward ? n - 1 - i : i;
        if (sfm_operator_exists(s->fmm, op, g)) run_group(s, op, g, charges, results);
    }
}

void sfm_test_serial_begin(sfm_test_serial *s)
{
    size_t n = s->n_sources * s->n_rhs, all[2] = {0, SIZE_MAX};
    float *single = malloc((n + 1) * sizeof *single);
    for (size_t i = 0; i < n; i++) single[i] = (float)s->charges[i];
    void *from =
        s->plan.settings.precision == STARFMM_DOUBLE ? (void *)s->charges : (void *)single;
    sfm_rows rows = {1, all, &from};
    run_all(s, STARFMM_OP_GATHER, &rows, NULL);
    for (int32_t g = 0; g < s->buffers->n_groups; g++)
        memset(sfm_buffer_at(s->buffers, SFM_BUFFER_D, g), 0,
               sfm_buffer_bytes(s->buffers, SFM_BUFFER_D, g));
    free(single);
}

void sfm_test_serial_run(sfm_test_serial *s, starfmm_operator op)
{
    run_all(s, op, NULL, NULL);
}

void sfm_test_serial_scatter(sfm_test_serial *s, void *potentials)
{
    size_t all[2] = {0, SIZE_MAX};
    sfm_rows rows = {1, all, &potentials};
    run_all(s, STARFMM_OP_SCATTER, NULL, &rows);
}

void sfm_test_serial_point(const sfm_test_serial *s, const double *caller, double x[3])
{
    for (int d = 0; d < 3; d++)
        x[d] = (caller[d] - s->plan.geometry.origin[d]) / s->plan.geometry.unit;
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
    const sfm_tree *t = &s->plan.geometry.tree;
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
                   sfm_kernel_value(s->plan.settings.kernel, d, s->plan.levels.params);
        }
    }
    return (double)sum;
}
