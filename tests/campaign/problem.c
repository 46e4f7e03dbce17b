/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Drawing problems, and checking them: the exact value at a target and the sum of |K| |q| there
 * are summed in long double, |K| being the Frobenius norm of a pair's block, separately for the
 * components of the potential and for those beyond.
 */
#include "tests/campaign/problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernel.h"
#include "starfmm.h"
#include "tests/support/points.h"

#define MOST_PARAMETER 8000

/* ---- a problem as text --------------------------------------------------------------- */

#define FIELD(name)                                                                        \
    {                                                                                      \
#name, offsetof(problem, name)                                                     \
    }
static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    FIELD(seed),       FIELD(kernel),    FIELD(parameter),     FIELD(source),
    FIELD(target),     FIELD(precision), FIELD(strict),        FIELD(tolerance),
    FIELD(points),     FIELD(n_sources), FIELD(target_points), FIELD(n_targets),
    FIELD(scale),      FIELD(charges),   FIELD(n_rhs),         FIELD(n_crit),
    FIELD(group_size), FIELD(max_depth), FIELD(balance),       FIELD(deterministic),
    FIELD(m2l),        FIELD(moves),     FIELD(n_other),
};
#define N_FIELDS (sizeof fields / sizeof *fields)

static long *field(problem *p, size_t i)
{
    return (long *)((char *)p + fields[i].offset);
}

void problem_print(const problem *p, char *text, size_t size)
{
    problem copy = *p;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < N_FIELDS && used < size; i++)
        if (*field(&copy, i))
            used += (size_t)snprintf(text + used, size - used, "%s%s=%ld", used ? " " : "",
                                     fields[i].name, *field(&copy, i));
}

int problem_parse(problem *p, const char *text)
{
    memset(p, 0, sizeof *p);
    while (*text) {
        size_t i = 0, length = strcspn(text, "=");
        while (i < N_FIELDS && (strlen(fields[i].name) != length ||
                                strncmp(fields[i].name, text, length) != 0))
            i++;
        if (i == N_FIELDS || text[length] != '=') return 0;
        char *end;
        *field(p, i) = strtol(text + length + 1, &end, 10);
        text = end + strspn(end, " ");
    }
    return 1;
}

int problem_simplify(const problem *p, int k, problem *simpler)
{
    /* Fields whose 0 is simplest, then numbers to halve. */
    static const char *const clear[] = {
        "moves",     "n_other",   "deterministic", "m2l",    "balance", "group_size",
        "max_depth", "scale",     "parameter",     "target", "source",  "kernel",
        "charges",   "n_targets", "points",        "n_crit"};
    static const char *const halve[] = {"n_rhs", "n_sources", "n_targets", "n_crit"};
    const int n_clear = sizeof clear / sizeof *clear,
              n_halve = sizeof halve / sizeof *halve;
    if (k >= n_clear + n_halve) return 0;
    const char *name = k < n_clear ? clear[k] : halve[k - n_clear];
    *simpler = *p;
    for (size_t i = 0; i < N_FIELDS; i++)
        if (strcmp(fields[i].name, name) == 0)
            *field(simpler, i) = k < n_clear ? 0 : (*field(simpler, i) + 1) / 2;
    return 1;
}

/* ---- drawing ------------------------------------------------------------------------- */

static long below(uint64_t *state, long n)
{
    return (long)(sfm_test_uniform(state) * (double)n);
}

static int chance(uint64_t *state, double p)
{
    return sfm_test_uniform(state) < p;
}

static long log_uniform(uint64_t *state, double lo, double hi)
{
    return (long)(lo * pow(hi / lo, sfm_test_uniform(state)));
}

/* Kinds of points whose numbers stay in the range of single precision, with gradients. */
static int is_moderate(const char *kind)
{
    return strcmp(kind, "tiny") != 0 && strcmp(kind, "huge") != 0;
}

