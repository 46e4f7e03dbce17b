/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm generate: random points and charges. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/commands.h"
#include "tool/output.h"
#include "tool/points.h"
#include "tool/random.h"

/* Beyond this no file system holds the file; a typing error is likelier. */
#define MAX_POINTS 1e11

enum { STREAM_SOURCES, STREAM_TARGETS, STREAM_CHARGES };
enum { CHARGES_UNIT, CHARGES_SIGNED, CHARGES_ONES };
static const char *const charge_names[] = {"unit", "signed", "ones", NULL};

typedef struct settings {
    size_t n, n_targets, n_rhs;
    uint64_t seed;
    const char *output;
    int charges, format, is_float;
} settings;

static const tool_option options[] = {
    {"number", 'n', TOOL_COUNT, offsetof(settings, n), "N", 0, MAX_POINTS, NULL,
     "Number of sources.  Needed."},
    {"output", 'o', TOOL_TEXT, offsetof(settings, output), "FILE", 0, 0, NULL,
     "File to write.  Needed."},
    {"seed", 's', TOOL_SEED, offsetof(settings, seed), "SEED", 0, 0, NULL,
     "Seed of the random numbers, 0 to 2^64 - 1.  Default 0.  The same seed gives\n"
     "the same points; the first n of a larger set are the smaller set."},
    {"targets", 't', TOOL_COUNT, offsetof(settings, n_targets), "M", 0, MAX_POINTS, NULL,
     "Write M targets of the same kind too.  Default: none, the targets are the\n"
     "sources."},
    {"charges", 0, TOOL_CHOICE, offsetof(settings, charges), NULL, 0, 0, charge_names,
     "Uniform in [0,1), uniform in [-1,1), or all 1.  Default unit."},
    {"rhs", 0, TOOL_COUNT, offsetof(settings, n_rhs), "K", 1, 1024, NULL,
     "Number of charge vectors.  Default 1."},
    {"format", 0, TOOL_CHOICE, offsetof(settings, format), NULL, 0, 0, tool_format_names,
     "Format of the file.  Default auto: text where the name ends in .csv, .tsv,\n"
     ".txt or .dat, else HDF5.  Text holds no targets."},
    {"float", 0, TOOL_FLAG, offsetof(settings, is_float), NULL, 0, 0, NULL,
     "Write single precision.  Default: double."},
    {0}};

typedef struct data {
    double *sources, *targets, *charges;
} data;

static void fill_charges(const settings *s, double *q)
{
    tool_random r = tool_random_start(s->seed, STREAM_CHARGES);
    for (size_t i = 0; i < s->n * s->n_rhs; i++) {
        double u = tool_random_unit(&r);
        q[i] = s->charges == CHARGES_ONES     ? 1
               : s->charges == CHARGES_SIGNED ? 2 * u - 1
                                              : u;
    }
}

static int fill(const settings *s, int kind, data *d)
{
    size_t point = 3 * sizeof(double);
    TOOL_TRY(tool_alloc((void **)&d->sources, s->n, point, "sources"));
    TOOL_TRY(tool_alloc((void **)&d->charges, s->n, s->n_rhs * sizeof(double), "charges"));
    tool_progress("drawing %zu points", s->n);
    tool_points_fill(kind, s->seed, STREAM_SOURCES, s->n, d->sources);
    fill_charges(s, d->charges);
    if (s->n_targets == SIZE_MAX) return TOOL_OK;
    TOOL_TRY(tool_alloc((void **)&d->targets, s->n_targets, point, "targets"));
    tool_points_fill(kind, s->seed, STREAM_TARGETS, s->n_targets, d->targets);
    return TOOL_OK;
}

/* In place: a float is never wider than the double that it replaces. */
static void narrow(double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float f = (float)v[i];
        memcpy((char *)v + i * sizeof(f), &f, sizeof(f));
    }
}

