/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/levels.h"

#include <math.h>

#include "operators/level.h"
#include "operators/surface.h"

static size_t matrix_reals(const sfm_operators *o)
{
    size_t e = (size_t)o->n_e, c = (size_t)o->n_c;
    return ((size_t)o->up_rank + (size_t)o->dn_rank) * (e + c) + 8 * e * e;
}

/* Cast `n` values behind *at and step on. */
static const real *cast(real **at, const double *from, size_t n)
{
    real *to = *at;
    for (size_t i = 0; i < n; i++) to[i] = (real)from[i];
    *at += n;
    return to;
}

static starfmm_status cast_operators(SFM(level) * lv, const sfm_operators *o)
{
    size_t e = (size_t)o->n_e, c = (size_t)o->n_c;
    size_t up = (size_t)o->up_rank, dn = (size_t)o->dn_rank;
    real *at = lv->matrices = sfm_alloc(matrix_reals(o), sizeof(real));
    if (!at)
        return sfm_fail(STARFMM_ENOMEM, "no memory for operators of %zu reals",
                        matrix_reals(o));
    lv->up_rank = o->up_rank;
    lv->dn_rank = o->dn_rank;
    lv->uc2e[0] = cast(&at, o->uc2e[0], up * c);
    lv->uc2e[1] = cast(&at, o->uc2e[1], e * up);
    lv->dc2e[0] = cast(&at, o->dc2e[0], dn * e);
    lv->dc2e[1] = cast(&at, o->dc2e[1], c * dn);
    for (int k = 0; k < 8; k++) lv->m2m[k] = cast(&at, o->m2m[k], e * e);
    return STARFMM_OK;
}

/* Both surfaces at the level's half side. */
static starfmm_status place_surfaces(const sfm_fmm *f, SFM(level) * lv, double half)
{
    size_t n[2] = {(size_t)f->n_e, (size_t)f->n_c};
    size_t ld[2] = {sfm_particle_ld(n[0]), sfm_particle_ld(n[1])};
    const int order[2] = {f->order, f->check_order};
    const double alpha[2] = {SFM_ALPHA_INNER, SFM_ALPHA_OUTER};
    double *p = sfm_alloc(3 * n[1] + 3 * n[0], sizeof *p);
    real *to = lv->surface = sfm_calloc(3 * (ld[0] + ld[1]), sizeof(real));
    if (!p || !to) {
        sfm_free(p);
        return sfm_fail(STARFMM_ENOMEM, "no memory for surfaces of %zu points",
                        n[0] + n[1]);
    }
    for (int s = 0; s < 2; s++) {
        sfm_surface_points(order[s], alpha[s], p, p + n[s], p + 2 * n[s], NULL);
        for (size_t d = 0; d < 3; d++, to += ld[s]) {
            for (size_t i = 0; i < n[s]; i++) to[i] = (real)(half * p[d * n[s] + i]);
            (s == 0 ? lv->inner : lv->outer)[d] = to;
        }
    }
    sfm_free(p);
    return STARFMM_OK;
}

static starfmm_status create_m2l(SFM(level) * lv, const sfm_fmm *f, const double *params,
                                 starfmm_m2l method)
{
    if (method == STARFMM_M2L_DENSE)
        return SFM(m2l_dense_create)(&lv->m2l, f->kernel, params, f->order, SFM_ALPHA_INNER,
                                     f->isa);
    return SFM(m2l_fourier_create)(&lv->m2l, f->kernel, params, f->order, SFM_ALPHA_INNER,
                                   f->isa);
}

static starfmm_status create_operators(SFM(level) * lv, const sfm_fmm *f, double half,
                                       sfm_level_options *options)
{
    sfm_operators ops;
    sfm_operators_key key = {.kernel = f->kernel->id,
                             .order = f->order,
                             .check_order = f->check_order,
                             .alpha_inner = SFM_ALPHA_INNER,
                             .alpha_outer = SFM_ALPHA_OUTER,
                             .cutoff = options->cutoff,
                             .floor = options->floor};
    sfm_kernel_scale_params(f->kernel, f->params, half, key.params);
    SFM_TRY(sfm_operators_obtain(&ops, &key, options));
    starfmm_status status = cast_operators(lv, &ops);
    sfm_operators_free(&ops);
    if (status == STARFMM_OK) status = create_m2l(lv, f, key.params, options->m2l);
    return status;
}

