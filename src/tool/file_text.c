/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text: lines become rows of one table, whose columns then are dealt out to the arrays that
 * were asked for, in their order.
 */
#include "tool/file.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beyond three coordinates and the library's 1024 charge vectors nothing is meant. */
#define MAX_COLUMNS 4096
#define FIRST_ROWS 4096

/* ---- reading ----------------------------------------------------------------------- */

typedef struct reader {
    const char *path;
    size_t line; /* counted from 1 */
    int has_header;
    tool_contents *contents;
    size_t n_rows, n_columns;
    size_t capacity;         /* rows that values has room for */
    double *values;          /* (n_rows x n_columns) */
    double row[MAX_COLUMNS]; /* of the line at hand */
} reader;

static char *skip_blanks(char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* The end of a field: what can follow a number. */
static int ends_field(char c)
{
    return c == '\0' || strchr(", \t\r\n", c) != NULL;
}

/* "# name = value" */
static void parse_comment(tool_contents *contents, char *p)
{
    p = skip_blanks(p + 1);
    for (int i = 0; i < contents->n_attributes; i++) {
        tool_attribute *a = &contents->attributes[i];
        size_t n = strlen(a->name);
        if (strncmp(p, a->name, n) != 0) continue;
        char *value = skip_blanks(p + n);
        if (*value != '=') continue;
        value = skip_blanks(value + 1);
        size_t length = strcspn(value, " \t\r\n");
        if (length >= sizeof(a->text)) length = sizeof(a->text) - 1;
        memcpy(a->text, value, length);
        a->text[length] = '\0';
        a->number = strtod(value, NULL);
        a->found = 1;
        return;
    }
}

static int bad_field(const reader *r, size_t column, const char *field)
{
    return tool_fail(TOOL_INPUT, "%s:%zu: column %zu: '%.*s' is not a number", r->path,
                     r->line, column + 1, (int)strcspn(field, ", \t\r\n"), field);
}

/* A line of names: no field is a number. */
static int is_header(char *p)
{
    for (p = skip_blanks(p); *p; p = skip_blanks(p)) {
        char *end;
        strtod(p, &end);
        if (end != p && ends_field(*end)) return 0;
        p += strcspn(p, ", \t\r\n");
        p = skip_blanks(p);
        if (*p == ',') p++;
    }
    return 1;
}

/* The numbers of a line into r->row; *n of them. */
static int parse_row(reader *r, char *p, size_t *n)
{
    *n = 0;
    for (p = skip_blanks(p); *p;) {
        char *end;
        if (*n == MAX_COLUMNS)
            return tool_fail(TOOL_INPUT, "%s:%zu: more than %d columns", r->path, r->line,
                             MAX_COLUMNS);
        double v = strtod(p, &end);
        if (end == p || !ends_field(*end)) return bad_field(r, *n, p);
        if (!isfinite(v))
            return tool_fail(TOOL_INPUT, "%s:%zu: column %zu: %.*s is not finite", r->path,
                             r->line, *n + 1, (int)(end - p), p);
        r->row[(*n)++] = v;
        p = skip_blanks(end);
        if (*p != ',') continue;
        p = skip_blanks(p + 1);
        if (*p == '\0') return bad_field(r, *n, p);
    }
    return TOOL_OK;
}

static int add_row(reader *r, char *p)
{
    size_t n;
    if (r->n_rows == 0 && !r->has_header && is_header(p)) {
        r->has_header = 1;
        return TOOL_OK;
    }
    TOOL_TRY(parse_row(r, p, &n));
    if (r->n_rows == 0) r->n_columns = n;
    if (n != r->n_columns)
        return tool_fail(TOOL_INPUT, "%s:%zu: %zu columns, but %zu in the lines before",
                         r->path, r->line, n, r->n_columns);
    if (r->n_rows == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : FIRST_ROWS;
        double *values = NULL;
        if (capacity <= SIZE_MAX / sizeof(double) / n)
            values = realloc(r->values, capacity * n * sizeof(double));
        if (values == NULL)
            return tool_fail(TOOL_RUNTIME, "%s: no memory for %zu rows of %zu numbers",
                             r->path, capacity, n);
        r->values = values;
        r->capacity = capacity;
    }
    memcpy(r->values + r->n_rows++ * n, r->row, n * sizeof(double));
    return TOOL_OK;
}

static int read_line(reader *r, char *line, size_t length)
{
    r->line++;
    if (strlen(line) != length)
        return tool_fail(TOOL_INPUT, "%s:%zu: a zero byte: not a text file", r->path,
                         r->line);
    if (r->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0) line += 3; /* UTF-8 mark */
    char *p = skip_blanks(line);
    if (*p == '#') parse_comment(r->contents, p);
    p[strcspn(p, "#")] = '\0';
    return *p ? add_row(r, p) : TOOL_OK;
}

static int read_lines(reader *r)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    int code = TOOL_OK;
    FILE *f = fopen(r->path, "r");
    if (f == NULL) return tool_fail(TOOL_INPUT, "%s: %s", r->path, strerror(errno));
    while (code == TOOL_OK && (n = getline(&line, &size, f)) >= 0)
        code = read_line(r, line, (size_t)n);
    if (code == TOOL_OK && ferror(f))
        code = tool_fail(TOOL_INPUT, "%s: %s", r->path, strerror(errno));
    fclose(f);
    free(line);
    return code;
}

