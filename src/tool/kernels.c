/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm kernels: which there are, what their sources hold and their targets receive. */
#include "tool/kernels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tool/json.h"
#include "tool/options.h"

/* ---- names ------------------------------------------------------------------------- */

static size_t reals_of(const sfm_kernel *kernel)
{
    return kernel->properties & STARFMM_COMPLEX ? 2 : 1;
}

/* Every kind of targets goes on where another ends: a run is called as the first kind that
 * ends with it.  Of sources, as the kind that has nothing else. */
static const char *quantity_name(const sfm_kernel *kernel, const starfmm_kind *kind,
                                 const tool_quantity *q, int tensor)
{
    for (int i = 0; i < kernel->n_targets && kind >= kernel->target; i++)
        if ((size_t)kernel->target[i].dim == q->first + q->dim)
            return kernel->target[i].name;
    for (int i = 0; i < kernel->n_sources && kind < kernel->target; i++)
        if ((size_t)kernel->source[i].dim == q->dim &&
            kernel->source[i].tensor[0] == tensor)
            return kernel->source[i].name;
    return kind->name;
}

int tool_quantities(const sfm_kernel *kernel, const starfmm_kind *kind,
                    tool_quantity quantity[STARFMM_MAX_COMPONENTS])
{
    int n = 0;
    for (size_t at = 0; at < (size_t)kind->dim; n++) {
        quantity[n].first = at;
        quantity[n].dim = reals_of(kernel) * kind->tensor[n];
        quantity[n].name = quantity_name(kernel, kind, &quantity[n], kind->tensor[n]);
        at += quantity[n].dim;
    }
    return n;
}

void tool_name_components(const sfm_kernel *kernel, const starfmm_kind *kind,
                          tool_components *c)
{
    static const char *const axes[4][9] = {
        {""},
        {"_x", "_y", "_z"},
        {"_xx", "_xy", "_xz", "_yy", "_yz", "_zz"},
        {"_xx", "_xy", "_xz", "_yx", "_yy", "_yz", "_zx", "_zy", "_zz"}};
    tool_quantity quantity[STARFMM_MAX_COMPONENTS];
    const size_t reals = reals_of(kernel);
    const int n = tool_quantities(kernel, kind, quantity);
    for (const tool_quantity *q = quantity; q < quantity + n; q++) {
        const size_t numbers = q->dim / reals;
        const char *const *axis = axes[(numbers > 1) + (numbers > 3) + (numbers > 6)];
        for (size_t i = 0; i < q->dim; i++) {
            char *text = c->text[q->first + i];
            snprintf(text, sizeof(c->text[0]), "%.32s%s%s", q->name, axis[i / reals],
                     reals == 1 ? ""
                     : i % 2    ? "_im"
                                : "_re");
            c->name[q->first + i] = text;
        }
    }
}

/* ---- choosing ---------------------------------------------------------------------- */

int tool_kernel_choose(tool_kernel *k, const char *kernel, const char *sources,
                       const char *targets, int gradient)
{
    k->kernel = sfm_kernel_find(kernel);
    if (k->kernel == NULL)
        return tool_fail(TOOL_USAGE, "unknown kernel '%s'; see 'starfmm kernels'", kernel);
    TOOL_TRY(tool_check(sfm_kernel_find_kinds(k->kernel, sources, targets, gradient,
                                              &k->source, &k->target),
                        "kernel"));
    k->n_source = (size_t)k->kernel->source[k->source].dim;
    k->n_first = (size_t)k->kernel->target[0].dim;
    k->n_rest = (size_t)k->kernel->target[k->target].dim - k->n_first;
    return TOOL_OK;
}

void tool_kernel_options(const tool_kernel *k, starfmm_options *o)
{
    o->kernel = k->kernel->id;
    o->params[0] = k->param;
    o->sources = k->kernel->source[k->source].name;
    o->targets = k->kernel->target[k->target].name;
}

/* ---- the list ---------------------------------------------------------------------- */

typedef struct settings {
    int json;
} settings;

static const tool_option options[] = {
    {"json", 'j', TOOL_FLAG, offsetof(settings, json), .help = "Print one JSON object."},
    {0}};

static void json_kinds(const char *name, const sfm_kernel *kernel, const starfmm_kind *kind,
                       int n)
{
    json_open(name, '[');
    for (int i = 0; i < n; i++) {
        tool_components c;
        tool_name_components(kernel, &kind[i], &c);
        json_open(NULL, '{');
        json_text("kind", kind[i].name);
        json_open("components", '[');
        for (int k = 0; k < kind[i].dim; k++) json_text(NULL, c.name[k]);
        json_close(']');
        json_close('}');
    }
    json_close(']');
}

static void json_kernel(const sfm_kernel *kernel)
{
    json_open(NULL, '{');
    json_text("name", kernel->name);
    json_open("parameters", '[');
    for (int i = 0; i < kernel->n_params; i++) {
        const starfmm_parameter *p = &kernel->param[i];
        json_open(NULL, '{');
        json_text("name", p->name);
        json_integer("power_of_inverse_length", p->power);
        json_real("min", p->min);
        json_bool("above_min", p->above_min);
        json_real("max", p->max); /* null: any */
        json_close('}');
    }
    json_close(']');
    json_kinds("sources", kernel, kernel->source, kernel->n_sources);
    json_kinds("targets", kernel, kernel->target, kernel->n_targets);
    json_close('}');
}

static void print_kinds(const char *name, const sfm_kernel *kernel,
                        const starfmm_kind *kind, int n)
{
    for (int i = 0; i < n; i++) {
        tool_components c;
        tool_name_components(kernel, &kind[i], &c);
        printf("  %-9s %-12s", i ? "" : name, kind[i].name);
        for (int k = 0; k < kind[i].dim; k++) {
            if (k && k % 5 == 0) printf("\n%24s", "");
            printf(" %s", c.name[k]);
        }
        putchar('\n');
    }
}

static void print_kernel(const sfm_kernel *kernel)
{
    printf("%s\n", kernel->name);
    for (int i = 0; i < kernel->n_params; i++) {
        const starfmm_parameter *p = &kernel->param[i];
        printf("  parameter %-12s %s %g", p->name, p->above_min ? "above" : "at least",
               p->min);
        if (isfinite(p->max)) printf(", at most %g", p->max);
        if (p->power == 1) printf(", in 1 / (unit of the coordinates)");
        putchar('\n');
    }
    print_kinds("sources", kernel, kernel->source, kernel->n_sources);
    print_kinds("targets", kernel, kernel->target, kernel->n_targets);
}

static int run_kernels(const tool_command *self, int argc, char **argv)
{
    settings s = {0};
    const char *operands[TOOL_MAX_OPERANDS];
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    if (s.json) json_open(NULL, '[');
    for (int i = 0; tool_kernel_names[i]; i++)
        (s.json ? json_kernel : print_kernel)(sfm_kernel_get((starfmm_kernel)i));
    if (s.json) json_close(']');
    return TOOL_OK;
}

static const char *const operand_names[] = {NULL};

const tool_command tool_kernels = {
    .name = "kernels",
    .brief = "the kernels, their parameters and kinds of sources and targets",
    .synopsis = "[OPTIONS]",
    .description =
        "Prints of each kernel its parameters and, for each kind of sources and of\n"
        "targets, the components of a point in the order of files: what --kernel, "
        "--param,\n"
        "--sources and --results of 'starfmm evaluate' take.  Kinds and components that\n"
        "come first are the default.",
    .options = options,
    .operands = operand_names,
    .examples = "starfmm kernels\n"
                "starfmm kernels --json",
    .run = run_kernels,
};
