/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan/tuning.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/environment.h"
#include "base/memory.h"
#include "base/files.h"

#define MAX_LINE 1024
#define MAX_ENTRIES 4096

typedef enum field_kind { WORD, INTEGER, COUNT, REAL } field_kind;

/* One table reads and writes. */
static const struct field {
    const char *name;
    field_kind kind;
    size_t offset;
    double max; /* of a number, which is at least 0 */
} fields[] = {
    {"machine", WORD, offsetof(sfm_tuning, machine), 0},
    {"kernel", WORD, offsetof(sfm_tuning, kernel), 0},
    {"precision", WORD, offsetof(sfm_tuning, precision), 0},
    {"digits", INTEGER, offsetof(sfm_tuning, digits), 100},
    {"order", INTEGER, offsetof(sfm_tuning, order), 100},
    {"check_order", INTEGER, offsetof(sfm_tuning, check_order), 100},
    {"gradient", INTEGER, offsetof(sfm_tuning, gradient), 1},
    {"sources", COUNT, offsetof(sfm_tuning, n_sources), 1e15},
    {"targets", COUNT, offsetof(sfm_tuning, n_targets), 1e15},
    {"spread", INTEGER, offsetof(sfm_tuning, spread), 4096},
    {"n_crit", INTEGER, offsetof(sfm_tuning, n_crit), SFM_MAX_N_CRIT},
    {"group_size", INTEGER, offsetof(sfm_tuning, group_size), SFM_MAX_GROUP_SIZE},
    {"m2l", WORD, offsetof(sfm_tuning, m2l), 0},
    {"scheduler", WORD, offsetof(sfm_tuning, scheduler), 0},
    {"ratio", REAL, offsetof(sfm_tuning, ratio), 1e6},
};
#define N_FIELDS (sizeof fields / sizeof *fields)

/* ---- reading --------------------------------------------------------------- */

static int read_field(const struct field *f, const char *text, sfm_tuning *t)
{
    void *to = (char *)t + f->offset;
    char *end;
    size_t length = strlen(text);
    if (f->kind == WORD) {
        if (length == 0 || length >= SFM_TUNING_WORD) return 0;
        memcpy(to, text, length + 1);
        return 1;
    }
    double v = strtod(text, &end);
    if (end == text || *end != '\0' || !(v >= 0 && v <= f->max)) return 0;
    if (f->kind == REAL) {
        *(double *)to = v;
        return 1;
    }
    if (v != (double)(size_t)v) return 0;
    if (f->kind == INTEGER)
        *(int *)to = (int)v;
    else
        *(size_t *)to = (size_t)v;
    return 1;
}

static int is_method(const char *name)
{
    for (int i = 0; sfm_m2l_names[i]; i++)
        if (strcmp(name, sfm_m2l_names[i]) == 0) return 1;
    return 0;
}

/* Every field once, and nothing else. */
static int read_line(char *line, sfm_tuning *t)
{
    unsigned seen = 0;
    char *rest = NULL;
    for (char *pair = strtok_r(line, " \t\r\n", &rest); pair;
         pair = strtok_r(NULL, " \t\r\n", &rest)) {
        char *value = strchr(pair, '=');
        size_t k = 0;
        if (!value) return 0;
        *value++ = '\0';
        while (k < N_FIELDS && strcmp(fields[k].name, pair) != 0) k++;
        if (k == N_FIELDS || seen >> k & 1 || !read_field(&fields[k], value, t)) return 0;
        seen |= 1u << k;
    }
    return seen == (1u << N_FIELDS) - 1 && is_method(t->m2l);
}

static starfmm_status append(sfm_tunings *t, const sfm_tuning *entry)
{
    sfm_tuning *grown = sfm_alloc(t->n + 1, sizeof *grown);
    if (!grown) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu settings", t->n + 1);
    if (t->n) memcpy(grown, t->entry, t->n * sizeof *grown);
    grown[t->n] = *entry;
    sfm_free(t->entry);
    t->entry = grown;
    t->n++;
    return STARFMM_OK;
}

