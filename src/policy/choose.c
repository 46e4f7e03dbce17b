/* SPDX-License-Identifier: BSD-3-Clause */
/* Options are checked here, each by its range; what they leave open is chosen by the accuracy
 * asked for, the machine, and the cost model. */
#include "policy/choose.h"

#include <string.h>

#include "operators/surface.h"
#include "policy/accuracy.h"
#include "policy/cost.h"
#include "policy/spread.h"

static starfmm_status check_range(const char *name, int value, int max)
{
    if (value >= 0 && value <= max) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL, "options.%s = %d, must be 1 ... %d, or 0: automatic",
                    name, value, max);
}

static starfmm_status check_options(const starfmm_options *o)
{
    if (o->precision != STARFMM_DOUBLE && o->precision != STARFMM_FLOAT)
        return sfm_fail(STARFMM_EINVAL, "options.precision = %d is unknown",
                        (int)o->precision);
    if (!sfm_kernel_get(o->kernel))
        return sfm_fail(STARFMM_EINVAL, "options.kernel = %d is unknown", (int)o->kernel);
    SFM_TRY(check_range("n_crit", o->n_crit, SFM_MAX_N_CRIT));
    SFM_TRY(check_range("group_size", o->group_size, SFM_MAX_GROUP_SIZE));
    SFM_TRY(check_range("max_depth", o->max_depth, SFM_MAX_DEPTH));
    SFM_TRY(check_range("balance", (int)o->balance, STARFMM_OFF));
    SFM_TRY(check_range("gradient", (int)o->gradient, STARFMM_OFF));
    if (o->gradient == STARFMM_ON && o->targets && strcmp(o->targets, "gradient") != 0)
        return sfm_fail(STARFMM_EINVAL, "options.gradient is on and options.targets = '%s'",
                        o->targets);
    SFM_TRY(check_range("deterministic", (int)o->deterministic, STARFMM_OFF));
    SFM_TRY(check_range("m2l", (int)o->m2l, STARFMM_M2L_DENSE));
    if (o->grade != STARFMM_ORDINARY && o->grade != STARFMM_STRICT)
        return sfm_fail(STARFMM_EINVAL, "options.grade = %d is unknown", (int)o->grade);
    return sfm_kernel_check_params(sfm_kernel_get(o->kernel), o->params);
}

starfmm_status sfm_choose_settings(sfm_settings *s, const starfmm_options *o, sfm_isa isa,
                                   int raised)
{
    sfm_accuracy_choice choice;
    int source, target;
    SFM_TRY(check_options(o));
    const sfm_kernel *k = sfm_kernel_get(o->kernel);
    SFM_TRY(sfm_kernel_find_kinds(k, o->sources, o->targets, o->gradient == STARFMM_ON,
                                  &source, &target));
    starfmm_options with = *o; /* gradients may be asked for by name */
    with.gradient = target ? STARFMM_ON : STARFMM_OFF;
    SFM_TRY(sfm_accuracy_choose(&with, raised, &choice));
    *s = (sfm_settings){.kernel = k,
                        .precision = o->precision,
                        .isa = isa,
                        .accuracy = choice.accuracy,
                        .source = source,
                        .target = target,
                        .equiv = k->equivalent[source],
                        .check = k->check[target],
                        .order = choice.order,
                        .check_order = choice.check_order,
                        .inner = choice.inner,
                        .outer = choice.outer,
                        .n_e = sfm_surface_count(choice.order),
                        .n_c = sfm_surface_count(choice.check_order),
                        .m2l = o->m2l ? o->m2l : STARFMM_M2L_FOURIER,
                        .tolerance = choice.tolerance,
                        .cutoff = choice.cutoff,
                        .floor = choice.floor};
    s->mutual =
        sfm_kernel_is_mutual(k, s->precision, isa, s->accuracy, s->source, s->target);
    return STARFMM_OK;
}

sfm_leaf_choice sfm_choose_leaves(const sfm_settings *s, const starfmm_options *o,
                                  const sfm_point_sets *p)
{
    sfm_leaf_choice c = {o->n_crit, o->max_depth ? o->max_depth : SFM_MAX_DEPTH, 1};
    if (sfm_points_fill_cube(p)) {
        sfm_grid grid = sfm_cost_grid(s, p, o->n_crit, c.max_depth);
        c.stretch = grid.stretch;
        c.n_crit = grid.n_crit;
    } else if (!c.n_crit) {
        int volume = sfm_points_spread(p->sources, p->n_sources) > SFM_SPREAD_OF_VOLUMES;
        c.n_crit = sfm_cost_n_crit(s, p->targets == NULL && s->mutual, volume);
    }
    return c;
}
