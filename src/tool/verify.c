/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * starfmm verify: the error of a result against direct summation (starfmm_direct:
 * compensated, in extended precision) at sampled targets, by the contract of starfmm.h.
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
    double strict; /* largest |v - ref| over sum |K| |q| of the same target */
} errors;

typedef struct comparison {
    const tool_problem *problem;
    const tool_result *result;
    size_t n_rows;
    size_t *rows;                   /* (n_rows) sampled targets, ascending */
    void *charges;                  /* in the result's precision */
    double *potentials, *gradients; /* of the direct sum, as starfmm_direct gives them */
    double *magnitudes; /* (n_rows x n_rhs x 2) sums of |K| |q| and |grad K| |q|, or NULL */
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
    size_t row = c->problem->n_rhs * sizeof(double);
    TOOL_TRY(tool_alloc((void **)&c->rows, c->n_rows, sizeof(size_t), "the sample"));
    TOOL_TRY(tool_alloc(&c->charges, c->problem->n_sources, row, "charges"));
    TOOL_TRY(tool_alloc((void **)&c->potentials, c->n_rows, row, "potentials"));
    if (c->result->grade == STARFMM_STRICT)
        TOOL_TRY(tool_alloc((void **)&c->magnitudes, c->n_rows, 2 * row, "magnitudes"));
    if (c->result->gradients == NULL) return TOOL_OK;
    return tool_alloc((void **)&c->gradients, c->n_rows, 3 * row, "gradients");
}

/* ---- the direct sum ---------------------------------------------------------------- */

/* Those of rows first ... first + n - 1, if wanted. */
static void sum_magnitudes(comparison *c, const starfmm_options *o, const double *targets,
                           size_t first, size_t n)
{
    const tool_problem *p = c->problem;
    const sfm_direct d = {.kernel = sfm_kernel_get(o->kernel),
                          .params = o->params,
                          .n_sources = p->n_sources,
                          .n_rhs = p->n_rhs,
                          .sources = p->sources,
                          .precision = o->precision,
                          .charges = c->charges};
    for (size_t i = first; c->magnitudes && i < first + n; i++)
        for (size_t r = 0; r < p->n_rhs; r++)
            sfm_direct_magnitudes(&d, targets + 3 * c->rows[i], r,
                                  c->magnitudes + 2 * (i * p->n_rhs + r));
}

