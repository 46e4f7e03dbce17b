/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RHS 1024 /* of starfmm_evaluate */

enum { SOURCES, CHARGES, TARGETS, N_ARRAYS };

/* ---- HDF5 -------------------------------------------------------------------------- */

static int check_finite(const char *path, const tool_array *a)
{
    size_t width = tool_array_width(a);
    const double *v = a->data;
    for (size_t i = 0; a->data && i < a->dims[0] * width; i++)
        if (!isfinite(v[i]))
            return tool_fail(TOOL_INPUT, "%s: %s[%zu][%zu] is %g: not finite", path,
                             a->name, i / width, i % width, v[i]);
    return TOOL_OK;
}

static int check_points(const char *path, const tool_array *a)
{
    if (a->data == NULL) return TOOL_OK;
    if (a->rank != 2 || a->dims[1] != 3)
        return tool_fail(TOOL_INPUT, "%s: '%s' has rank %d and %zu columns; expected n x 3",
                         path, a->name, a->rank, a->dims[1]);
    return check_finite(path, a);
}

static int check_charges(const char *path, const tool_array *a, size_t n_sources)
{
    if (a->rank > 2 || a->dims[1] < 1 || a->dims[1] > MAX_RHS)
        return tool_fail(TOOL_INPUT,
                         "%s: 'charges' has rank %d and %zu columns; expected n, or n x k "
                         "with k from 1 to %d",
                         path, a->rank, a->dims[1], MAX_RHS);
    if (a->dims[0] != n_sources)
        return tool_fail(TOOL_INPUT, "%s: %zu charges for %zu sources", path, a->dims[0],
                         n_sources);
    return check_finite(path, a);
}

static void take(tool_problem *p, tool_array a[N_ARRAYS])
{
    p->sources = a[SOURCES].data;
    p->charges = a[CHARGES].data;
    p->targets = a[TARGETS].data;
    p->n_sources = a[SOURCES].dims[0];
    p->n_targets = p->targets ? a[TARGETS].dims[0] : p->n_sources;
    p->n_rhs = a[CHARGES].dims[1];
    p->is_vector = a[CHARGES].rank == 1;
}

static int read_hdf5(tool_problem *p, const char *path)
{
    tool_array a[N_ARRAYS] = {
        [SOURCES] = {.name = "sources"},
        [CHARGES] = {.name = "charges"},
        [TARGETS] = {.name = "targets", .is_optional = 1},
    };
    tool_contents contents = {.arrays = a, .n_arrays = N_ARRAYS};
    int code = tool_hdf5_read(path, &contents);
    take(p, a); /* also after a failure: tool_problem_free frees what was read */
    TOOL_TRY(code);
    TOOL_TRY(check_points(path, &a[SOURCES]));
    TOOL_TRY(check_charges(path, &a[CHARGES], a[SOURCES].dims[0]));
    return check_points(path, &a[TARGETS]);
}

/* ---- text -------------------------------------------------------------------------- */

/* Columns first .. first + n - 1 of a table as an array of their own. */
static int take_columns(const tool_table *t, size_t first, size_t n, double **columns)
{
    TOOL_TRY(
        tool_alloc((void **)columns, t->n_rows, n * sizeof(double), "columns of text"));
    for (size_t i = 0; i < t->n_rows; i++)
        memcpy(*columns + i * n, t->values + i * t->n_columns + first, n * sizeof(double));
    return TOOL_OK;
}

static int take_table(tool_problem *p, const char *path, const tool_table *t)
{
    if (t->n_rows == 0) return tool_fail(TOOL_INPUT, "%s holds no numbers", path);
    if (t->n_columns < 4 || t->n_columns > 3 + MAX_RHS)
        return tool_fail(TOOL_INPUT, "%s: %zu columns; expected x y z and 1 to %d charges",
                         path, t->n_columns, MAX_RHS);
    p->n_sources = p->n_targets = t->n_rows;
    p->n_rhs = t->n_columns - 3;
    p->is_vector = p->n_rhs == 1;
    TOOL_TRY(take_columns(t, 0, 3, &p->sources));
    return take_columns(t, 3, p->n_rhs, &p->charges);
}

static int read_text(tool_problem *p, const char *path)
{
    tool_table table;
    tool_contents no_attributes = {0};
    int code = tool_text_read(path, &table, &no_attributes);
    if (code == TOOL_OK) code = take_table(p, path, &table);
    free(table.values);
    return code;
}

/* ---- targets of their own file ----------------------------------------------------- */

static int read_targets_hdf5(tool_problem *p, const char *path)
{
    tool_array a = {.name = "targets"};
    tool_contents contents = {.arrays = &a, .n_arrays = 1};
    int code = tool_hdf5_read(path, &contents);
    p->targets = a.data;
    p->n_targets = a.dims[0];
    TOOL_TRY(code);
    return check_points(path, &a);
}

static int read_targets_text(tool_problem *p, const char *path)
{
    tool_table table;
    tool_contents no_attributes = {0};
    int code = tool_text_read(path, &table, &no_attributes);
    p->targets = table.values;
    p->n_targets = table.n_rows;
    TOOL_TRY(code);
    if (table.n_columns != 3)
        return tool_fail(TOOL_INPUT, "%s: %zu columns; expected x y z", path,
                         table.n_columns);
    return TOOL_OK;
}

static int read_targets(tool_problem *p, const char *path)
{
    int is_hdf5;
    free(p->targets);
    p->targets = NULL;
    TOOL_TRY(tool_file_detect(path, &is_hdf5));
    return is_hdf5 ? read_targets_hdf5(p, path) : read_targets_text(p, path);
}

static int read_all(tool_problem *p, const char *path, const char *targets_path)
{
    int is_hdf5;
    TOOL_TRY(tool_file_detect(path, &is_hdf5));
    tool_progress("reading %s", path);
    TOOL_TRY(is_hdf5 ? read_hdf5(p, path) : read_text(p, path));
    return targets_path ? read_targets(p, targets_path) : TOOL_OK;
}

int tool_problem_read(tool_problem *problem, const char *path, const char *targets_path)
{
    memset(problem, 0, sizeof(*problem));
    int code = read_all(problem, path, targets_path);
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

const double *tool_problem_targets(const tool_problem *problem)
{
    return problem->targets ? problem->targets : problem->sources;
}
