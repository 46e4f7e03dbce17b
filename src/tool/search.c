/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One choice after the other, each from the best so far: n_crit, M2L method, group size,
 * policy. A candidate and the automatic choice are evaluated in turn, so that what else the
 * machine does falls on both; the median of the ratios counts.
 */
#include "tool/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* What counts as clearly better, and as so bad that it is not worth a second look. */
#define BETTER 0.98
#define HOPELESS 1.3
#define MAX_PAIRS 50

/* ---- one evaluation -------------------------------------------------------- */

static int evaluate(tool_search *s, starfmm_plan *plan, double *seconds)
{
    double start = sfm_now();
    starfmm_status status =
        starfmm_evaluate(plan, s->problem->n_rhs, s->charges, s->result, NULL);
    *seconds = sfm_now() - start;
    return status == STARFMM_OK ? TOOL_OK : tool_fail_status(status, "evaluation");
}

static double value(const tool_search *s, const void *potentials, size_t i)
{
    return s->options.precision == STARFMM_FLOAT ? (double)((const float *)potentials)[i]
                                                 : ((const double *)potentials)[i];
}

static double difference(const tool_search *s)
{
    double apart = 0, norm = 0;
    for (size_t i = 0; i < s->problem->n_targets * s->problem->n_rhs; i++) {
        double a = value(s, s->result, i), b = value(s, s->reference, i);
        apart += (a - b) * (a - b);
        norm += b * b;
    }
    return norm > 0 ? sqrt(apart / norm) : 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Pairs of evaluations, for a fifth of a second at least. */
static int compare(tool_search *s, starfmm_plan *plan, tool_trial *t)
{
    double ratio[MAX_PAIRS], mine, automatic, total = 0;
    int n = 0;
    t->seconds = 1e300;
    while (n < s->repeat || (n < MAX_PAIRS && total < 0.2)) {
        TOOL_TRY(evaluate(s, s->automatic, &automatic));
        TOOL_TRY(evaluate(s, plan, &mine));
        t->seconds = fmin(t->seconds, mine);
        ratio[n++] = mine / automatic;
        total += mine;
        if (ratio[0] > HOPELESS) break;
    }
    qsort(ratio, (size_t)n, sizeof *ratio, ascending);
    t->ratio = 0.5 * (ratio[n / 2] + ratio[(n - 1) / 2]);
    return TOOL_OK;
}

/* ---- one candidate --------------------------------------------------------- */

static int create(const tool_search *s, const tool_trial *t, starfmm_plan **plan)
{
    const tool_problem *p = s->problem;
    starfmm_options o = s->options;
    o.n_crit = t->n_crit;
    o.group_size = t->group_size;
    o.m2l = t->m2l;
    starfmm_status status =
        starfmm_plan_create(plan, &o, p->n_sources, p->sources, p->n_targets, p->targets);
    return status == STARFMM_OK ? TOOL_OK : tool_fail_status(status, "setup");
}

/* An earlier trial with the same tree, groups and method, NULL: none. */
static const tool_trial *find_same(const tool_search *s, const starfmm_info *i)
{
    for (int k = 0; k < s->n; k++) {
        const starfmm_info *j = &s->trial[k].info;
        if (i->n_nodes == j->n_nodes && i->n_leaves == j->n_leaves &&
            i->depth == j->depth && i->n_groups == j->n_groups && i->m2l == j->m2l &&
            !s->trial[k].scheduler[0])
            return &s->trial[k];
    }
    return NULL;
}

static int measure(tool_search *s, starfmm_plan *plan, tool_trial *t)
{
    double first;
    t->info.size = sizeof t->info;
    starfmm_plan_get_info(plan, &t->info);
    const tool_trial *same = find_same(s, &t->info);
    if (same) {
        t->ratio = same->ratio;
        return TOOL_OK;
    }
    TOOL_TRY(evaluate(s, plan, &first));
    t->difference = difference(s);
    TOOL_TRY(compare(s, plan, t));
    s->trial[s->n++] = *t;
    if (t->ratio < BETTER * s->trial[s->best].ratio && t->difference <= s->tolerance)
        s->best = s->n - 1;
    return TOOL_OK;
}

static int is_over(tool_search *s)
{
    s->out_of_time |= sfm_now() - s->start > s->budget;
    return s->out_of_time || s->n >= TOOL_MAX_TRIALS - 8;
}

/* Try a candidate; t->ratio tells how it did. */
static int attempt(tool_search *s, tool_trial *t)
{
    starfmm_plan *plan;
    tool_progress("trying %s", t->what);
    TOOL_TRY(create(s, t, &plan));
    int code = measure(s, plan, t);
    starfmm_plan_destroy(plan);
    return code;
}

/* The best so far, as the beginning of another. */
static tool_trial begin_trial(const tool_search *s)
{
    tool_trial t = {.n_crit = s->trial[s->best].n_crit,
                    .group_size = s->trial[s->best].group_size,
                    .m2l = s->trial[s->best].m2l};
    return t;
}

/* ---- the choices ----------------------------------------------------------- */

static int attempt_n_crit(tool_search *s, double n_crit, double *ratio)
{
    tool_trial t = begin_trial(s);
    *ratio = 1;
    if (n_crit < 8 || n_crit > 100000 || is_over(s)) return TOOL_OK;
    t.n_crit = (int)(n_crit + 0.5);
    snprintf(t.what, sizeof t.what, "n_crit %d", t.n_crit);
    TOOL_TRY(attempt(s, &t));
    *ratio = t.ratio;
    return TOOL_OK;
}

/* By doubling and halving: on a uniform set the leaves' occupancy jumps by 8, so that
 * several steps may be needed before the tree changes at all.  Then half-way about the
 * best. */
static int search_n_crit(tool_search *s)
{
    static const double factors[] = {2, 0.5};
    double automatic = s->trial[0].info.n_crit, ratio;
    for (int d = 0; d < 2; d++) {
        double n = automatic;
        for (int step = 0; step < 3; step++) {
            TOOL_TRY(attempt_n_crit(s, n *= factors[d], &ratio));
            if (ratio > HOPELESS) break;
        }
    }
    double best = s->trial[s->best].info.n_crit;
    TOOL_TRY(attempt_n_crit(s, best * sqrt(2), &ratio));
    return attempt_n_crit(s, best / sqrt(2), &ratio);
}

static int search_m2l(tool_search *s)
{
    tool_trial t = begin_trial(s);
    if (is_over(s)) return TOOL_OK;
    t.m2l =
        s->trial[0].info.m2l == STARFMM_M2L_DENSE ? STARFMM_M2L_FOURIER : STARFMM_M2L_DENSE;
    snprintf(t.what, sizeof t.what, "M2L %s",
             t.m2l == STARFMM_M2L_DENSE ? "dense" : "fourier");
    return attempt(s, &t);
}

static int search_group_size(tool_search *s)
{
    static const double factors[] = {0.25, 0.5, 2, 4};
    const starfmm_info *i = &s->trial[s->best].info;
    double mean = (double)i->n_nodes / i->n_groups;
    for (int k = 0; k < 4 && !is_over(s); k++) {
        tool_trial t = begin_trial(s);
        t.group_size = (int)fmax(8, factors[k] * mean);
        snprintf(t.what, sizeof t.what, "group size %d", t.group_size);
        TOOL_TRY(attempt(s, &t));
    }
    return TOOL_OK;
}

/* ---- policies: each needs a StarPU of its own ------------------------------- */

static int start(const tool_search *s)
{
    starfmm_status status = starfmm_runtime_start(s->workers);
    return status == STARFMM_OK ? TOOL_OK : tool_fail_status(status, "start");
}

/* Best of the evaluations after a first one, by a policy. */
static int time_policy(tool_search *s, starfmm_plan *plan, tool_trial *t)
{
    double seconds;
    tool_progress("trying %s", t->what);
    setenv("STARPU_SCHED", t->scheduler, 1);
    int code = start(s);
    unsetenv("STARPU_SCHED");
    TOOL_TRY(code);
    t->seconds = 1e300;
    for (int i = 0; i <= s->repeat && code == TOOL_OK; i++) {
        code = evaluate(s, plan, &seconds);
        if (i > 0) t->seconds = fmin(t->seconds, seconds);
    }
    t->difference = difference(s);
    starfmm_runtime_stop();
    return code;
}

static int compare_policies(tool_search *s, starfmm_plan *plan)
{
    /* Those without performance models, which a few evaluations do not calibrate. */
    static const char *const names[] = {"lws", "prio", "ws", "eager"};
    int first = s->n;
    for (int k = 0; k < 4 && (k == 0 || !is_over(s)); k++) {
        tool_trial *t = &s->trial[s->n];
        *t = s->trial[s->best];
        snprintf(t->what, sizeof t->what, "policy %s", names[k]);
        snprintf(t->scheduler, sizeof t->scheduler, "%s", names[k]);
        TOOL_TRY(time_policy(s, plan, t));
        /* As a ratio to the automatic choice, like the others. */
        t->ratio = s->trial[s->best].ratio * t->seconds / s->trial[first].seconds;
        s->n++;
        if (t->ratio < BETTER * s->trial[s->policy ? s->policy : first].ratio)
            s->policy = s->n - 1;
    }
    return TOOL_OK;
}

static int search_policy(tool_search *s)
{
    starfmm_plan *plan;
    if (!s->policies || is_over(s)) return TOOL_OK;
    TOOL_TRY(create(s, &s->trial[s->best], &plan));
    int code = compare_policies(s, plan);
    starfmm_plan_destroy(plan);
    return code;
}

/* ---- the whole ------------------------------------------------------------- */

static int allocate(tool_search *s)
{
    const tool_problem *p = s->problem;
    size_t real = tool_real_size(s->options.precision);
    TOOL_TRY(tool_alloc(&s->charges, p->n_sources, p->n_rhs * real, "charges"));
    TOOL_TRY(tool_alloc(&s->reference, p->n_targets, p->n_rhs * real, "potentials"));
    TOOL_TRY(tool_alloc(&s->result, p->n_targets, p->n_rhs * real, "potentials"));
    return tool_plan_charges(p, s->options.precision, 0, 1, s->charges);
}

/* Two sums that both keep the digits differ by twice the tolerance at most; an order is
 * worth about as many digits. */
static double allowed_difference(const starfmm_info *i)
{
    double digits = i->digits ? i->digits : i->order - 1;
    double tolerance = 2 * pow(10, -digits);
    return i->precision == STARFMM_FLOAT ? fmax(tolerance, 2e-5) : tolerance;
}

static int begin(tool_search *s)
{
    tool_trial *t = &s->trial[0];
    double first;
    snprintf(t->what, sizeof t->what, "automatic");
    TOOL_TRY(create(s, t, &s->automatic));
    t->info.size = sizeof t->info;
    starfmm_plan_get_info(s->automatic, &t->info);
    s->tolerance = allowed_difference(&t->info);
    TOOL_TRY(evaluate(s, s->automatic, &first));
    memcpy(s->reference, s->result,
           s->problem->n_targets * s->problem->n_rhs *
               tool_real_size(s->options.precision));
    TOOL_TRY(evaluate(s, s->automatic, &t->seconds));
    t->ratio = 1;
    s->n = 1;
    return TOOL_OK;
}

/* Of many candidates one may have been lucky: the best has to win a second time. */
static int confirm(tool_search *s)
{
    starfmm_plan *plan;
    tool_trial *t = &s->trial[s->best];
    if (s->best == 0) return TOOL_OK;
    TOOL_TRY(create(s, t, &plan));
    int code = compare(s, plan, t);
    starfmm_plan_destroy(plan);
    if (t->ratio > BETTER) s->best = 0;
    return code;
}

static int search_plans(tool_search *s)
{
    TOOL_TRY(begin(s));
    TOOL_TRY(search_n_crit(s));
    TOOL_TRY(search_m2l(s));
    TOOL_TRY(search_group_size(s));
    return confirm(s);
}

int tool_search_run(tool_search *s)
{
    s->start = sfm_now();
    TOOL_TRY(allocate(s));
    TOOL_TRY(start(s));
    int code = search_plans(s);
    starfmm_runtime_stop();
    return code == TOOL_OK ? search_policy(s) : code;
}

void tool_search_free(tool_search *s)
{
    starfmm_plan_destroy(s->automatic);
    free(s->charges);
    free(s->reference);
    free(s->result);
}
