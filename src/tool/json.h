/* SPDX-License-Identifier: BSD-3-Clause */
/* A JSON object written to stdout, member by member. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stddef.h>

/* `key` is NULL for the outermost object and for elements of lists. */
void json_open(const char *key, char bracket); /* '{' or '[' */
void json_close(char bracket);                 /* '}' or ']' */
void json_real(const char *key, double v);     /* NaN and Inf become null */
void json_count(const char *key, size_t v);
void json_integer(const char *key, long v);
void json_bool(const char *key, int v);
void json_text(const char *key, const char *v);

#endif