static void share_operators(SFM(level) * to, const SFM(level) * from)
{
    *to = *from;
    to->matrices = NULL;
    to->surface = NULL;
    to->borrowed = 0;
}

/* The donor's level with the same operators, if it has one: any, where all are the same;
 * else the level of boxes of the same size. */
static const SFM(level) * donor_level(const sfm_fmm *f, const sfm_fmm *donor, int level)
{
    int shared = sfm_kernel_is_homogeneous(f->kernel, f->params);
    if (shared) level = SFM_TOP_LEVEL;
    if (!donor || level > donor->tree.depth) return NULL;
    if (!shared && (donor->unit != f->unit || donor->half[0] != f->half[0])) return NULL;
    return SFM(level_of)(donor, level);
}

static starfmm_status obtain_operators(SFM(level) * lv, const sfm_fmm *f, int level,
                                       sfm_level_options *options, const sfm_fmm *donor)
{
    const SFM(level) *from = donor_level(f, donor, level);
    if (!from) return create_operators(lv, f, f->half[level], options);
    *lv = *from;
    lv->surface = NULL;
    lv->borrowed = 1;
    return STARFMM_OK;
}

starfmm_status SFM(levels_create)(sfm_fmm *f, sfm_level_options *options,
                                  const sfm_fmm *donor)
{
    int n = f->tree.depth + 1;
    int shared = sfm_kernel_is_homogeneous(f->kernel, f->params);
    SFM(level) *levels = sfm_calloc((size_t)n, sizeof *levels);
    if (!levels) return sfm_fail(STARFMM_ENOMEM, "no memory for %d levels", n);
    f->levels = levels;
    for (int l = 0; l < n; l++) {
        SFM(level) *lv = &levels[l];
        if (l > SFM_TOP_LEVEL && shared)
            share_operators(lv, &levels[SFM_TOP_LEVEL]);
        else if (l >= SFM_TOP_LEVEL)
            SFM_TRY(obtain_operators(lv, f, l, options, donor));
        if (l >= SFM_TOP_LEVEL) SFM_TRY(place_surfaces(f, lv, f->half[l]));
        lv->to_box = (real)pow(f->half[l], -f->kernel->degree);
        lv->potential = SFM(evaluate_get)(f->kernel, f->isa, f->accuracy, 0, 0);
        lv->result = SFM(evaluate_get)(f->kernel, f->isa, f->accuracy, 0, f->gradient);
        lv->mutual = SFM(mutual_get)(f->kernel, f->isa, f->accuracy, 0, f->gradient);
    }
    return STARFMM_OK;
}

void SFM(levels_free)(sfm_fmm *f)
{
    SFM(level) *levels = f->levels;
    if (!levels) return; /* there may be no kernel yet */
    int shared = sfm_kernel_is_homogeneous(f->kernel, f->params);
    for (int l = 0; l <= f->tree.depth; l++) {
        sfm_free(levels[l].surface);
        if ((l > SFM_TOP_LEVEL && shared) || levels[l].borrowed) continue;
        sfm_free(levels[l].matrices);
        if (levels[l].m2l) levels[l].m2l->method->free(levels[l].m2l);
    }
    sfm_free(levels);
    f->levels = NULL;
}

void SFM(levels_adopt)(sfm_fmm *f, sfm_fmm *donor)
{
    SFM(level) *mine = f->levels, *theirs = donor->levels;
    for (int l = SFM_TOP_LEVEL; l <= f->tree.depth; l++) {
        if (!mine[l].borrowed) continue;
        mine[l].borrowed = 0;
        for (int k = SFM_TOP_LEVEL; k <= donor->tree.depth; k++)
            if (theirs[k].matrices == mine[l].matrices) theirs[k].borrowed = 1;
    }
}

size_t SFM(levels_bytes)(const sfm_fmm *f)
{
    size_t e = (size_t)f->n_e, c = (size_t)f->n_c, reals = 0;
    for (int l = SFM_TOP_LEVEL; l <= f->tree.depth; l++) {
        const SFM(level) *lv = SFM(level_of)(f, l);
        reals += 3 * (sfm_particle_ld(e) + sfm_particle_ld(c));
        if (lv->matrices)
            reals += ((size_t)lv->up_rank + (size_t)lv->dn_rank) * (e + c) + 8 * e * e;
    }
    return reals * sizeof(real);
}
