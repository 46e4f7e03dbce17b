/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How large the error of an evaluation is: direct sums at random targets, in double whatever the
 * plan's precision, by the kernel's full-precision loops over all sources.
 *
 * With e and v the squares of error and value at a target, the square of the relative L2 error
 * is mean(e) / mean(v), estimated by the same ratio R over the sample.  Its variance is that of
 * e - R v over n mean(v)^2; whatever the distribution, a value K standard deviations above the
 * mean is reached with a probability of at most 1 / (1 + K^2) (Cantelli).
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#define SFM_PRECISION 64
#include "api/sizes.h"
#include "base/memory.h"
#include "graph/live_plans.h"
#include "kernels/evaluate.h"

/* Of an evaluation's flops those of the sums, so that these take less than a tenth of its time on
 * two workers; fewest targets. */
#define SHARE 0.03
#define FEWEST_SAMPLES 10
#define CONFIDENCE 0.95
#define DEVIATIONS 4.36 /* 1 / (1 + K^2) = 0.05 */
/* Sources summed at a time: they stay in the cache, and so few terms lose no digits. */
#define BLOCK 2048
#define PADDING 16 /* see starfmm_kernel/types.h */

typedef struct sample {
    const sfm_plan *plan;
    size_t n_sources, n, n_components; /* n: sampled targets */
    size_t *row;                       /* [n] the caller's targets */
    double *source[3];                 /* [n_sources] in the caller's order, tree units */
    double *target[3];                 /* [n] */
    double *charge, *sum, *part;       /* [n_sources]; [n_components][n] twice */
    void *memory;
} sample;

static size_t count_samples(const sfm_plan *p)
{
    const sfm_settings *s = &p->settings;
    double flops = 0, n_sources = (double)p->geometry.tree.src.n;
    size_t n_targets = p->geometry.tree.trg.n;
    for (int op = 0; op < STARFMM_N_OPERATORS; op++)
        for (int32_t g = 0; g < p->schedule.groups.n; g++)
            if (sfm_plan_has_task(p, op, g)) flops += sfm_operator_flops(&p->fmm, op, g);
    double n = SHARE * flops / (n_sources * s->kernel->flops[s->source][s->target] + 1);
    if (n < FEWEST_SAMPLES) n = FEWEST_SAMPLES;
    return n < (double)n_targets ? (size_t)n : n_targets;
}

static starfmm_status allocate_sample(sample *a, const sfm_plan *p)
{
    *a = (sample){.plan = p,
                  .n_sources = p->geometry.tree.src.n,
                  .n = count_samples(p),
                  .n_components = sfm_components(&p->settings)};
    size_t ld = a->n_sources + PADDING, m = a->n + PADDING;
    double *at = a->memory = sfm_calloc(4 * ld + (4 + 2 * a->n_components) * m, sizeof *at);
    if (!at) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu sources", a->n_sources);
    for (int d = 0; d < 3; d++, at += ld) a->source[d] = at;
    a->charge = at;
    at += ld;
    for (int d = 0; d < 3; d++, at += m) a->target[d] = at;
    a->sum = at;
    a->part = at + a->n_components * m;
    a->row = (size_t *)(a->part + a->n_components * m);
    return STARFMM_OK;
}

/* ---- points ---------------------------------------------------------------------------- */

/* Coordinates of point i of a group's n, of a leaf with this centre (operators/fmm.h). */
static void read_point(const sfm_plan *p, const void *buffer, size_t n, size_t i,
                       const double *centre, double x[3])
{
    size_t ld = sfm_particle_ld(n);
    for (size_t d = 0; d < 3; d++) {
        if (p->settings.precision == STARFMM_DOUBLE)
            x[d] = ((const double *)buffer)[d * ld + i];
        else {
            const float *at = (const float *)buffer + d * ld + i;
            x[d] = centre[d] + ((double)at[0] + (double)at[3 * ld]);
        }
    }
}

/* All sources; of the targets those of the sample, which are sorted by their place in the tree
 * and replaced by the caller's rows. */