/* Potentials and gradients of all sampled rows, in portions for the progress line. */
static int sum_rows(comparison *c)
{
    const tool_problem *p = c->problem;
    const double *targets = p->targets ? p->targets : p->sources;
    size_t k = p->n_rhs;
    starfmm_options o;
    starfmm_options_init(&o);
    o.kernel = c->result->kernel;
    o.precision = c->result->precision;
    o.params[0] = c->result->kappa;
    o.gradient = c->gradients ? STARFMM_ON : STARFMM_AUTO;
    tool_progress("direct sums at %zu targets", c->n_rows);
    for (size_t first = 0; first < c->n_rows; first += ROWS_AT_A_TIME) {
        size_t left = c->n_rows - first, n = left < ROWS_AT_A_TIME ? left : ROWS_AT_A_TIME;
        tool_progress_share(first, c->n_rows);
        starfmm_status status =
            starfmm_direct(&o, p->n_sources, p->sources, p->n_targets, targets, k,
                           c->charges, n, c->rows + first, c->potentials + k * first,
                           c->gradients ? c->gradients + 3 * k * first : NULL);
        TOOL_TRY(tool_check(status, "direct sum"));
        sum_magnitudes(c, &o, targets, first, n);
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

/* A quantity with `dim` components: the worst over the charge vectors; NaN in the values
 * gives NaN. */
static errors compare(const comparison *c, const double *values, const double *references,
                      size_t dim)
{
    size_t n_rhs = c->problem->n_rhs;
    errors worst = {0, 0, 0};
    for (size_t rhs = 0; rhs < n_rhs; rhs++) {
        double error2 = 0, reference2 = 0, max_error2 = 0, max_reference2 = 0;
        for (size_t i = 0; i < c->n_rows; i++) {
            const double *v = values + (c->rows[i] * n_rhs + rhs) * dim;
            const double *ref = references + (i * n_rhs + rhs) * dim;
            double e2 = 0, r2 = 0;
            for (size_t d = 0; d < dim; d++) {
                e2 += (v[d] - ref[d]) * (v[d] - ref[d]);
                r2 += ref[d] * ref[d];
            }
            error2 += e2;
            reference2 += r2;
            max_error2 = larger(e2, max_error2);
            if (c->magnitudes) {
                double magnitude = c->magnitudes[2 * (i * n_rhs + rhs) + (dim > 1)];
                worst.strict = larger(relative(sqrt(e2), magnitude), worst.strict);
            }
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
    size_t n = c->result->n_targets * c->problem->n_rhs, bad = 0;
    for (size_t i = 0; i < n; i++) bad += !isfinite(potentials[i]);
    for (size_t i = 0; gradients && i < 3 * n; i++) bad += !isfinite(gradients[i]);
    return bad;
}

/* ---- the verdict ------------------------------------------------------------------- */

typedef struct verdict {
    double tolerance; /* 0: none to keep */
    errors potentials, gradients;
    size_t bad;
    int passed;
} verdict;

static void print_json(const comparison *c, const verdict *v)
{
    json_open(NULL, '{');
    json_text("kernel", tool_kernel_names[c->result->kernel]);
    json_text("precision", tool_precision_names[c->result->precision]);
    json_real("tolerance", v->tolerance);
    json_text("grade", tool_grade_names[c->result->grade]);
    json_integer("order", c->result->order);
    json_count("n_sources", c->problem->n_sources);
    json_count("n_targets", c->problem->n_targets);
    json_count("n_rhs", c->problem->n_rhs);
    json_count("samples", c->n_rows);
    json_real("potential_error", v->potentials.l2);
    json_real("potential_max_error", v->potentials.max);
    if (c->gradients) {
        json_real("gradient_error", v->gradients.l2);
        json_real("gradient_max_error", v->gradients.max);
    }
    if (c->magnitudes) json_real("potential_strict_error", v->potentials.strict);
    if (c->magnitudes && c->gradients)
        json_real("gradient_strict_error", v->gradients.strict);
    json_count("not_finite", v->bad);
    json_bool("passed", v->passed);
    json_close('}');
}

static void print_errors(const char *what, const errors *e, int strict)
{
    printf("%-12s %14.3e %14.3e", what, e->l2, e->max);
    if (strict) printf(" %18.3e", e->strict);
    putchar('\n');
}

static void print_text(const comparison *c, const verdict *v)
{
    printf("%zu of %zu targets against direct summation of %zu sources (%s, %s)\n",
           c->n_rows, c->problem->n_targets, c->problem->n_sources,
           tool_kernel_names[c->result->kernel],
           tool_precision_names[c->result->precision]);
    printf("%-12s %14s %14s%s\n", "", "relative L2", "relative max",
           c->magnitudes ? "   each / sum |K q|" : "");
    print_errors("potentials", &v->potentials, c->magnitudes != NULL);
    if (c->gradients) print_errors("gradients", &v->gradients, c->magnitudes != NULL);
    if (v->bad > 0)
        printf("FAILED: %zu value%s not finite\n", v->bad, v->bad == 1 ? "" : "s");
    else if (v->tolerance > 0)
        printf("%s: %s %.3g\n", v->passed ? "passed" : "FAILED",
               v->passed ? "at most" : "not at most", v->tolerance);
    else
        printf("passed: finite; no tolerance was asked for\n");
}

/* In the norm of the grade. */
static int is_kept(const comparison *c, const errors *e, double tolerance)
{
    return tolerance == 0 || (c->magnitudes ? e->strict : e->l2) <= tolerance;
}

/* Errors and verdict, printed.  TOOL_FAILED where the tolerance is not kept. */
static int conclude(const comparison *c, const settings *s)
{
    verdict v = {.tolerance = s->digits      ? pow(10, -s->digits)
                              : s->tolerance ? s->tolerance
                                             : c->result->tolerance,
                 .bad = count_bad(c)};
    v.potentials = compare(c, c->result->potentials, c->potentials, 1);
    if (c->gradients) v.gradients = compare(c, c->result->gradients, c->gradients, 3);
    v.passed = v.bad == 0 && is_kept(c, &v.potentials, v.tolerance) &&
               is_kept(c, &v.gradients, v.tolerance);
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
    free(c.magnitudes);
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
        "charge vectors the worst counts.  Both are judged: their relative L2 errors, or "
        "of a\n"
        "result of the strict grade the error of each target relative to sum |K| |q|.",
    .options = options,
    .operands = operand_names,
    .files = "IN, OUT: as in 'starfmm evaluate --help', but for VTK; one of them may be -.",
    .examples = "starfmm verify in.h5 out.h5\n"
                "starfmm verify in.h5 out.h5 --samples 5000 --seed 3 --digits 5 --json",
    .run = run_verify,
};
