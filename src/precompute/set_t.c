/* SPDX-License-Identifier: BSD-3-Clause */
/* Operators from double into the working precision: the matrices and M2L table of an operator
 * set, and the levels of a plan, which are a set and surfaces each. */
#include <math.h>

#include "base/memory.h"
#include "operators/level.h"
#include "operators/surface.h"
#include "precompute/operator_set.h"

/* Cast `n` values behind *at and step on. */
static const real *cast_values(real **at, const double *from, size_t n)
{
    real *to = *at;
    for (size_t i = 0; i < n; i++) to[i] = (real)from[i];
    *at += n;
    return to;
}

static starfmm_status cast_matrices(SFM(set) * set, const sfm_operators *o, size_t *bytes)
{
    const size_t inner_e = (size_t)(o->n_equiv * o->n_e),
                 inner_c = (size_t)(o->n_check * o->n_e);
    const size_t outer_e = (size_t)(o->n_equiv * o->n_c),
                 outer_c = (size_t)(o->n_check * o->n_c);
    const size_t up = (size_t)o->up_rank, dn = (size_t)o->dn_rank;
    const int symmetric = o->l2l[0] == o->m2m[0];
    size_t reals =
        up * (inner_e + outer_c) + dn * (inner_c + outer_e) + 8 * inner_e * inner_e;
    size_t largest = inner_e > inner_c ? inner_e : inner_c;
    if (!symmetric) reals += 8 * inner_c * inner_c;
    real *at = set->memory = sfm_alloc(reals, sizeof(real));
    double *octant = sfm_alloc(largest * largest, sizeof *octant);
    if (!at || !octant) {
        sfm_free(octant);
        return sfm_fail(STARFMM_ENOMEM, "no memory for operators of %zu reals", reals);
    }
    *bytes = reals * sizeof(real);
    set->up_rank = o->up_rank;
    set->dn_rank = o->dn_rank;
    set->uc2e[0] = cast_values(&at, o->uc2e[0], up * outer_c);
    set->uc2e[1] = cast_values(&at, o->uc2e[1], inner_e * up);
    set->dc2e[0] = cast_values(&at, o->dc2e[0], dn * inner_c);
    set->dc2e[1] = cast_values(&at, o->dc2e[1], outer_e * dn);
    for (int k = 0; k < 8; k++) {
        sfm_operators_m2m(o, k, octant);
        set->m2m[k] = set->l2l[k] = cast_values(&at, octant, inner_e * inner_e);
        if (symmetric) continue;
        sfm_operators_l2l(o, k, octant);
        set->l2l[k] = cast_values(&at, octant, inner_c * inner_c);
    }
    sfm_free(octant);
    return STARFMM_OK;
}

void SFM(set_free)(void *content)
{
    SFM(set) *set = content;
    if (!set) return;
    if (set->m2l) set->m2l->method->free(set->m2l);
    sfm_free(set->memory);
    sfm_free(set);
}

starfmm_status SFM(set_create)(void **content, size_t *bytes, const sfm_operators *o,
                               const sfm_operator_set_key *key)
{
    SFM(set) *set = sfm_calloc(1, sizeof *set);
    *content = NULL;
    if (!set) return sfm_fail(STARFMM_ENOMEM, "no memory for an operator set");
    const sfm_operators_key *k = &key->matrices;
    const sfm_block_kernel kernel =
        sfm_block_kernel_of(sfm_kernel_get(k->kernel), k->equiv, k->check, k->params);
    starfmm_status status = cast_matrices(set, o, bytes);
    if (status == STARFMM_OK)
        status = (key->m2l == STARFMM_M2L_DENSE ? SFM(m2l_dense_create)
                                                : SFM(m2l_fourier_create))(
            &set->m2l, &kernel, k->order, k->inner.alpha, key->isa);
    if (status != STARFMM_OK) {
        SFM(set_free)(set);
        return status;
    }
    *bytes += set->m2l->bytes;
    *content = set;
    return STARFMM_OK;
}

/* ---- levels ---------------------------------------------------------------------------- */

/* One surface of the unit box, scaled to a half side, at *at, which steps on. */
static void scale_surface(const real *at[3], real **to, const double *unit, size_t n,
                          double half)
{
    size_t ld = sfm_particle_ld(n);
    for (size_t d = 0; d < 3; d++, *to += ld) {
        for (size_t i = 0; i < n; i++) (*to)[i] = (real)(half * unit[d * n + i]);
        at[d] = *to;
    }
}

static void set_units(SFM(levels) * l, SFM(level) * lv, const sfm_settings *s, double half)
{
    const starfmm_kind *equiv = &s->kernel->source[s->equiv];
    const starfmm_kind *check = &s->kernel->target[s->check];
    for (int b = 0; b < check->dim; b++)
        lv->to_box[b] = (real)pow(half, -(s->kernel->degree + check->degree[b]));
    for (int a = 0; a < equiv->dim; a++) {
        lv->from_box[a] = (real)pow(half, -equiv->degree[a]);
        l->scales_densities |= equiv->degree[a] != 0;
    }
}

starfmm_status SFM(levels_create)(void **levels, const sfm_settings *s,
                                  const sfm_geometry *g, int top_level,
                                  const sfm_operator_set *const *set)
{
    size_t e = (size_t)s->n_e, c = (size_t)s->n_c;
    size_t depth = (size_t)g->tree.depth + 1;
    size_t reals = depth * 3 * (sfm_particle_ld(e) + sfm_particle_ld(c));
    SFM(levels) *l = sfm_calloc(1, sizeof *l);
    double *unit = sfm_alloc(3 * (e + c), sizeof *unit);
    *levels = l;
    if (l) l->surfaces = sfm_calloc(reals, sizeof(real));
    if (!l || !unit || !l->surfaces) {
        sfm_free(unit);
        return sfm_fail(STARFMM_ENOMEM, "no memory for the surfaces of %zu levels", depth);
    }
    double *inner = unit, *outer = unit + 3 * e;
    sfm_surface_points(s->order, s->inner, inner, inner + e, inner + 2 * e, NULL);
    sfm_surface_points(s->check_order, s->outer, outer, outer + c, outer + 2 * c, NULL);
    real *at = l->surfaces;
    for (int k = top_level; k <= g->tree.depth; k++) {
        SFM(level) *lv = &l->level[k];
        lv->set = set[k]->content;
        set_units(l, lv, s, g->half[k]);
        scale_surface(lv->inner, &at, inner, e, g->half[k]);
        scale_surface(lv->outer, &at, outer, c, g->half[k]);
    }
    sfm_free(unit);
    const sfm_kernel *k = s->kernel;
    l->expand = SFM(evaluate_get)(k, s->isa, s->accuracy, s->source, s->check);
    l->evaluate = SFM(evaluate_get)(k, s->isa, s->accuracy, s->equiv, s->target);
    l->near = SFM(evaluate_get)(k, s->isa, s->accuracy, s->source, s->target);
    l->mutual = SFM(mutual_get)(k, s->isa, s->accuracy, s->source, s->target);
    return STARFMM_OK;
}

void SFM(levels_free)(void *levels)
{
    SFM(levels) *l = levels;
    if (l) sfm_free(l->surfaces);
    sfm_free(l);
}