static long draw_points(uint64_t *s)
{
    long kind;
    do kind = below(s, sfm_test_n_kinds);
    while (!is_moderate(sfm_test_kinds[kind]));
    return kind;
}

problem problem_draw(uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1, *s = &state;
    problem p = {.seed = (long)seed};
    long n_kernels = 0;
    while (sfm_kernel_get((starfmm_kernel)n_kernels)) n_kernels++;
    p.kernel = below(s, n_kernels);
    const sfm_kernel *k = sfm_kernel_get((starfmm_kernel)p.kernel);
    p.parameter = log_uniform(s, 1, MOST_PARAMETER);
    p.source = below(s, k->n_sources);
    p.target = below(s, k->n_targets);
    p.precision = chance(s, 0.3);
    p.strict = chance(s, 0.3);
    p.tolerance = 1000 + below(s, p.precision ? 4001 : 11001);
    p.points = draw_points(s);
    p.n_sources = log_uniform(s, 1, 20000);
    p.target_points = p.points;
    if (chance(s, 0.3)) {
        p.n_targets = log_uniform(s, 1, 5000);
        if (p.strict && chance(s, 0.5)) p.target_points = draw_points(s);
    }
    if (chance(s, 0.2)) p.scale = below(s, 41) - 20;
    p.charges = below(s, 4);
    p.n_rhs = chance(s, 0.7) ? 1 : 1 + below(s, 6);
    if (chance(s, 0.5)) p.n_crit = log_uniform(s, 1, 300);
    if (chance(s, 0.3)) p.group_size = log_uniform(s, 1, 64);
    if (chance(s, 0.1)) p.max_depth = 2 + below(s, 19);
    /* Operators of every level by itself, with complex numbers: few levels. */
    if (k->n_params && k->param[0].power && k->source[0].dim > 1)
        p.max_depth = 2 + below(s, 5);
    p.balance = chance(s, 0.3) ? 2 : 0;
    p.deterministic = chance(s, 0.3);
    /* Dense: matrices of vector kernels at high orders take minutes to compute. */
    p.m2l = chance(s, 0.2) && p.tolerance < (k->source[0].dim == 1 ? 7000 : 3500) ? 2 : 0;
    if (chance(s, 0.2)) p.moves = 1 + below(s, 3);
    if (chance(s, 0.2)) p.n_other = log_uniform(s, 1, 300);
    return p;
}

/* Of a bounded range a share, else thousandths of 1 / extent. */
static double parameter_of(const problem *p, const sfm_kernel *k)
{
    const starfmm_parameter *param = &k->param[0];
    double share = (double)p->parameter / MOST_PARAMETER;
    if (k->n_params == 0) return 0;
    if (isfinite(param->max)) return param->max + (param->min - param->max) * share * 0.99;
    return ldexp((double)p->parameter / 1000, (int)-p->scale * param->power);
}

/* ---- the arrays ---------------------------------------------------------------------- */

typedef struct arrays {
    const sfm_kernel *kernel;
    size_t n, m, n_other;                   /* m: targets of the plan */
    size_t n_rhs, dim, first, rest;         /* components: charges, potentials, beyond */
    double *x, *y, *other;                  /* sources; targets or NULL */
    double *q;                              /* [n][n_rhs][dim] */
    void *charges, *potentials, *gradients; /* in the plan's precision */
} arrays;

static double *draw_set(const problem *p, long kind, size_t n, uint64_t seed)
{
    double *x = sfm_test_points(sfm_test_kinds[kind], n, seed);
    for (size_t i = 0; x && i < 3 * n; i++) x[i] = ldexp(x[i], (int)p->scale);
    return x;
}

static double draw_charge(const problem *p, uint64_t *state)
{
    double u = sfm_test_uniform(state);
    if (p->charges == 0) return u;
    if (p->charges == 2 && u < 0.9) return 0;
    if (p->charges == 3) return (u < 0.5 ? -1 : 1) * exp(-8 * sfm_test_uniform(state));
    return 2 * sfm_test_uniform(state) - 1;
}

