/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/plan_settings.h"

#include <math.h>

int tool_plan_check(const tool_plan_settings *s, const char *command)
{
    if (s->digits && s->order)
        return tool_fail(TOOL_USAGE, "%s: give --digits or --order, not both", command);
    if (s->kernel == STARFMM_YUKAWA && isnan(s->kappa))
        return tool_fail(TOOL_USAGE, "%s: --kernel yukawa needs --kappa", command);
    if (s->kernel != STARFMM_YUKAWA && !isnan(s->kappa))
        return tool_fail(TOOL_USAGE, "%s: --kappa is for --kernel yukawa", command);
    return TOOL_OK;
}

void tool_plan_fill(const tool_plan_settings *s, starfmm_options *o)
{
    starfmm_options_init(o);
    o->precision = (starfmm_precision)s->precision;
    o->kernel = (starfmm_kernel)s->kernel;
    if (s->kernel == STARFMM_YUKAWA) o->params[0] = s->kappa;
    o->digits = s->digits;
    o->order = s->order;
    o->check_order = s->check_order;
    o->gradient = s->gradient ? STARFMM_ON : STARFMM_AUTO;
}

size_t tool_real_size(starfmm_precision precision)
{
    return precision == STARFMM_FLOAT ? sizeof(float) : sizeof(double);
}

int tool_plan_charges(const tool_problem *p, starfmm_precision precision, size_t turn,
                      double scale, void *to)
{
    for (size_t i = 0; i < p->n_sources; i++) {
        size_t from = (i + turn) % p->n_sources;
        for (size_t c = 0; c < p->n_rhs; c++) {
            double q = p->charges[from * p->n_rhs + c] * scale;
            size_t at = i * p->n_rhs + c;
            if (precision == STARFMM_DOUBLE)
                ((double *)to)[at] = q;
            else
                ((float *)to)[at] = (float)q;
            if (precision == STARFMM_FLOAT && !isfinite((float)q))
                return tool_fail(TOOL_INPUT,
                                 "charge %zu is %g: too large for --precision float", from,
                                 q);
        }
    }
    return TOOL_OK;
}
