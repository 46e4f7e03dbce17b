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
#include <sys/stat.h>

#define FIRST_NUMBERS 16384
#define ROWS_AT_A_TIME 16384 /* between two looks at the progress line */
#define BLANKS " \t\r\n"
#define PARTS "," BLANKS /* what stands between fields */

/* ---- reading ----------------------------------------------------------------------- */

typedef struct reader {
    const char *path;
    size_t line; /* counted from 1 */
    int has_header;
    size_t n_labels; /* in the header */
    tool_contents *contents;
    size_t n_rows, n_columns;
    size_t n, capacity; /* numbers in values, and how many it has room for */
    double *values;     /* (n_rows x n_columns) */
} reader;

static char *skip_blanks(char *p)
{
    return p + strspn(p, BLANKS);
}

/* "# name = value" */
static void parse_comment(tool_contents *contents, const char *p)
{
    char name[64], value[200];
    if (sscanf(p, "# %63[^= \t] = %199s", name, value) != 2) return;
    for (int i = 0; i < contents->n_attributes; i++) {
        tool_attribute *a = &contents->attributes[i];
        if (strcmp(name, a->name) != 0) continue;
        strcpy(a->text, value);
        a->number = strtod(value, NULL);
        a->found = 1;
    }
}

/* The end of the number that the field at p is; NULL where it is none. */
static char *parse_number(char *p, double *v)
{
    char *end;
    *v = strtod(p, &end);
    return end == p || strchr(PARTS, *end) == NULL ? NULL : end; /* finds a '\0', too */
}

/* A line of names: no field is a number. */
static int is_header(reader *r, char *p)
{
    double v;
    r->n_labels = 0;
    for (p += strspn(p, PARTS); *p; p += strcspn(p, PARTS), p += strspn(p, PARTS)) {
        if (parse_number(p, &v)) return 0;
        r->n_labels++;
    }
    return 1;
}

static int add_number(reader *r, double v)
{
    if (r->n == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : FIRST_NUMBERS;
        double *values = NULL;
        if (capacity <= SIZE_MAX / sizeof(double))
            values = realloc(r->values, capacity * sizeof(double));
        if (values == NULL)
            return tool_fail(TOOL_RUNTIME, "%s: no memory for %zu numbers", r->path,
                             capacity);
        r->values = values;
        r->capacity = capacity;
    }
    r->values[r->n++] = v;
    return TOOL_OK;
}

/* The numbers of a line, of which there is one at least. */
static int add_row(reader *r, char *p)
{
    size_t n = 0;
    while (*p) {
        double v;
        char *end = parse_number(p, &v);
        if (end == NULL)
            return tool_fail(TOOL_INPUT, "%s:%zu: column %zu: '%.*s' is not a number",
                             r->path, r->line, n + 1, (int)strcspn(p, PARTS), p);
        if (!isfinite(v))
            return tool_fail(TOOL_INPUT, "%s:%zu: column %zu: %.*s is not finite", r->path,
                             r->line, n + 1, (int)(end - p), p);
        TOOL_TRY(add_number(r, v));
        n++;
        p = skip_blanks(end);
        if (*p != ',') continue;
        p = skip_blanks(p + 1);
        if (*p == '\0')
            return tool_fail(TOOL_INPUT, "%s:%zu: column %zu is empty", r->path, r->line,
                             n + 1);
    }
    if (r->n_rows++ == 0) r->n_columns = n;
    if (n == r->n_columns) return TOOL_OK;
    return tool_fail(TOOL_INPUT, "%s:%zu: %zu columns, but %zu in the lines before",
                     r->path, r->line, n, r->n_columns);
}

/* Comments end a line; the first line may be a header, and may begin with a byte order
 * mark, as spreadsheets write it. */
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
    if (*p == '\0') return TOOL_OK;
    if (r->n_rows > 0 || r->has_header || !is_header(r, p)) return add_row(r, p);
    r->has_header = 1;
    return TOOL_OK;
}

static int read_lines(reader *r)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    int code = TOOL_OK;
    struct stat s;
    FILE *f = fopen(r->path, "r");
    if (f == NULL || fstat(fileno(f), &s) != 0)
        return tool_fail(TOOL_INPUT, "%s: %s", r->path, strerror(errno));
    while (code == TOOL_OK && (n = getline(&line, &size, f)) >= 0) {
        code = read_line(r, line, (size_t)n);
        if (r->line % ROWS_AT_A_TIME == 0)
            tool_progress_share((size_t)ftello(f), (size_t)s.st_size);
    }
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
    const tool_attribute *points = r->contents->points;
    size_t first = points && points->found && points->number != 0 ? 3 : 0;
    int fits = 1;
    if (r->n_rows == 0 && !r->has_header)
        return tool_fail(TOOL_INPUT, "%s holds no numbers", r->path);
    if (r->n_rows == 0) r->n_columns = r->n_labels;
    for (int k = 0; k < r->contents->n_arrays && fits; k++) {
        tool_array *a = &r->contents->arrays[k];
        size_t left = first < r->n_columns ? r->n_columns - first : 0,
               n = a->columns ? a->columns : left;
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
    reader r = {.path = path, .contents = contents};
    int code = read_lines(&r);
    if (code == TOOL_OK && contents->fit) code = contents->fit(contents, contents->arg);
    if (code == TOOL_OK) code = deal_columns(&r);
    free(r.values);
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

void tool_write_label(FILE *f, const tool_array *a, size_t column, int with_axis)
{
    size_t n = tool_array_width(a);
    if (a->labels && (with_axis || !a->has_axes)) {
        fputs(a->labels[column % a->n_labels], f);
        if (n > a->n_labels) fprintf(f, "%zu", column / a->n_labels + 1);
        return;
    }
    fputs(a->label, f);
    if (a->has_axes) {
        if (with_axis) fprintf(f, "%s%c", a->label[0] ? "_" : "", "xyz"[column % 3]);
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

/* One line per row, or the one of labels; arrays without data have no columns. */
static void write_rows(FILE *f, const tool_contents *contents, int is_header)
{
    size_t n_rows = is_header ? 1 : contents->arrays[0].dims[0];
    for (size_t row = 0; row < n_rows && !ferror(f); row++) {
        if (row % ROWS_AT_A_TIME == 0) tool_progress_share(row, n_rows);
        const char *comma = "";
        for (int k = 0; k < contents->n_arrays; k++) {
            const tool_array *a = &contents->arrays[k];
            size_t width = a->data ? tool_array_width(a) : 0;
            for (size_t j = 0; j < width; j++, comma = ",") {
                fputs(comma, f);
                if (is_header)
                    tool_write_label(f, a, j, 1);
                else
                    write_number(f, a, row * width + j);
            }
        }
        fputc('\n', f);
    }
}

int tool_text_write(FILE *f, const tool_contents *contents)
{
    for (int i = 0; i < contents->n_attributes; i++)
        write_attribute(f, &contents->attributes[i]);
    write_rows(f, contents, 1);
    write_rows(f, contents, 0);
    return TOOL_OK;
}
