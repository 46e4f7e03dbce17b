/* SPDX-License-Identifier: BSD-3-Clause */
/* Each kind of file is a list of the arrays (and attributes) that it holds; file.c knows
 * how to read and write such a list in either format. */
#include "tool/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the input --------------------------------------------------------------------- */

/* *p is set on failure, too, so that what was read can be freed. */
static int read_problem(tool_problem *p, const char *path)
{
    tool_array a[] = {
        {.name = "sources", .columns = 3, .max_rank = 2, .is_finite = 1},
        {.name = "charges", .max_rank = 2, .is_finite = 1},
        {.name = "targets", .columns = 3, .max_rank = 2, .is_finite = 1, .is_optional = 1},
    };
    tool_contents contents = {
        .arrays = a, .n_arrays = 3, .row = "x y z and 1 to 1024 charges"};
    int code = tool_file_read(path, &contents);
    *p = (tool_problem){.n_sources = a[0].dims[0],
                        .n_targets = a[2].data ? a[2].dims[0] : a[0].dims[0],
                        .n_rhs = tool_array_width(&a[1]),
                        .is_vector = a[1].rank == 1,
                        .sources = a[0].data,
                        .charges = a[1].data,
                        .targets = a[2].data};
    TOOL_TRY(code);
    if (a[1].dims[0] == p->n_sources) return TOOL_OK;
    return tool_fail(TOOL_INPUT, "%s: %zu charges for %zu sources", path, a[1].dims[0],
                     p->n_sources);
}

/* In place of targets that the problem has. */
static int read_targets(tool_problem *p, const char *path)
{
    tool_array a = {.name = "targets", .columns = 3, .max_rank = 2, .is_finite = 1};
    tool_contents contents = {.arrays = &a, .n_arrays = 1, .row = "x y z"};
    int code = tool_file_read(path, &contents);
    free(p->targets);
    p->targets = a.data;
    p->n_targets = a.dims[0];
    return code;
}

int tool_problem_read(tool_problem *problem, const char *path, const char *targets_path)
{
    int code = read_problem(problem, path);
    if (code == TOOL_OK && targets_path) code = read_targets(problem, targets_path);
    if (code != TOOL_OK) tool_problem_free(problem);
    return code;
}

void tool_problem_free(tool_problem *problem)
{
    free(problem->sources);
    free(problem->targets);
    free(problem->charges);
    memset(problem, 0, sizeof(*problem));
}

