/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm generate: random points and charges.  Sources, targets and charges are drawn from
 * streams of their own, so that a larger set begins with the smaller one. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/file.h"
#include "tool/options.h"
#include "tool/points.h"
#include "tool/random.h"

#define ROWS_AT_A_TIME 65536 /* between two looks at the progress line */

/* Beyond this no file system holds the file; a typing error is likelier. */
#define MAX_POINTS 1e11

enum { STREAM_SOURCES, STREAM_TARGETS, STREAM_CHARGES };

enum { CHARGES_UNIT, CHARGES_SIGNED, CHARGES_ONES };
static const char *const charge_names[] = {"unit", "signed", "ones", NULL};

typedef struct settings {
    size_t n, n_targets, n_rhs; /* SIZE_MAX: not given */
    size_t seed;
    const char *output;
    int charges, format, is_float;
} settings;

static const tool_option options[] = {
    {"number", 'n', TOOL_COUNT, offsetof(settings, n), "N", .max = MAX_POINTS,
     .help = "Number of sources.  Needed."},
    {"output", 'o', TOOL_TEXT, offsetof(settings, output), "FILE",
     .help = "File to write.  Needed."},
    {"seed", 's', TOOL_COUNT, offsetof(settings, seed), "SEED", .max = TOOL_MAX_SEED,
     .help = "Seed of the random numbers, 0 to 2^53.  Default 0.  The same seed gives\n"
             "the same points; the first n of a larger set are the smaller set."},
    {"targets", 't', TOOL_COUNT, offsetof(settings, n_targets), "M", .max = MAX_POINTS,
     .help = "Write M targets of the same kind too.  Default: none, the targets are the\n"
             "sources."},
    {"charges", 0, TOOL_CHOICE, offsetof(settings, charges), .choices = charge_names,
     .help = "Uniform in [0,1), uniform in [-1,1), or all 1.  Default unit."},
    {"rhs", 0, TOOL_COUNT, offsetof(settings, n_rhs), "K", 1, TOOL_MAX_RHS,
     .help = "Number of charge vectors.  Default 1."},
    {"format", 0, TOOL_CHOICE, offsetof(settings, format), .choices = tool_format_names,
     .help = "Format of the file.  " tool_format_rule "  HDF5 alone holds targets."},
    {"float", 0, TOOL_FLAG, offsetof(settings, is_float),
     .help = "Write single precision.  Default: double."},
    {0}};

enum { SOURCES, CHARGES, TARGETS, N_ARRAYS };

/* As tool_points_fill, and tell how far it is. */
static void draw_points(int kind, uint64_t seed, uint64_t stream, size_t n, double *x)
{
    tool_random r = tool_random_start(seed, stream);
    tool_progress("drawing %zu points", n);
    for (size_t at = 0; at < n; at += ROWS_AT_A_TIME) {
        size_t left = n - at;
        tool_points_draw(kind, &r, left < ROWS_AT_A_TIME ? left : ROWS_AT_A_TIME,
                         x + 3 * at);
        tool_progress_share(at, n);
    }
}

/* Allocate and draw the arrays, in double; the caller frees them. */
static int draw_arrays(const settings *s, int kind, tool_array a[N_ARRAYS])
{
    static const char *const names[N_ARRAYS] = {"sources", "charges", "targets"};
    for (int i = 0; i < N_ARRAYS; i++) {
        if (a[i].dims[0] == SIZE_MAX) continue; /* no targets are asked for */
        size_t row = tool_array_width(&a[i]) * sizeof(double);
        TOOL_TRY(tool_alloc(&a[i].data, a[i].dims[0], row, names[i]));
    }
    draw_points(kind, s->seed, STREAM_SOURCES, s->n, a[SOURCES].data);
    if (a[TARGETS].data)
        draw_points(kind, s->seed, STREAM_TARGETS, s->n_targets, a[TARGETS].data);
    tool_progress("drawing charges");
    tool_random r = tool_random_start(s->seed, STREAM_CHARGES);
    double *q = a[CHARGES].data;
    for (size_t i = 0; i < s->n * s->n_rhs; i++) {
        if (i % ROWS_AT_A_TIME == 0) tool_progress_share(i, s->n * s->n_rhs);
        double u = tool_random_unit(&r);
        q[i] = u;
        if (s->charges == CHARGES_SIGNED) q[i] = 2 * u - 1;
        if (s->charges == CHARGES_ONES) q[i] = 1;
    }
    return TOOL_OK;
}

