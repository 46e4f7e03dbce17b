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
        {.name = "charges", .max_rank = 3, .is_finite = 1},
        {.name = "targets", .columns = 3, .max_rank = 2, .is_finite = 1, .is_optional = 1},
    };
    tool_contents contents = {
        .arrays = a, .n_arrays = 3, .row = "x y z and 1 to 1024 charges"};
    int code = tool_file_read(path, &contents);
    *p = (tool_problem){.n_sources = a[0].dims[0],
                        .n_targets = a[2].data ? a[2].dims[0] : a[0].dims[0],
                        .n_rhs = 1,
                        .n_components = tool_array_width(&a[1]),
                        .charge_rank = a[1].rank,
                        .last_dim = a[1].rank < 3 ? a[1].dims[1] : a[1].dims[2],
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

int tool_problem_fit(tool_problem *p, const char *path, const tool_kernel *kernel)
{
    const size_t n = kernel->n_source, columns = p->n_components;
    const int vector_rank = n > 1 ? 2 : 1;
    if (columns % n != 0 || p->charge_rank > vector_rank + 1 ||
        (p->charge_rank == 3 && p->last_dim != n))
        return tool_fail(TOOL_INPUT,
                         "%s: %zu numbers for each source in an array of rank %d; a %s of "
                         "%s has %zu",
                         path, columns, p->charge_rank,
                         kernel->kernel->source[kernel->source].name, kernel->kernel->name,
                         n);
    p->n_components = n;
    p->n_rhs = columns / n;
    p->is_vector = p->charge_rank == vector_rank && p->n_rhs == 1;
    return TOOL_OK;
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
    const size_t row = p->n_rhs * p->n_components;
    for (size_t i = 0; i < p->n_sources; i++) {
        size_t from = (i + turn) % p->n_sources;
        for (size_t c = 0; c < row; c++) {
            double q = p->charges[from * row + c] * scale;
            size_t at = i * row + c;
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

/* Attributes of a result: number, name, kind.  From POINTS on they need not be there; where
 * it is 1, the targets' coordinates stand before the results in a row of text. */
#define ATTRIBUTES(X)                                                                      \
    X(KERNEL, "kernel", TEXT)                                                              \
    X(SOURCES, "source_kind", TEXT)                                                        \
    X(TARGETS, "target_kind", TEXT)                                                        \
    X(PARAM, "param", REAL)                                                                \
    X(PRECISION, "precision", TEXT)                                                        \
    X(TOLERANCE, "tolerance", REAL)                                                        \
    X(GRADE, "grade", TEXT)                                                                \
    X(ORDER, "order", INTEGER)                                                             \
    X(CHECK_ORDER, "check_order", INTEGER)                                                 \
    X(VERSION, "starfmm_version", TEXT)                                                    \
    X(POINTS, "points", INTEGER)                                                           \
    X(COMPONENTS, "components", TEXT)                                                      \
    X(FORMULA, "formula", TEXT)
#define NUMBER_OF(number, name, kind) number,
#define ROW_OF(number, text, type) {.name = text, .kind = TOOL_ATTRIBUTE_##type},
enum { ATTRIBUTES(NUMBER_OF) N_ATTRIBUTES };
static const tool_attribute attribute_names[N_ATTRIBUTES] = {ATTRIBUTES(ROW_OF)};

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

/* As (rows), (rows x vectors), (rows x components) or (rows x vectors x components), named
 * from component `first` of the kind on. */
static tool_array result_array(const tool_result *r, const char *name, size_t first,
                               size_t n, const tool_components *c, void *data)
{
    static const char *const axes[2][2] = {
        {"target, charge vector", "target"},
        {"target, charge vector, component", "target, component"}};
    const starfmm_kind *kind = &r->kernel.kernel->target[r->kernel.target];
    tool_quantity quantity[STARFMM_MAX_COMPONENTS];
    tool_array a = {.name = name,
                    .labels = c->name + first,
                    .n_labels = n,
                    .meaning = "sums at each target, of each charge vector: see the file's "
                               "attributes kernel, source_kind, target_kind, components",
                    .axes = axes[n > 1][r->is_vector],
                    .is_float = r->precision == STARFMM_FLOAT,
                    .rank = 1,
                    .dims = {r->n_targets, 1, 1},
                    .data = data};
    int n_quantities = tool_quantities(r->kernel.kernel, kind, quantity);
    for (int i = 0; i < n_quantities; i++)
        if (quantity[i].first == first) {
            a.label = quantity[i].name;
            a.has_axes = n == 3 && quantity[i].dim == 3;
        }
    if (!r->is_vector) a.dims[a.rank++] = r->n_rhs;
    if (n > 1) a.dims[a.rank++] = n;
    return a;
}

/* Meaning and units where charges give potentials. */
static void explain_potentials(const tool_kernel *k, tool_array *potentials,
                               tool_array *gradients)
{
    if (k->source > 0 || k->n_first > 1) return;
    potentials->meaning = "potential at each target, of each charge vector: see formula";
    potentials->units = k->kernel->id == STARFMM_COUNT
                            ? "unit of the charges"
                            : "unit of the charges / unit of the coordinates";
    if (k->n_rest != 3) return;
    gradients->meaning = "derivative of the potential by the target's coordinates";
    gradients->units = "unit of the charges / unit of the coordinates^2";
}

static void set_attributes(const tool_result *r, const tool_components *names,
                           tool_attribute a[N_ATTRIBUTES])
{
    const tool_kernel *k = &r->kernel;
    const starfmm_kind *target = &k->kernel->target[k->target];
    memcpy(a, attribute_names, sizeof(attribute_names));
    for (int i = 0; i < target->dim; i++) {
        char *text = a[COMPONENTS].text;
        size_t used = strlen(text);
        snprintf(text + used, sizeof(a->text) - used, "%s%s", i ? "," : "", names->name[i]);
    }
    set_text(&a[FORMULA], formula_of(k->kernel->id));
    set_text(&a[KERNEL], k->kernel->name);
    set_text(&a[SOURCES], k->kernel->source[k->source].name);
    set_text(&a[TARGETS], target->name);
    set_text(&a[PRECISION], tool_precision_names[r->precision]);
    set_text(&a[VERSION], starfmm_version());
    a[PARAM].number = k->param;
    set_text(&a[GRADE], tool_grade_names[r->grade]);
    a[TOLERANCE].number = r->tolerance;
    a[ORDER].number = r->order;
    a[CHECK_ORDER].number = r->check_order;
    a[POINTS].number = r->points != NULL;
}

int tool_result_write(const tool_result *result, tool_output *out)
{
    const tool_result *r = result;
    const tool_kernel *k = &r->kernel;
    tool_attribute a[N_ATTRIBUTES];
    tool_components names;
    tool_name_components(k->kernel, &k->kernel->target[k->target], &names);
    set_attributes(r, &names, a);
    tool_array arrays[] = {
        {.name = "targets",
         .label = "",
         .has_axes = 1,
         .is_position = 1,
         .meaning = "where the results are",
         .units = "unit of the coordinates",
         .axes = "target, x y z",
         .rank = 2,
         .dims = {r->n_targets, 3, 1},
         .data = (double *)r->points},
        result_array(r, "potentials", 0, k->n_first, &names, r->potentials),
        result_array(r, "gradients", k->n_first, k->n_rest, &names, r->gradients)};
    tool_contents contents = {
        .arrays = arrays, .n_arrays = 3, .attributes = a, .n_attributes = N_ATTRIBUTES};
    explain_potentials(k, &arrays[1], &arrays[2]);
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
    int precision, grade;
    for (int i = 0; i < POINTS; i++)
        if (!a[i].found)
            return tool_fail(TOOL_INPUT,
                             "%s has no attribute '%s': not written by 'starfmm evaluate'?",
                             path, a[i].name);
    if (sfm_kernel_find(a[KERNEL].text) == NULL)
        return tool_fail(TOOL_INPUT, "%s: attribute kernel = '%s' is unknown", path,
                         a[KERNEL].text);
    if (tool_kernel_choose(&r->kernel, a[KERNEL].text, a[SOURCES].text, a[TARGETS].text, 0))
        return TOOL_INPUT;
    TOOL_TRY(find_choice(path, &a[PRECISION], tool_precision_names, &precision));
    TOOL_TRY(find_choice(path, &a[GRADE], tool_grade_names, &grade));
    r->precision = (starfmm_precision)precision;
    r->kernel.param = a[PARAM].number;
    r->grade = (starfmm_grade)grade;
    r->tolerance = a[TOLERANCE].number > 0 ? a[TOLERANCE].number : 0;
    r->order = small_integer(a[ORDER].number);
    r->check_order = small_integer(a[CHECK_ORDER].number);
    return TOOL_OK;
}

/* A result being read. */
typedef struct result_reader {
    tool_result *result;
    const char *path;
    tool_problem *problem;
    char row[120];
} result_reader;

/* The attributes tell how wide the arrays are. */
static int fit_result(tool_contents *contents, void *arg)
{
    result_reader *reader = arg;
    tool_result *r = reader->result;
    tool_problem *p = reader->problem;
    TOOL_TRY(take_attributes(r, reader->path, contents->attributes));
    TOOL_TRY(tool_problem_fit(p, "the input", &r->kernel));
    r->n_rhs = p->n_rhs;
    r->is_vector = p->is_vector;
    contents->arrays[0].columns = p->n_rhs * r->kernel.n_first;
    contents->arrays[1].columns = p->n_rhs * r->kernel.n_rest;
    contents->n_arrays = r->kernel.n_rest ? 2 : 1;
    snprintf(reader->row, sizeof(reader->row), "%zu numbers, of %zu charge vector%s",
             p->n_rhs * (r->kernel.n_first + r->kernel.n_rest), p->n_rhs,
             p->n_rhs == 1 ? "" : "s");
    return TOOL_OK;
}

/* Arrays are set on failure, too. */
static int read_result(tool_result *r, const char *path, tool_problem *problem)
{
    result_reader reader = {r, path, problem, ""};
    tool_attribute attributes[N_ATTRIBUTES];
    tool_array arrays[] = {{.name = "potentials", .max_rank = 3},
                           {.name = "gradients", .max_rank = 3}};
    tool_contents contents = {.arrays = arrays,
                              .n_arrays = 2,
                              .attributes = attributes,
                              .n_attributes = N_ATTRIBUTES,
                              .row = reader.row,
                              .fit = fit_result,
                              .arg = &reader,
                              .points = &attributes[POINTS]};
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
    return TOOL_OK;
}

int tool_result_read(tool_result *result, const char *path, tool_problem *problem)
{
    *result = (tool_result){.n_targets = problem->n_targets};
    int code = read_result(result, path, problem);
    if (code != TOOL_OK) tool_result_free(result);
    return code;
}

void tool_result_free(tool_result *result)
{
    free(result->potentials);
    free(result->gradients);
    result->potentials = result->gradients = NULL;
}
