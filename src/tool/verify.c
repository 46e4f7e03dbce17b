/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * starfmm verify: the error of a result against direct summation (starfmm_direct:
 * compensated, in extended precision) at sampled targets.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/direct.h"
#include "tool/data.h"
#include "tool/json.h"
#include "tool/options.h"
#include "tool/random.h"

/* Rows summed between two looks at the progress line. */
#define ROWS_AT_A_TIME 50

typedef struct settings {
    size_t samples, seed;
    int digits, json;
    double tolerance; /* 0: not given */
    const char *targets;
} settings;

static const tool_option options[] = {
    {"samples", 'n', TOOL_COUNT, offsetof(settings, samples), "S", 1, 1e9,
     .help = "Number of targets to check, drawn without repetition.  Default 1000."},
    {"seed", 's', TOOL_COUNT, offsetof(settings, seed), "SEED", .max = TOOL_MAX_SEED,
     .help = "Seed of the sample.  Default 0."},
    {"digits", 'd', TOOL_INTEGER, offsetof(settings, digits), "D", 1, 15,
     .help = "Short for --tolerance 1e-D."},
    {"tolerance", 0, TOOL_REAL, offsetof(settings, tolerance), "T", 1e-300, 1e300,
     .help = "Pass with errors of at most T.  Default: the tolerance that 'evaluate' was\n"
             "asked for; where it was given an order, any finite error passes."},
    {"targets", 't', TOOL_TEXT, offsetof(settings, targets), "FILE",
     .help = "The targets, where 'evaluate' had them from a file of their own."},
    {"json", 'j', TOOL_FLAG, offsetof(settings, json), .help = "Print one JSON object."},
    {0}};

/* Errors of one quantity: per charge vector, the worst of which counts. */
typedef struct errors {
    double l2;     /* ||v - ref|| / ||ref|| over the samples */
    double max;    /* largest |v - ref| over the largest |ref| */
    double strict; /* largest |v - ref| over sum |K q| of the same target */
} errors;

typedef struct comparison {
    const tool_problem *problem;
    const tool_result *result;
    size_t n_rows;
    size_t *rows;                   /* (n_rows) sampled targets, ascending */
    void *charges;                  /* in the result's precision */
    double *potentials, *gradients; /* of the direct sum, as starfmm_direct gives them */
} comparison;

/* ---- the sample -------------------------------------------------------------------- */

/* Every subset of n_rows targets is equally likely (Knuth, TAOCP 2, 3.4.2, algorithm S). */
static void draw_rows(comparison *c, uint64_t seed)
{
    tool_random r = tool_random_start(seed, 0);
    size_t n = c->result->n_targets, taken = 0;
    for (size_t i = 0; i < n && taken < c->n_rows; i++)
        if ((double)(n - i) * tool_random_unit(&r) < (double)(c->n_rows - taken))
            c->rows[taken++] = i;
}

static int allocate_arrays(comparison *c)
{
    const tool_kernel *k = &c->result->kernel;
    size_t row = c->problem->n_rhs * sizeof(double);
    TOOL_TRY(tool_alloc((void **)&c->rows, c->n_rows, sizeof(size_t), "the sample"));
    TOOL_TRY(tool_alloc(&c->charges, c->problem->n_sources, k->n_source * row, "charges"));
    TOOL_TRY(
        tool_alloc((void **)&c->potentials, c->n_rows, k->n_first * row, "potentials"));
    if (k->n_rest == 0) return TOOL_OK;
    return tool_alloc((void **)&c->gradients, c->n_rows, k->n_rest * row, "gradients");
}

/* ---- the direct sum ---------------------------------------------------------------- */

/* Potentials and gradients of all sampled rows, in portions for the progress line. */
static int sum_rows(comparison *c)
{
    const tool_problem *p = c->problem;
    const double *targets = p->targets ? p->targets : p->sources;
    const tool_kernel *k = &c->result->kernel;
    starfmm_options o;
    starfmm_options_init(&o);
    tool_kernel_options(k, &o);
    o.precision = c->result->precision;
    tool_progress("direct sums at %zu targets", c->n_rows);
    for (size_t first = 0; first < c->n_rows; first += ROWS_AT_A_TIME) {
        size_t left = c->n_rows - first, n = left < ROWS_AT_A_TIME ? left : ROWS_AT_A_TIME;
        tool_progress_share(first, c->n_rows);
        starfmm_status status = starfmm_direct(
            &o, p->n_sources, p->sources, p->n_targets, targets, p->n_rhs, c->charges, n,
            c->rows + first, c->potentials + p->n_rhs * k->n_first * first,
            c->gradients ? c->gradients + p->n_rhs * k->n_rest * first : NULL);
        TOOL_TRY(tool_check(status, "direct sum"));
    }
    return TOOL_OK;
}