static void free_arrays(arrays *a)
{
    free(a->x);
    free(a->y);
    free(a->other);
    free(a->q);
    free(a->charges);
    free(a->potentials);
    free(a->gradients);
}

static void set_values(const problem *p, void *array, size_t i, double value)
{
    if (p->precision)
        ((float *)array)[i] = (float)value;
    else
        ((double *)array)[i] = value;
}

static double value_of(const problem *p, const void *array, size_t i)
{
    return p->precision ? (double)((const float *)array)[i] : ((const double *)array)[i];
}

static int make_arrays(const problem *p, arrays *a)
{
    const sfm_kernel *k = sfm_kernel_get((starfmm_kernel)p->kernel);
    uint64_t state = (uint64_t)p->seed * 77 + 5;
    if (!k || p->source >= k->n_sources || p->target >= k->n_targets) return 0;
    *a = (arrays){.kernel = k,
                  .n = (size_t)p->n_sources,
                  .m = (size_t)(p->n_targets ? p->n_targets : p->n_sources),
                  .n_other = (size_t)p->n_other,
                  .n_rhs = p->n_rhs ? (size_t)p->n_rhs : 1,
                  .dim = (size_t)k->source[p->source].dim,
                  .first = (size_t)k->target[0].dim};
    a->rest = (size_t)k->target[p->target].dim - a->first;
    a->x = draw_set(p, p->points, a->n, (uint64_t)p->seed);
    if (p->n_targets) a->y = draw_set(p, p->target_points, a->m, (uint64_t)p->seed + 1);
    if (p->n_other) a->other = draw_set(p, p->points, a->n_other, (uint64_t)p->seed + 2);
    size_t n_charges = a->n * a->n_rhs * a->dim,
           rows = a->m > a->n_other ? a->m : a->n_other;
    a->q = malloc(n_charges * sizeof(double) + 1);
    a->charges = malloc(n_charges * sizeof(double) + 1);
    a->potentials = malloc(rows * a->n_rhs * a->first * sizeof(double) + 1);
    a->gradients = malloc(rows * a->n_rhs * a->rest * sizeof(double) + 1);
    for (size_t i = 0; i < n_charges; i++) {
        set_values(p, a->charges, i, draw_charge(p, &state));
        a->q[i] = value_of(p, a->charges, i);
    }
    return 1;
}

/* ---- what it should be ---------------------------------------------------------------- */

/* Of potentials and of what is beyond: over all vectors and rows looked at. */
typedef struct sums {
    double error2, exact2, random2; /* random2: if the charges had random signs */
    double worst;                   /* of one target, relative to sum |K| |q| */
    int finite;
} sums;

/* A pair's block: k[target component][source component], and its square norms, of the
 * components of the potential and of those beyond. */
typedef struct block {
    long double k[STARFMM_MAX_COMPONENTS * STARFMM_MAX_COMPONENTS], norm2[2];
} block;

static void make_block(const problem *p, const arrays *a, const double *x, const double *y,
                       block *b)
{
    const double params[STARFMM_MAX_PARAMS] = {parameter_of(p, a->kernel)};
    long double d[3];
    for (int c = 0; c < 3; c++) d[c] = (long double)x[c] - y[c];
    sfm_kernel_reference(a->kernel, (int)p->source, (int)p->target, d, params, b->k);
    b->norm2[0] = b->norm2[1] = 0;
    for (size_t t = 0; t < a->first + a->rest; t++)
        for (size_t c = 0; c < a->dim; c++)
            b->norm2[t >= a->first] += b->k[t * a->dim + c] * b->k[t * a->dim + c];
}

/* What a right-hand side gives at a target. */
typedef struct exact {
    long double value[STARFMM_MAX_COMPONENTS], size[2], random[2];
} exact;