/* In place: a float is never wider than the double that it replaces. */
static void narrow(tool_array *a)
{
    double *v = a->data;
    size_t n = v ? a->dims[0] * tool_array_width(a) : 0;
    a->is_float = 1;
    for (size_t i = 0; i < n; i++) {
        float f = (float)v[i];
        memcpy((char *)v + i * sizeof(f), &f, sizeof(f));
    }
}

/* Draw, convert and write; everything is freed here. */
static int generate(const settings *s, const char *kind, tool_output *out)
{
    tool_array a[N_ARRAYS] = {
        [SOURCES] = {.name = "sources",
                     .label = "",
                     .has_axes = 1,
                     .is_position = 1,
                     .meaning = "points that have charges, drawn at random",
                     .units = "any unit of length",
                     .axes = "source, x y z",
                     .rank = 2,
                     .dims = {s->n, 3, 1}},
        [CHARGES] = {.name = "charges",
                     .label = "q",
                     .meaning = "charge of each source, in each charge vector",
                     .units = "any unit of charge",
                     .axes = s->n_rhs > 1 ? "source, charge vector" : "source",
                     .rank = s->n_rhs > 1 ? 2 : 1,
                     .dims = {s->n, s->n_rhs, 1}},
        [TARGETS] = {.name = "targets",
                     .meaning = "points at which potentials are wanted, drawn at random",
                     .units = "that of the sources",
                     .axes = "target, x y z",
                     .rank = 2,
                     .dims = {s->n_targets, 3, 1}},
    };
    tool_attribute attributes[] = {{.kind = TOOL_ATTRIBUTE_TEXT, .name = "generator"},
                                   {.kind = TOOL_ATTRIBUTE_TEXT, .name = "seed"}};
    tool_contents contents = {
        .arrays = a, .n_arrays = N_ARRAYS, .attributes = attributes, .n_attributes = 2};
    snprintf(attributes[0].text, sizeof(attributes[0].text), "%s", kind);
    snprintf(attributes[1].text, sizeof(attributes[1].text), "%zu", s->seed);
    int code = draw_arrays(s, tool_points_find(kind), a);
    if (code == TOOL_OK) {
        for (int i = 0; s->is_float && i < N_ARRAYS; i++) narrow(&a[i]);
        tool_progress("writing %s", out->shown);
        code = tool_output_write(out, &contents);
    }
    for (int i = 0; i < N_ARRAYS; i++) free(a[i].data);
    return code;
}

static int run_generate(const tool_command *self, int argc, char **argv)
{
    settings s = {.n = SIZE_MAX, .n_targets = SIZE_MAX, .n_rhs = 1};
    const char *operands[TOOL_MAX_OPERANDS];
    tool_output out;
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    if (tool_points_find(operands[0]) < 0)
        return tool_fail(TOOL_USAGE,
                         "generate: unknown kind '%s'; see 'starfmm generate --help'",
                         operands[0]);
    if (s.n == SIZE_MAX) return tool_fail(TOOL_USAGE, "generate: -n N is needed");
    if (s.output == NULL) return tool_fail(TOOL_USAGE, "generate: -o FILE is needed");
    TOOL_TRY(tool_output_open(&out, s.output, (tool_format)s.format, NULL));
    int code = TOOL_OK;
    if (out.format != TOOL_FORMAT_HDF5 && s.n_targets != SIZE_MAX)
        code = tool_fail(TOOL_USAGE, "generate: text and VTK hold no targets; write HDF5");
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
        "Text: columns x, y, z, q (or q1, q2, ...) after comment lines '#' and a header.\n"
        "VTK: the sources as vertices, with data q (or q1, q2, ...).\n"
        "- is standard output.",
    .examples = "starfmm generate sphere -n 1e6 --seed 7 -o in.h5\n"
                "starfmm generate cube -n 1000 --charges signed -o in.csv",
    .run = run_generate,
};