/* ---- the errors -------------------------------------------------------------------- */

/* An error over a zero reference is the error itself. */
static double relative(double error, double reference)
{
    return reference > 0 ? error / reference : error;
}

/* The larger one; NaN when either is. */
static double larger(double a, double b)
{
    return a > b || isnan(a) ? a : b;
}

/* Sum |K q| of a quantity at sample i. */
static double magnitude_of(const comparison *c, const tool_quantity *q, size_t i,
                           size_t rhs)
{
    const tool_problem *p = c->problem;
    const tool_kernel *k = &c->result->kernel;
    starfmm_options o;
    starfmm_options_init(&o);
    tool_kernel_options(k, &o);
    const sfm_direct d = {.kernel = k->kernel,
                          .params = o.params,
                          .source = k->source,
                          .target = k->target,
                          .n_sources = p->n_sources,
                          .n_rhs = p->n_rhs,
                          .sources = p->sources,
                          .precision = c->result->precision,
                          .charges = c->charges};
    const double *targets = p->targets ? p->targets : p->sources;
    return sfm_direct_magnitude(&d, targets + 3 * c->rows[i], rhs, q->first, q->dim);
}

/* A quantity: the worst over the charge vectors; NaN in the values gives NaN. */
static errors compare(const comparison *c, const tool_quantity *q)
{
    const tool_kernel *k = &c->result->kernel;
    const int is_first = q->first < k->n_first;
    const size_t n_rhs = c->problem->n_rhs, dim = is_first ? k->n_first : k->n_rest;
    const double *values = is_first ? c->result->potentials : c->result->gradients;
    const double *references = is_first ? c->potentials : c->gradients;
    const size_t begin = is_first ? q->first : q->first - k->n_first;
    errors worst = {0, 0, 0};
    for (size_t rhs = 0; rhs < n_rhs; rhs++) {
        double error2 = 0, reference2 = 0, max_error2 = 0, max_reference2 = 0;
        for (size_t i = 0; i < c->n_rows; i++) {
            const double *v = values + (c->rows[i] * n_rhs + rhs) * dim;
            const double *ref = references + (i * n_rhs + rhs) * dim;
            double e2 = 0, r2 = 0;
            for (size_t d = begin; d < begin + q->dim; d++) {
                e2 += (v[d] - ref[d]) * (v[d] - ref[d]);
                r2 += ref[d] * ref[d];
            }
            error2 += e2;
            reference2 += r2;
            max_error2 = larger(e2, max_error2);
            if (c->result->grade == STARFMM_STRICT)
                worst.strict =
                    larger(relative(sqrt(e2), magnitude_of(c, q, i, rhs)), worst.strict);
            max_reference2 = larger(r2, max_reference2);
        }
        worst.l2 = larger(relative(sqrt(error2), sqrt(reference2)), worst.l2);
        worst.max = larger(relative(sqrt(max_error2), sqrt(max_reference2)), worst.max);
    }
    return worst;
}

/* Values that are NaN or infinite, in the sample or not. */
static size_t count_bad(const comparison *c)
{
    const double *potentials = c->result->potentials, *gradients = c->result->gradients;
    const tool_kernel *k = &c->result->kernel;
    size_t n = c->result->n_targets * c->problem->n_rhs, bad = 0;
    for (size_t i = 0; i < n * k->n_first; i++) bad += !isfinite(potentials[i]);
    for (size_t i = 0; i < n * k->n_rest; i++) bad += !isfinite(gradients[i]);
    return bad;
}

/* ---- the verdict ------------------------------------------------------------------- */

typedef struct verdict {
    double tolerance; /* 0: none to keep */
    int n;            /* quantities, and the error of each */
    tool_quantity quantity[STARFMM_MAX_COMPONENTS];
    errors error[STARFMM_MAX_COMPONENTS];
    size_t bad;
    int passed;
} verdict;

static void print_json(const comparison *c, const verdict *v)
{
    json_open(NULL, '{');
    const tool_kernel *k = &c->result->kernel;
    json_text("kernel", k->kernel->name);
    json_text("sources", k->kernel->source[k->source].name);
    json_text("results", k->kernel->target[k->target].name);
    json_text("precision", tool_precision_names[c->result->precision]);
    json_real("tolerance", v->tolerance);
    json_text("grade", tool_grade_names[c->result->grade]);
    json_integer("order", c->result->order);
    json_count("n_sources", c->problem->n_sources);
    json_count("n_targets", c->problem->n_targets);
    json_count("n_rhs", c->problem->n_rhs);
    json_count("samples", c->n_rows);
    for (int i = 0; i < v->n; i++) {
        char name[80];
        snprintf(name, sizeof(name), "%.60s_error", v->quantity[i].name);
        json_real(name, v->error[i].l2);
        snprintf(name, sizeof(name), "%.60s_max_error", v->quantity[i].name);
        json_real(name, v->error[i].max);
    }
    json_count("not_finite", v->bad);
    json_bool("passed", v->passed);
    json_close('}');
}