static starfmm_status read_all(FILE *file, const char *path, sfm_tunings *t)
{
    char line[MAX_LINE];
    if (!fgets(line, sizeof line, file) ||
        strncmp(line, SFM_TUNING_MAGIC, strlen(SFM_TUNING_MAGIC)) != 0)
        return sfm_fail(STARFMM_EFORMAT,
                        "%s is no profile of this starfmm: line 1 is not '%s'", path,
                        SFM_TUNING_MAGIC);
    for (size_t number = 2; fgets(line, sizeof line, file); number++) {
        sfm_tuning entry = {.digits = 0};
        size_t length = strlen(line);
        if (length && line[0] == '#') continue;
        if (length == 0 || line[length - 1] != '\n' || !read_line(line, &entry))
            return sfm_fail(STARFMM_EFORMAT, "%s:%zu is damaged: mend or delete the file",
                            path, number);
        if (t->n == MAX_ENTRIES)
            return sfm_fail(STARFMM_EFORMAT, "%s has more than %d settings", path,
                            MAX_ENTRIES);
        SFM_TRY(append(t, &entry));
    }
    if (ferror(file)) return sfm_fail(STARFMM_EIO, "%s cannot be read", path);
    return STARFMM_OK;
}

starfmm_status sfm_tunings_load(const char *path, sfm_tunings *t)
{
    struct stat s;
    char reason[128];
    *t = (sfm_tunings){0};
    /* Of a pipe nobody knows when it ends. */
    if (stat(path, &s) == 0 && !S_ISREG(s.st_mode))
        return sfm_fail(STARFMM_EIO, "%s is not a regular file", path);
    FILE *file = fopen(path, "re");
    if (!file && (errno == ENOENT || errno == ENOTDIR)) return STARFMM_OK;
    if (!file)
        return sfm_fail(STARFMM_EIO, "%s: %s", path,
                        strerror_r(errno, reason, sizeof reason));
    starfmm_status status = read_all(file, path, t);
    fclose(file);
    if (status != STARFMM_OK) sfm_tunings_free(t);
    return status;
}

/* ---- writing --------------------------------------------------------------- */

static int write_field(const struct field *f, const sfm_tuning *t, char *to, size_t room)
{
    const void *from = (const char *)t + f->offset;
    switch (f->kind) {
    case WORD:
        return snprintf(to, room, "%s=%s ", f->name, (const char *)from);
    case INTEGER:
        return snprintf(to, room, "%s=%d ", f->name, *(const int *)from);
    case COUNT:
        return snprintf(to, room, "%s=%zu ", f->name, *(const size_t *)from);
    case REAL:
        break;
    }
    return snprintf(to, room, "%s=%.3f ", f->name, *(const double *)from);
}

/* One line; its length. */
static size_t write_line(const sfm_tuning *t, char line[MAX_LINE])
{
    size_t used = 0;
    for (size_t k = 0; k < N_FIELDS; k++)
        used += (size_t)write_field(&fields[k], t, line + used, MAX_LINE - used);
    line[used - 1] = '\n';
    return used;
}

starfmm_status sfm_tunings_save(const char *path, const sfm_tunings *t)
{
    static const char head[] = SFM_TUNING_MAGIC
        "\n# Written by 'starfmm tune'; delete a line, or the file, to forget.\n";
    char *text = sfm_alloc(t->n + 1, MAX_LINE);
    size_t used = sizeof head - 1;
    if (!text) return sfm_fail(STARFMM_ENOMEM, "no memory for %zu settings", t->n);
    memcpy(text, head, used);
    for (size_t i = 0; i < t->n; i++) used += write_line(&t->entry[i], text + used);
    starfmm_status status = sfm_make_folder_of(path);
    if (status == STARFMM_OK) status = sfm_replace_file(path, text, used);
    sfm_free(text);
    return status;
}

starfmm_status sfm_tunings_put(sfm_tunings *t, const sfm_tuning *entry)
{
    const sfm_tuning *old = sfm_tunings_find(t, entry);
    if (old) {
        size_t at = (size_t)(old - t->entry);
        memmove(&t->entry[at], &t->entry[at + 1], (t->n - at - 1) * sizeof *t->entry);
        t->n--;
    }
    return append(t, entry);
}

void sfm_tunings_free(sfm_tunings *t)
{
    sfm_free(t->entry);
    *t = (sfm_tunings){0};
}