int tool_problem_charges(const tool_problem *p, starfmm_precision precision, size_t turn,
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

size_t tool_real_size(starfmm_precision precision)
{
    return precision == STARFMM_FLOAT ? sizeof(float) : sizeof(double);
}

/* ---- the output -------------------------------------------------------------------- */

enum {
    KERNEL,
    KAPPA,
    PRECISION,
    TOLERANCE,
    GRADE,
    ORDER,
    CHECK_ORDER,
    VERSION,
    POINTS,
    N_ATTRIBUTES
};
static const tool_attribute attribute_names[N_ATTRIBUTES] = {
    [KERNEL] = {.name = "kernel", .kind = TOOL_ATTRIBUTE_TEXT},
    [KAPPA] = {.name = "kappa", .kind = TOOL_ATTRIBUTE_REAL},
    [PRECISION] = {.name = "precision", .kind = TOOL_ATTRIBUTE_TEXT},
    [TOLERANCE] = {.name = "tolerance", .kind = TOOL_ATTRIBUTE_REAL},
    [GRADE] = {.name = "grade", .kind = TOOL_ATTRIBUTE_TEXT},
    [ORDER] = {.name = "order", .kind = TOOL_ATTRIBUTE_INTEGER},
    [CHECK_ORDER] = {.name = "check_order", .kind = TOOL_ATTRIBUTE_INTEGER},
    [VERSION] = {.name = "starfmm_version", .kind = TOOL_ATTRIBUTE_TEXT},
    /* 1: the targets' coordinates stand before the results in a row of text. */
    [POINTS] = {.name = "points", .kind = TOOL_ATTRIBUTE_INTEGER},
};

static void set_text(tool_attribute *a, const char *text)
{
    snprintf(a->text, sizeof(a->text), "%s", text);
}

/* What was summed, in a line. */
static const char *formula_of(starfmm_kernel kernel)
{
    switch (kernel) {
    case STARFMM_LAPLACE:
        return "potential_j = sum_i charge_i / (4 pi r_ij)";
    case STARFMM_YUKAWA:
        return "potential_j = sum_i charge_i exp(-kappa r_ij) / (4 pi r_ij)";
    case STARFMM_COUNT:
        return "potential_j = sum_i charge_i";
    default:
        return "see the kernel in starfmm.h";
    }
}

int tool_result_write(const tool_result *result, tool_output *out)
{
    const tool_result *r = result;
    tool_attribute a[N_ATTRIBUTES + 1];
    tool_array arrays[] = {
        {.name = "targets",
         .label = "",
         .has_axes = 1,
         .is_position = 1,
         .meaning = "where the potentials are",
         .units = "unit of the coordinates",
         .axes = "target, x y z",
         .rank = 2,
         .dims = {r->n_targets, 3, 1},
         .data = (double *)r->points},
        {.name = "potentials",
         .label = "potential",
         .meaning = "potential at each target, of each charge vector: see formula",
         .units = "unit of the charges / unit of the coordinates",
         .axes = r->is_vector ? "target" : "target, charge vector",
         .rank = r->is_vector ? 1 : 2,
         .dims = {r->n_targets, r->n_rhs, 1},
         .data = r->potentials},
        {.name = "gradients",
         .label = "gradient",
         .has_axes = 1,
         .meaning = "derivative of the potential by the target's coordinates",
         .units = "unit of the charges / unit of the coordinates^2",
         .axes = r->is_vector ? "target, x y z" : "target, charge vector, x y z",
         .rank = r->is_vector ? 2 : 3,
         .dims = {r->n_targets, r->is_vector ? 3 : r->n_rhs, r->is_vector ? 1 : 3},
         .data = r->gradients}};
    tool_contents contents = {
        .arrays = arrays, .n_arrays = 3, .attributes = a, .n_attributes = N_ATTRIBUTES + 1};
    arrays[1].is_float = arrays[2].is_float = r->precision == STARFMM_FLOAT;
    if (r->kernel == STARFMM_COUNT) arrays[1].units = "unit of the charges";
    memcpy(a, attribute_names, sizeof(attribute_names));
    a[N_ATTRIBUTES] = (tool_attribute){.name = "formula", .kind = TOOL_ATTRIBUTE_TEXT};
    set_text(&a[N_ATTRIBUTES], formula_of(r->kernel));
    set_text(&a[KERNEL], tool_kernel_names[r->kernel]);
    set_text(&a[PRECISION], tool_precision_names[r->precision]);
    set_text(&a[VERSION], starfmm_version());
    a[KAPPA].number = r->kappa;
    set_text(&a[GRADE], tool_grade_names[r->grade]);
    a[TOLERANCE].number = r->tolerance;
    a[ORDER].number = r->order;
    a[CHECK_ORDER].number = r->check_order;
    a[POINTS].number = r->points != NULL;
    return tool_output_write(out, &contents);
}

/* An attribute's text as a number into `choices`. */
static int find_choice(const char *path, const tool_attribute *a,
                       const char *const *choices, int *choice)
{
    *choice = tool_choice_find(choices, a->text);
    if (*choice >= 0) return TOOL_OK;
    return tool_fail(TOOL_INPUT, "%s: attribute %s = '%s' is unknown", path, a->name,
                     a->text);
}

/* Files may hold anything: what is no sensible number counts as not told. */
static int small_integer(double v)
{
    return v >= 0 && v <= 1000 ? (int)v : 0;
}

/* How it was computed, all of which evaluate writes. */
static int take_attributes(tool_result *r, const char *path,
                           const tool_attribute a[N_ATTRIBUTES])
{
    int kernel, precision, grade;
    for (int i = 0; i < POINTS; i++)
        if (!a[i].found)
            return tool_fail(TOOL_INPUT,
                             "%s has no attribute '%s': not written by 'starfmm evaluate'?",
                             path, a[i].name);
    TOOL_TRY(find_choice(path, &a[KERNEL], tool_kernel_names, &kernel));
    TOOL_TRY(find_choice(path, &a[PRECISION], tool_precision_names, &precision));
    TOOL_TRY(find_choice(path, &a[GRADE], tool_grade_names, &grade));
    r->kernel = (starfmm_kernel)kernel;
    r->precision = (starfmm_precision)precision;
    r->kappa = a[KAPPA].number;
    r->grade = (starfmm_grade)grade;
    r->tolerance = a[TOLERANCE].number > 0 ? a[TOLERANCE].number : 0;
    r->order = small_integer(a[ORDER].number);
    r->check_order = small_integer(a[CHECK_ORDER].number);
    return TOOL_OK;
}

/* *r holds the shape that is wanted; arrays are set on failure, too. */
static int read_result(tool_result *r, const char *path)
{
    char row[80];
    tool_attribute attributes[N_ATTRIBUTES];
    tool_array arrays[] = {
        {.name = "potentials", .columns = r->n_rhs, .max_rank = 3},
        {.name = "gradients", .columns = 3 * r->n_rhs, .max_rank = 3, .is_optional = 1}};
    tool_contents contents = {.arrays = arrays,
                              .n_arrays = 2,
                              .attributes = attributes,
                              .n_attributes = N_ATTRIBUTES,
                              .row = row,
                              .points = &attributes[POINTS]};
    snprintf(row, sizeof(row), "%zu potentials, or with gradients %zu", r->n_rhs,
             4 * r->n_rhs);
    memcpy(attributes, attribute_names, sizeof(attributes));
    int code = tool_file_read(path, &contents);
    r->potentials = arrays[0].data;
    r->gradients = arrays[1].data;
    TOOL_TRY(code);
    for (int i = 0; i < 2; i++)
        if (arrays[i].data && arrays[i].dims[0] != r->n_targets)
            return tool_fail(TOOL_INPUT,
                             "%s: %zu %s for %zu targets: the result of another input?",
                             path, arrays[i].dims[0], arrays[i].name, r->n_targets);
    return take_attributes(r, path, attributes);
}

int tool_result_read(tool_result *result, const char *path, const tool_problem *problem)
{
    *result = (tool_result){.n_targets = problem->n_targets,
                            .n_rhs = problem->n_rhs,
                            .is_vector = problem->is_vector};
    int code = read_result(result, path);
    if (code != TOOL_OK) tool_result_free(result);
    return code;
}

void tool_result_free(tool_result *result)
{
    free(result->potentials);
    free(result->gradients);
    result->potentials = result->gradients = NULL;
}