static void print_text(const comparison *c, const verdict *v)
{
    const tool_kernel *k = &c->result->kernel;
    printf("%zu of %zu targets against direct summation of %zu sources (%s of %s, %s)\n",
           c->n_rows, c->problem->n_targets, c->problem->n_sources, k->kernel->name,
           k->kernel->source[k->source].name, tool_precision_names[c->result->precision]);
    int strict = c->result->grade == STARFMM_STRICT;
    printf("%-12s %14s %14s%s\n", "", "relative L2", "relative max",
           strict ? "   each / sum |K q|" : "");
    for (int i = 0; i < v->n; i++)
        printf(strict ? "%-12s %14.3e %14.3e %18.3e\n" : "%-12s %14.3e %14.3e\n",
               v->quantity[i].name, v->error[i].l2, v->error[i].max, v->error[i].strict);
    if (v->bad > 0)
        printf("FAILED: %zu value%s not finite\n", v->bad, v->bad == 1 ? "" : "s");
    else if (v->tolerance > 0)
        printf("%s: %s %.3g\n", v->passed ? "passed" : "FAILED",
               v->passed ? "at most" : "not at most", v->tolerance);
    else
        printf("passed: finite; no tolerance was asked for\n");
}

/* Errors and verdict, printed.  TOOL_FAILED where the tolerance is not kept. */
static int conclude(const comparison *c, const settings *s)
{
    verdict v = {.tolerance = s->digits      ? pow(10, -s->digits)
                              : s->tolerance ? s->tolerance
                                             : c->result->tolerance,
                 .bad = count_bad(c)};
    const tool_kernel *k = &c->result->kernel;
    v.n = tool_quantities(k->kernel, &k->kernel->target[k->target], v.quantity);
    v.passed = v.bad == 0;
    for (int i = 0; i < v.n; i++) {
        errors e = v.error[i] = compare(c, &v.quantity[i]);
        double error = c->result->grade == STARFMM_STRICT ? e.strict : e.l2;
        v.passed = v.passed && (v.tolerance == 0 || error <= v.tolerance);
    }
    tool_progress_end();
    if (s->json)
        print_json(c, &v);
    else
        print_text(c, &v);
    return v.passed ? TOOL_OK : TOOL_FAILED;
}

static int verify(const settings *s, const tool_problem *p, const tool_result *r)
{
    comparison c = {.problem = p, .result = r};
    c.n_rows = s->samples < r->n_targets ? s->samples : r->n_targets;
    int code = allocate_arrays(&c);
    if (code == TOOL_OK) code = tool_problem_charges(p, r->precision, 0, 1, c.charges);
    if (code == TOOL_OK) {
        draw_rows(&c, s->seed);
        code = sum_rows(&c);
    }
    if (code == TOOL_OK) code = conclude(&c, s);
    free(c.rows);
    free(c.charges);
    free(c.potentials);
    free(c.gradients);
    return code;
}

static int run_verify(const tool_command *self, int argc, char **argv)
{
    settings s = {.samples = 1000};
    const char *operands[TOOL_MAX_OPERANDS];
    tool_problem p;
    tool_result r;
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    TOOL_TRY(tool_problem_read(&p, operands[0], s.targets));
    int code = tool_result_read(&r, operands[1], &p);
    if (code == TOOL_OK) {
        code = verify(&s, &p, &r);
        tool_result_free(&r);
    }
    tool_problem_free(&p);
    return code;
}

static const char *const operand_names[] = {"IN", "OUT", NULL};

const tool_command tool_verify = {
    .name = "verify",
    .brief = "check potentials against direct summation",
    .synopsis = "IN OUT [OPTIONS]",
    .description =
        "Sums directly, compensated and in extended precision, at a sample of the targets "
        "and\n"
        "compares with OUT, which 'starfmm evaluate IN -o OUT' wrote.  Kernel, parameters "
        "and\n"
        "precision are read from OUT.  Prints, for potentials and gradients, the relative "
        "L2\n"
        "error over the sample and the largest error over the largest reference; of "
        "several\n"
        "charge vectors the worst counts.  All are to be within the tolerance: the\n"
        "relative L2 errors, or in the strict grade those of each target over sum |K q|.",
    .options = options,
    .operands = operand_names,
    .files = "IN, OUT: as in 'starfmm evaluate --help', but for VTK; one of them may be -.",
    .examples = "starfmm verify in.h5 out.h5\n"
                "starfmm verify in.h5 out.h5 --samples 5000 --seed 3 --digits 5 --json",
    .run = run_verify,
};