static void add_source(const arrays *a, const block *b, const double *q, exact *e)
{
    long double q2 = 0;
    for (size_t c = 0; c < a->dim; c++) q2 += (long double)q[c] * q[c];
    for (size_t t = 0; t < a->first + a->rest; t++)
        for (size_t c = 0; c < a->dim; c++) e->value[t] += b->k[t * a->dim + c] * q[c];
    for (int part = 0; part < 2; part++) {
        e->size[part] += sqrtl(b->norm2[part] * q2);
        e->random[part] += b->norm2[part] * q2;
    }
}

/* A target's result of right-hand side r against the exact one. */
static void compare_target(const problem *p, const arrays *a, const exact *e, size_t row,
                           size_t r, sums s[2])
{
    const double factor = a->kernel->factor;
    for (int part = 0; part < 2; part++) {
        const size_t n = part ? a->rest : a->first, begin = part ? a->first : 0;
        const void *array = part ? a->gradients : a->potentials;
        double error2 = 0;
        for (size_t c = 0; c < n; c++) {
            double value = value_of(p, array, (row * a->n_rhs + r) * n + c);
            double right = factor * (double)e->value[begin + c];
            error2 += (value - right) * (value - right);
            s[part].exact2 += right * right;
        }
        s[part].error2 += error2;
        s[part].random2 += factor * factor * (double)e->random[part];
        if (e->size[part] > 0) {
            double relative = sqrt(error2) / (factor * (double)e->size[part]);
            if (!(relative <= s[part].worst)) s[part].worst = relative;
        }
        if (!isfinite(error2) || !isfinite((double)e->size[part])) s[part].finite = 0;
    }
}

/* By the contract, in the norm of one right-hand side. */
static verdict weigh(const problem *p, const arrays *a, const sums s[2], size_t r,
                     char what[256])
{
    const double tolerance = pow(10, -(double)p->tolerance / 1000);
    verdict v = KEPT;
    for (int part = 0; part < (a->rest ? 2 : 1); part++) {
        double error = p->strict            ? s[part].worst
                       : s[part].error2 > 0 ? sqrt(s[part].error2 / s[part].exact2)
                                            : 0;
        if (!s[part].finite || (!p->strict && s[part].exact2 < 0.01 * s[part].random2)) {
            v = EXCLUDED;
        } else if (!(error <= tolerance)) {
            snprintf(what, 256, "%s error %.3g, %.2f times the tolerance (vector %zu)",
                     part ? "gradient" : "potential", error, error / tolerance, r);
            return VIOLATED;
        }
    }
    return v;
}

/* `n_rows` random rows of `n`, or all. */
static verdict check_sample(const problem *p, const arrays *a, const double *x, size_t n,
                            size_t n_rows, char what[256])
{
    enum { MOST = 16 }; /* right-hand sides */
    uint64_t state = (uint64_t)p->seed + 99;
    sums s[MOST][2];
    exact e[MOST];
    block b;
    verdict all = KEPT;
    for (int r = 0; r < MOST; r++) s[r][0] = s[r][1] = (sums){.finite = 1};
    for (size_t i = 0; i < n_rows; i++) {
        size_t row = n_rows == n ? i : (size_t)below(&state, (long)n);
        memset(e, 0, sizeof e);
        for (size_t j = 0; j < a->n; j++) {
            make_block(p, a, x + 3 * row, a->x + 3 * j, &b);
            for (size_t r = 0; r < a->n_rhs; r++)
                add_source(a, &b, a->q + (j * a->n_rhs + r) * a->dim, &e[r]);
        }
        for (size_t r = 0; r < a->n_rhs; r++) compare_target(p, a, &e[r], row, r, s[r]);
    }
    for (size_t r = 0; r < a->n_rhs && all != VIOLATED; r++) {
        verdict v = weigh(p, a, s[r], r, what);
        if (v != KEPT) all = v;
    }
    return all;
}

