/* SPDX-License-Identifier: BSD-3-Clause */
/* One object is written at a time, so that where it stands is kept here: how many brackets
 * are open, and whether the innermost one has a member yet. */
#include "tool/json.h"

#include <math.h>
#include <stdio.h>

static int depth;        /* open brackets, also the indentation in steps of two */
static int is_first = 1; /* no comma before the next member */

/* A string, with JSON's escapes for what may not stand in one. */
static void quote(const char *s)
{
    putchar('"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < ' ')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

/* The comma, the line and the key before a value. */
static void begin_value(const char *key)
{
    if (!is_first) putchar(',');
    if (depth > 0) printf("\n%*s", 2 * depth, "");
    is_first = 0;
    if (key == NULL) return;
    quote(key);
    fputs(": ", stdout);
}

void json_open(const char *key, char bracket)
{
    begin_value(key);
    putchar(bracket);
    depth++;
    is_first = 1;
}

void json_close(char bracket)
{
    depth--;
    if (!is_first) printf("\n%*s", 2 * depth, "");
    putchar(bracket);
    is_first = 0;
    if (depth > 0) return;
    putchar('\n');
    is_first = 1;
}

void json_real(const char *key, double v)
{
    begin_value(key);
    if (isfinite(v))
        printf("%.9g", v);
    else
        fputs("null", stdout);
}

void json_count(const char *key, size_t v)
{
    begin_value(key);
    printf("%zu", v);
}

void json_integer(const char *key, long v)
{
    begin_value(key);
    printf("%ld", v);
}

void json_bool(const char *key, int v)
{
    begin_value(key);
    fputs(v ? "true" : "false", stdout);
}

void json_text(const char *key, const char *v)
{
    begin_value(key);
    quote(v);
}