static void read_points(sample *a, int is_source)
{
    const sfm_plan *p = a->plan;
    const sfm_tree *t = &p->geometry.tree;
    const sfm_points *points = is_source ? &t->src : &t->trg;
    size_t next = 0;
    double x[3];
    for (int32_t g = 0; g < p->schedule.groups.n; g++) {
        const sfm_group *group = &p->schedule.groups.group[g];
        size_t first = is_source ? group->src_begin : group->trg_begin;
        size_t n = (is_source ? group->src_end : group->trg_end) - first;
        const void *buffer =
            sfm_buffer_at(&p->buffers, is_source ? SFM_BUFFER_S : SFM_BUFFER_T, g);
        for (int32_t i = group->first; i < group->first + group->count; i++)
            for (size_t k = points->begin[i]; k < points->begin[i + 1]; k++) {
                if (!is_source && (next == a->n || a->row[next] != k)) continue;
                read_point(p, buffer, n, k - first, p->geometry.centre[i], x);
                size_t to = is_source ? points->index[k] : next;
                for (int d = 0; d < 3; d++)
                    (is_source ? a->source : a->target)[d][to] = x[d];
                if (!is_source) a->row[next++] = points->index[k];
            }
    }
}

/* Every subset is as likely (Knuth, TAOCP 2, 3.4.2, algorithm S). */
static void draw_targets(sample *a)
{
    size_t n = a->plan->geometry.tree.trg.n, taken = 0;
    uint64_t state = 20261121;
    for (size_t i = 0; i < n && taken < a->n; i++)
        if ((double)(n - i) * 0.5 * (sfm_kernel_random(&state) + 1) <
            (double)(a->n - taken))
            a->row[taken++] = i;
}

/* ---- sums ------------------------------------------------------------------------------ */

static double real_at(starfmm_precision precision, const void *values, size_t i)
{
    return precision == STARFMM_DOUBLE ? ((const double *)values)[i]
                                       : (double)((const float *)values)[i];
}

/* Sums of one charge vector at the sample, in tree units and without the kernel's factor. */
static starfmm_status sum_sample(sample *a, size_t n_rhs, size_t rhs, const void *charges)
{
    const sfm_settings *s = &a->plan->settings;
    size_t m = a->n + PADDING;
    SFM(evaluate_fn)
    loop = SFM(evaluate_get)(s->kernel, s->isa, SFM_ACCURACY_FULL, s->source, s->target);
    if (!loop)
        return sfm_fail(STARFMM_EUNSUPPORTED, "kernel '%s' has no sums in double precision",
                        s->kernel->name);
    for (size_t i = 0; i < a->n_sources; i++)
        a->charge[i] = real_at(s->precision, charges, i * n_rhs + rhs);
    memset(a->sum, 0, a->n_components * m * sizeof *a->sum);
    for (size_t first = 0; first < a->n_sources; first += BLOCK) {
        size_t n = a->n_sources - first < BLOCK ? a->n_sources - first : BLOCK;
        SFM(segment) seg = {.q = a->charge + first, .n = n, .ldq = n, .ldc = n};
        SFM(evaluation) e = {.kernel = s->kernel, .params = a->plan->fmm.params};
        seg.x = a->source[0] + first, seg.y = a->source[1] + first;
        seg.z = a->source[2] + first, e.n_seg = 1, e.seg = &seg, e.n_rhs = 1;
        e.tx = a->target[0], e.ty = a->target[1], e.tz = a->target[2], e.n_trg = a->n;
        e.ldo = e.ldc = m, e.out = a->part;
        memset(a->part, 0, a->n_components * m * sizeof *a->part);
        loop(&e);
        for (size_t i = 0; i < a->n_components * m; i++) a->sum[i] += a->part[i];
    }
    return STARFMM_OK;
}

/* ---- the estimate ------------------------------------------------------------------------ */

/* Of components first ... first + n - 1 against the caller's values [row][rhs][n]; the larger one
 * than before stays. */