static int write_data(const settings *s, const char *kind, const data *d, tool_output *out)
{
    size_t n_targets = d->targets ? s->n_targets : 0;
    tool_array arrays[] = {
        {.name = "sources", .has_axes = 1, .rank = 2, .dims = {s->n, 3, 1}, .label = ""},
        {.name = "charges", .rank = s->n_rhs > 1 ? 2 : 1, .dims = {s->n, s->n_rhs, 1}},
        {.name = "targets", .rank = 2, .dims = {n_targets, 3, 1}},
    };
    double *values[] = {d->sources, d->charges, d->targets};
    tool_attribute attributes[] = {{.kind = TOOL_ATTRIBUTE_TEXT, .name = "generator"},
                                   {.kind = TOOL_ATTRIBUTE_TEXT, .name = "seed"}};
    tool_contents contents = {arrays, 3, attributes, 2};
    arrays[1].label = "q";
    for (int i = 0; i < 3; i++) {
        arrays[i].data = values[i];
        arrays[i].is_float = s->is_float;
        if (s->is_float && values[i])
            narrow(values[i], arrays[i].dims[0] * tool_array_width(&arrays[i]));
    }
    snprintf(attributes[0].text, sizeof(attributes[0].text), "%s", kind);
    snprintf(attributes[1].text, sizeof(attributes[1].text), "%llu",
             (unsigned long long)s->seed);
    tool_progress("writing %s", out->shown);
    return tool_output_write(out, &contents);
}

static int check(const settings *s, const char *kind)
{
    if (tool_points_find(kind) < 0)
        return tool_fail(
            TOOL_USAGE, "generate: unknown kind '%s'; see 'starfmm generate --help'", kind);
    if (s->n == SIZE_MAX) return tool_fail(TOOL_USAGE, "generate: -n N is needed");
    if (s->output == NULL) return tool_fail(TOOL_USAGE, "generate: -o FILE is needed");
    return TOOL_OK;
}

static int generate(const settings *s, const char *kind, tool_output *out)
{
    data d = {0};
    int code = fill(s, tool_points_find(kind), &d);
    if (code == TOOL_OK) code = write_data(s, kind, &d, out);
    free(d.sources);
    free(d.targets);
    free(d.charges);
    return code;
}

static int run(const tool_command *self, int argc, char **argv)
{
    settings s = {.n = SIZE_MAX, .n_targets = SIZE_MAX, .n_rhs = 1};
    const char *operands[TOOL_MAX_OPERANDS];
    tool_output out;
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    TOOL_TRY(check(&s, operands[0]));
    TOOL_TRY(tool_output_open(&out, s.output, (tool_format)s.format, NULL));
    int code = TOOL_OK;
    if (out.is_text && s.n_targets != SIZE_MAX)
        code = tool_fail(TOOL_USAGE, "generate: a text file holds no targets; write HDF5");
    if (code == TOOL_OK) code = generate(&s, operands[0], &out);
    tool_output_discard(&out);
    return code;
}

static const char *const operand_names[] = {"KIND", NULL};

const tool_command tool_generate = {
    .name = "generate",
    .brief = "write random points and charges",
    .synopsis = "KIND -n N -o FILE [OPTIONS]",
    .description =
        "Points of one of these kinds, all in the box [0,1]^3:\n"
        "  cube       uniform in the box\n"
        "  sphere     uniform on the surface of a sphere of radius 0.5\n"
        "  plummer    Plummer's star cluster, scale radius 0.01, cut off at the box\n"
        "  ellipsoid  on the surface of an ellipsoid 1:1:4, polar angle uniform\n"
        "  helix      uniform on a helix of 10 turns\n"
        "  plane      uniform on the plane z = 0.5\n"
        "  clusters   32 round blobs of widths from 0.1 down to 1e-5",
    .options = options,
    .operands = operand_names,
    .files =
        "HDF5: datasets sources (N x 3), charges (N, or N x K) and, with --targets,\n"
        "targets (M x 3); attributes generator and seed.\n"
        "Text: columns x, y, z, q (or q1, q2, ...) after comment lines '#' and a header.",
    .examples = "starfmm generate sphere -n 1e6 --seed 7 -o in.h5\n"
                "starfmm generate cube -n 1000 --charges signed -o in.csv",
    .run = run,
};