/* An array gets the columns that it wants, or all that are left; an optional one stays away
 * where they are too few.  None may be left over. */
static int deal_columns(reader *r)
{
    size_t first = 0;
    int fits = 1;
    if (r->n_rows == 0 && !r->contents->may_be_empty)
        return tool_fail(TOOL_INPUT, "%s holds no numbers", r->path);
    if (r->n_rows == 0) r->n_columns = r->contents->arrays[0].columns;
    for (int k = 0; k < r->contents->n_arrays && fits; k++) {
        tool_array *a = &r->contents->arrays[k];
        size_t left = r->n_columns - first, n = a->columns ? a->columns : left;
        if (left == 0 || left < n) {
            fits = a->is_optional;
            continue;
        }
        a->rank = n == 1 ? 1 : 2;
        a->dims[0] = r->n_rows;
        a->dims[1] = n;
        a->dims[2] = 1;
        TOOL_TRY(tool_alloc(&a->data, r->n_rows, n * sizeof(double), a->name));
        for (size_t i = 0; i < r->n_rows; i++)
            memcpy((double *)a->data + i * n, r->values + i * r->n_columns + first,
                   n * sizeof(double));
        first += n;
    }
    if (fits && first == r->n_columns) return TOOL_OK;
    return tool_fail(TOOL_INPUT, "%s: %zu columns; expected %s", r->path, r->n_columns,
                     r->contents->row);
}

int tool_text_read(const char *path, tool_contents *contents)
{
    reader *r = calloc(1, sizeof(*r));
    if (r == NULL) return tool_fail(TOOL_RUNTIME, "no memory to read %s", path);
    r->path = path;
    r->contents = contents;
    int code = read_lines(r);
    if (code == TOOL_OK) code = deal_columns(r);
    free(r->values);
    free(r);
    return code;
}

/* ---- writing ----------------------------------------------------------------------- */

static void write_attribute(FILE *f, const tool_attribute *a)
{
    if (a->kind == TOOL_ATTRIBUTE_TEXT)
        fprintf(f, "# %s = %s\n", a->name, a->text);
    else
        fprintf(f, "# %s = %.17g\n", a->name, a->number);
}

/* x; q or q2; potential_x or potential_x2: axis, then the column counted from 1. */
static void write_label(FILE *f, const tool_array *a, size_t column)
{
    size_t n = tool_array_width(a);
    fputs(a->label, f);
    if (a->has_axes) {
        fputc("xyz"[column % 3], f);
        n /= 3;
        column /= 3;
    }
    if (n > 1) fprintf(f, "%zu", column + 1);
}

static void write_number(FILE *f, const tool_array *a, size_t i)
{
    if (a->is_float)
        fprintf(f, "%.9g", (double)((const float *)a->data)[i]);
    else
        fprintf(f, "%.17g", ((const double *)a->data)[i]);
}

static void write_rows(FILE *f, const tool_contents *contents, int is_header)
{
    size_t n_rows = is_header ? 1 : contents->arrays[0].dims[0];
    for (size_t row = 0; row < n_rows && !ferror(f); row++) {
        const char *comma = "";
        for (int k = 0; k < contents->n_arrays; k++) {
            const tool_array *a = &contents->arrays[k];
            size_t width = a->data ? tool_array_width(a) : 0;
            for (size_t j = 0; j < width; j++, comma = ",") {
                fputs(comma, f);
                if (is_header)
                    write_label(f, a, j);
                else
                    write_number(f, a, row * width + j);
            }
        }
        fputc('\n', f);
    }
}

int tool_text_write(const char *path, const char *shown, const tool_contents *contents)
{
    FILE *f = fopen(path, "w");
    if (f == NULL) return tool_fail(TOOL_OUTPUT, "%s: %s", shown, strerror(errno));
    for (int i = 0; i < contents->n_attributes; i++)
        write_attribute(f, &contents->attributes[i]);
    write_rows(f, contents, 1);
    write_rows(f, contents, 0);
    int failed = ferror(f);
    failed |= fclose(f) != 0;
    if (failed) return tool_fail(TOOL_OUTPUT, "%s: %s", shown, strerror(errno));
    return TOOL_OK;
}
