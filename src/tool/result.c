/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POTENTIALS, GRADIENTS, N_ARRAYS };
enum { KERNEL, KAPPA, PRECISION, DIGITS, ORDER, CHECK_ORDER, VERSION, N_ATTRIBUTES };

static void name_attributes(tool_attribute a[N_ATTRIBUTES])
{
    static const tool_attribute names[N_ATTRIBUTES] = {
        [KERNEL] = {.name = "kernel", .kind = TOOL_ATTRIBUTE_TEXT},
        [KAPPA] = {.name = "kappa", .kind = TOOL_ATTRIBUTE_REAL},
        [PRECISION] = {.name = "precision", .kind = TOOL_ATTRIBUTE_TEXT},
        [DIGITS] = {.name = "digits", .kind = TOOL_ATTRIBUTE_INTEGER},
        [ORDER] = {.name = "order", .kind = TOOL_ATTRIBUTE_INTEGER},
        [CHECK_ORDER] = {.name = "check_order", .kind = TOOL_ATTRIBUTE_INTEGER},
        [VERSION] = {.name = "starfmm_version", .kind = TOOL_ATTRIBUTE_TEXT},
    };
    memcpy(a, names, sizeof(names));
}

/* ---- writing ----------------------------------------------------------------------- */

static void set_text(tool_attribute *a, const char *text)
{
    snprintf(a->text, sizeof(a->text), "%s", text);
}

static void describe(const tool_result *r, tool_attribute a[N_ATTRIBUTES])
{
    name_attributes(a);
    set_text(&a[KERNEL], tool_kernel_names[r->kernel]);
    set_text(&a[PRECISION], tool_precision_names[r->precision]);
    set_text(&a[VERSION], starfmm_version());
    a[KAPPA].number = r->kappa;
    a[DIGITS].number = r->digits;
    a[ORDER].number = r->order;
    a[CHECK_ORDER].number = r->check_order;
}

int tool_result_write(const tool_result *result, tool_output *out)
{
    const tool_result *r = result;
    tool_attribute attributes[N_ATTRIBUTES];
    int is_float = r->precision == STARFMM_FLOAT;
    tool_array arrays[N_ARRAYS] = {
        [POTENTIALS] = {.name = "potentials",
                        .label = "potential",
                        .is_float = is_float,
                        .rank = r->is_vector ? 1 : 2,
                        .dims = {r->n_targets, r->n_rhs, 1},
                        .data = r->potentials},
        [GRADIENTS] = {.name = "gradients",
                       .label = "gradient_",
                       .has_axes = 1,
                       .is_float = is_float,
                       .rank = r->is_vector ? 2 : 3,
                       .dims = {r->n_targets, r->is_vector ? 3 : r->n_rhs,
                                r->is_vector ? 1 : 3},
                       .data = r->gradients},
    };
    tool_contents contents = {arrays, N_ARRAYS, attributes, N_ATTRIBUTES};
    describe(r, attributes);
    return tool_output_write(out, &contents);
}

/* ---- reading ----------------------------------------------------------------------- */

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

static int take_attributes(tool_result *r, const char *path,
                           const tool_attribute a[N_ATTRIBUTES])
{
    int kernel, precision;
    for (int i = 0; i < N_ATTRIBUTES; i++)
        if (!a[i].found)
            return tool_fail(TOOL_INPUT,
                             "%s has no attribute '%s': not written by 'starfmm evaluate'?",
                             path, a[i].name);
    TOOL_TRY(find_choice(path, &a[KERNEL], tool_kernel_names, &kernel));
    TOOL_TRY(find_choice(path, &a[PRECISION], tool_precision_names, &precision));
    r->kernel = (starfmm_kernel)kernel;
    r->precision = (starfmm_precision)precision;
    r->kappa = a[KAPPA].number;
    r->digits = small_integer(a[DIGITS].number);
    r->order = small_integer(a[ORDER].number);
    r->check_order = small_integer(a[CHECK_ORDER].number);
    return TOOL_OK;
}

static int check_shape(const char *path, const tool_array *a, size_t n_rows, size_t width)
{
    if (a->data == NULL || (a->dims[0] == n_rows && tool_array_width(a) == width))
        return TOOL_OK;
    return tool_fail(
        TOOL_INPUT,
        "%s: '%s' is %zu x %zu numbers, but the input wants %zu x %zu: the result "
        "of another input?",
        path, a->name, a->dims[0], tool_array_width(a), n_rows, width);
}

static int read_hdf5(tool_result *r, const char *path, tool_contents *contents)
{
    tool_array arrays[N_ARRAYS] = {
        [POTENTIALS] = {.name = "potentials"},
        [GRADIENTS] = {.name = "gradients", .is_optional = 1},
    };
    contents->arrays = arrays;
    contents->n_arrays = N_ARRAYS;
    int code = tool_hdf5_read(path, contents);
    r->potentials = arrays[POTENTIALS].data;
    r->gradients = arrays[GRADIENTS].data;
    TOOL_TRY(code);
    TOOL_TRY(check_shape(path, &arrays[POTENTIALS], r->n_targets, r->n_rhs));
    return check_shape(path, &arrays[GRADIENTS], r->n_targets, 3 * r->n_rhs);
}

/* The columns are the potentials, then the gradients if there are any. */
static int split_table(tool_result *r, const char *path, const tool_table *t)
{
    size_t k = r->n_rhs;
    if (t->n_rows != r->n_targets ||
        (t->n_rows > 0 && t->n_columns != k && t->n_columns != 4 * k))
        return tool_fail(
            TOOL_INPUT,
            "%s: %zu lines of %zu numbers, but the input wants %zu of %zu or %zu: "
            "the result of another input?",
            path, t->n_rows, t->n_columns, r->n_targets, k, 4 * k);
    TOOL_TRY(tool_alloc(&r->potentials, t->n_rows, k * sizeof(double), "potentials"));
    if (t->n_columns == 4 * k)
        TOOL_TRY(tool_alloc(&r->gradients, t->n_rows, 3 * k * sizeof(double), "gradients"));
    for (size_t i = 0; i < t->n_rows; i++) {
        const double *row = t->values + i * t->n_columns;
        memcpy((double *)r->potentials + i * k, row, k * sizeof(double));
        if (r->gradients)
            memcpy((double *)r->gradients + i * 3 * k, row + k, 3 * k * sizeof(double));
    }
    return TOOL_OK;
}

static int read_text(tool_result *r, const char *path, tool_contents *contents)
{
    tool_table table;
    int code = tool_text_read(path, &table, contents);
    if (code == TOOL_OK) code = split_table(r, path, &table);
    free(table.values);
    return code;
}

int tool_result_read(tool_result *result, const char *path, const tool_problem *problem)
{
    tool_attribute attributes[N_ATTRIBUTES];
    tool_contents contents = {.attributes = attributes, .n_attributes = N_ATTRIBUTES};
    int is_hdf5;
    name_attributes(attributes);
    memset(result, 0, sizeof(*result));
    result->n_targets = problem->n_targets;
    result->n_rhs = problem->n_rhs;
    result->is_vector = problem->is_vector;
    TOOL_TRY(tool_file_detect(path, &is_hdf5));
    int code =
        is_hdf5 ? read_hdf5(result, path, &contents) : read_text(result, path, &contents);
    if (code == TOOL_OK) code = take_attributes(result, path, attributes);
    if (code != TOOL_OK) tool_result_free(result);
    return code;
}

void tool_result_free(tool_result *result)
{
    free(result->potentials);
    free(result->gradients);
    result->potentials = result->gradients = NULL;
}
