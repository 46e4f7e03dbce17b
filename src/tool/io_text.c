/* SPDX-License-Identifier: BSD-3-Clause */
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

int tool_text_named(const char *path)
{
    static const char *const endings[] = {".csv", ".tsv", ".txt", ".dat", NULL};
    const char *dot = strrchr(path, '.');
    return dot != NULL && tool_choice_find(endings, dot) >= 0;
}

/* ---- reading --------------------------------------------------------------------- */

typedef struct reader {
    const char *path;
    size_t line;
    size_t capacity; /* rows that table->values has room for */
    int has_header;
    tool_table *table;
    tool_contents *contents;
    double row[MAX_COLUMNS];
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

static int make_room(reader *r)
{
    tool_table *t = r->table;
    if (t->n_rows < r->capacity) return TOOL_OK;
    size_t capacity = r->capacity ? 2 * r->capacity : FIRST_ROWS;
    double *values = NULL;
    if (capacity <= SIZE_MAX / sizeof(double) / t->n_columns)
        values = realloc(t->values, capacity * t->n_columns * sizeof(double));
    if (values == NULL)
        return tool_fail(TOOL_RUNTIME, "%s: no memory for %zu rows of %zu numbers", r->path,
                         capacity, t->n_columns);
    t->values = values;
    r->capacity = capacity;
    return TOOL_OK;
}

static int add_row(reader *r, char *p)
{
    size_t n;
    tool_table *t = r->table;
    if (t->n_rows == 0 && !r->has_header && is_header(p)) {
        r->has_header = 1;
        return TOOL_OK;
    }
    TOOL_TRY(parse_row(r, p, &n));
    if (t->n_rows == 0) t->n_columns = n;
    if (n != t->n_columns)
        return tool_fail(TOOL_INPUT, "%s:%zu: %zu columns, but %zu in the lines before",
                         r->path, r->line, n, t->n_columns);
    TOOL_TRY(make_room(r));
    memcpy(t->values + t->n_rows++ * n, r->row, n * sizeof(double));
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

int tool_text_read(const char *path, tool_table *table, tool_contents *contents)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    int code = TOOL_OK;
    memset(table, 0, sizeof(*table));
    reader *r = calloc(1, sizeof(*r));
    if (r == NULL) return tool_fail(TOOL_RUNTIME, "no memory to read %s", path);
    r->path = path;
    r->table = table;
    r->contents = contents;
    FILE *f = fopen(path, "r");
    if (f == NULL) code = tool_fail(TOOL_INPUT, "%s: %s", path, strerror(errno));
    while (code == TOOL_OK && (n = getline(&line, &size, f)) >= 0)
        code = read_line(r, line, (size_t)n);
    if (code == TOOL_OK && ferror(f))
        code = tool_fail(TOOL_INPUT, "%s: %s", path, strerror(errno));
    if (f != NULL) fclose(f);
    free(line);
    free(r);
    return code;
}

/* ---- writing --------------------------------------------------------------------- */

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