static void compare_sample(const sample *a, size_t first, size_t n, size_t n_rhs,
                           size_t rhs, const void *values, double *estimate, double *bound)
{
    const sfm_settings *s = &a->plan->settings;
    double unit = a->plan->geometry.unit, e = 0, v = 0, ee = 0, ev = 0, vv = 0;
    double scale = s->kernel->factor * pow(unit, s->kernel->degree);
    for (size_t i = 0; i < a->n; i++) {
        double error = 0, value = 0;
        for (size_t c = 0; c < n; c++) {
            double exact = scale * a->sum[(first + c) * (a->n + PADDING) + i];
            if (first > 0) exact /= unit;
            double found = real_at(s->precision, values, (a->row[i] * n_rhs + rhs) * n + c);
            error += (found - exact) * (found - exact);
            value += exact * exact;
        }
        e += error;
        v += value;
        ee += error * error;
        ev += error * value;
        vv += value * value;
    }
    double samples = (double)a->n, ratio = v > 0 ? e / v : e > 0 ? INFINITY : 0;
    double variance = v > 0 ? (ee - 2 * ratio * ev + ratio * ratio * vv) / (v * v) : 0;
    /* All targets have no error of sampling, nearly all a smaller one. */
    variance *= 1 - samples / (double)a->plan->geometry.tree.trg.n;
    double above = sqrt(ratio + DEVIATIONS * sqrt(fmax(variance, 0)));
    if (!(sqrt(ratio) <= *estimate)) *estimate = sqrt(ratio);
    if (!(above <= *bound)) *bound = above;
}

static starfmm_status estimate_error(sample *a, size_t n_rhs, const void *charges,
                                     const void *potentials, const void *gradients,
                                     starfmm_error_estimate *to)
{
    draw_targets(a);
    read_points(a, 1);
    read_points(a, 0);
    to->n_samples = a->n;
    to->confidence = CONFIDENCE;
    for (size_t r = 0; r < n_rhs; r++) {
        SFM_TRY(sum_sample(a, n_rhs, r, charges));
        compare_sample(a, 0, 1, n_rhs, r, potentials, &to->potential, &to->potential_bound);
        if (gradients)
            compare_sample(a, 1, 3, n_rhs, r, gradients, &to->gradient,
                           &to->gradient_bound);
    }
    return STARFMM_OK;
}

starfmm_status starfmm_estimate_error(const starfmm_plan *plan, size_t n_rhs,
                                      const void *charges, const void *potentials,
                                      const void *gradients,
                                      starfmm_error_estimate *estimate)
{
    SFM_TRY(sfm_live_plans_check(plan, "starfmm_estimate_error"));
    const sfm_plan *p = &plan->core;
    if (!estimate)
        return sfm_fail(STARFMM_EINVAL, "starfmm_estimate_error: estimate is NULL");
    SFM_TRY(sfm_check_struct_size("starfmm_error_estimate", estimate->size,
                                  sizeof *estimate, sizeof *estimate));
    SFM_TRY(sfm_check_n_rhs(n_rhs));
    if (p->geometry.tree.src.n && !charges)
        return sfm_fail(STARFMM_EINVAL, "charges is NULL for %zu sources",
                        p->geometry.tree.src.n);
    if (p->geometry.tree.trg.n && !potentials)
        return sfm_fail(STARFMM_EINVAL, "potentials is NULL for %zu targets",
                        p->geometry.tree.trg.n);
    const size_t beyond = sfm_gradient_components(&p->settings);
    if (gradients && beyond == 0)
        return sfm_fail(STARFMM_EINVAL, "gradients of a plan without gradients");
    if (sfm_source_components(&p->settings) != 1 ||
        sfm_potential_components(&p->settings) != 1 || (beyond != 0 && beyond != 3))
        return sfm_fail(
            STARFMM_EUNSUPPORTED,
            "errors are estimated for charges, potentials and gradients so far");
    if (p->settings.kernel->properties & STARFMM_REGULAR)
        return sfm_fail(STARFMM_EUNSUPPORTED, "kernel '%s' has no error",
                        p->settings.kernel->name);
    *estimate = (starfmm_error_estimate){.size = estimate->size};
    sample a;
    SFM_TRY(allocate_sample(&a, p));
    starfmm_status status =
        estimate_error(&a, n_rhs, charges, potentials, gradients, estimate);
    sfm_free(a.memory);
    return status;
}