/* A small sample first; where its relative norm accuses, a larger one decides. */
static verdict check_rows(const problem *p, const arrays *a, const double *x, size_t n,
                          char what[256])
{
    const size_t few = n < 60 ? n : 60, many = n < 1000 ? n : 1000;
    verdict v = check_sample(p, a, x, n, few, what);
    if (v == VIOLATED && !p->strict && many > few) v = check_sample(p, a, x, n, many, what);
    return v;
}

/* ---- running --------------------------------------------------------------------------- */

static starfmm_options options_of(const problem *p, const arrays *a)
{
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = (starfmm_kernel)p->kernel;
    o.params[0] = parameter_of(p, a->kernel);
    o.sources = a->kernel->source[p->source].name;
    o.targets = a->kernel->target[p->target].name;
    o.precision = p->precision ? STARFMM_FLOAT : STARFMM_DOUBLE;
    o.grade = p->strict ? STARFMM_STRICT : STARFMM_ORDINARY;
    o.tolerance = pow(10, -(double)p->tolerance / 1000);
    o.n_crit = (int)p->n_crit;
    o.group_size = (int)p->group_size;
    o.max_depth = (int)p->max_depth;
    o.balance = (starfmm_switch)p->balance;
    o.deterministic = p->deterministic ? STARFMM_ON : STARFMM_AUTO;
    o.m2l = (starfmm_m2l)p->m2l;
    return o;
}

/* Some points elsewhere: a tenth jumps, or all of them are drawn again. */
static void move_points(const problem *p, arrays *a, long step)
{
    double *fresh = draw_set(p, p->points, a->n, (uint64_t)(p->seed + 10 * step));
    for (size_t i = 0; i < a->n; i++)
        if (step % 2 == 0 || i % 10 == 0)
            memcpy(a->x + 3 * i, fresh + 3 * i, 3 * sizeof *fresh);
    free(fresh);
}

static verdict verdict_of(starfmm_status status, char what[256])
{
    if (status == STARFMM_OK) return KEPT;
    snprintf(what, 256, "status %s: %.200s", starfmm_status_string(status),
             starfmm_last_error());
    return status == STARFMM_EPRECISION || status == STARFMM_EUNSUPPORTED ? REFUSED
                                                                          : VIOLATED;
}

static verdict evaluate(const problem *p, arrays *a, starfmm_plan *plan, char what[256])
{
    void *rest = a->rest ? a->gradients : NULL;
    verdict v =
        verdict_of(starfmm_evaluate(plan, a->n_rhs, a->charges, a->potentials, rest), what);
    if (v == KEPT) v = check_rows(p, a, a->y ? a->y : a->x, a->m, what);
    if (v != KEPT || !a->other) return v;
    v = verdict_of(
        starfmm_evaluate_at(plan, a->n_rhs, a->n_other, a->other, a->potentials, rest),
        what);
    return v == KEPT ? check_rows(p, a, a->other, a->n_other, what) : v;
}

verdict problem_run(const problem *p, char what[256])
{
    arrays a;
    starfmm_plan *plan;
    what[0] = '\0';
    if (!make_arrays(p, &a)) {
        snprintf(what, 256, "no such kernel or kind");
        return REFUSED;
    }
    starfmm_options o = options_of(p, &a);
    verdict v = verdict_of(starfmm_plan_create(&plan, &o, a.n, a.x, a.m, a.y), what);
    for (long step = 0; step <= p->moves && v == KEPT; step++) {
        if (step > 0) {
            move_points(p, &a, step);
            v = verdict_of(starfmm_plan_move(plan, a.n, a.x, a.m, a.y), what);
        }
        if (v == KEPT) v = evaluate(p, &a, plan, what);
    }
    if (plan && starfmm_plan_destroy(plan) != STARFMM_OK && v == KEPT) {
        snprintf(what, 256, "not destroyed: %.200s", starfmm_last_error());
        v = VIOLATED;
    }
    free_arrays(&a);
    return v;
}
