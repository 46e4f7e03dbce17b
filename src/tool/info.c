/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm info: what would run where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/environment.h"
#include "graph/runtime.h"
#include "policy/machine.h"
#include "tool/commands.h"
#include "tool/json.h"

typedef struct settings {
    int workers, json;
} settings;

static const tool_option options[] = {
    {"workers", 'w', TOOL_INTEGER, offsetof(settings, workers), "W", 1, 4096, NULL,
     "Start as many CPU workers.  Default: STARPU_NCPU, else one per core."},
    {"json", 'j', TOOL_FLAG, offsetof(settings, json), NULL, 0, 0, NULL,
     "Print one JSON object."},
    {0}};

typedef struct report {
    sfm_machine machine;
    sfm_runtime_description runtime; /* zero: did not start */
    const char *isa;                 /* "" where the environment is wrong */
    const char *unknown;             /* a variable called like one of ours */
} report;

/* ---- gathering --------------------------------------------------------------------- */

static starfmm_status ask_runtime(int workers, sfm_runtime_description *d)
{
    starfmm_status status = starfmm_runtime_start(workers);
    if (status != STARFMM_OK) return status;
    status = sfm_runtime_describe(d);
    starfmm_runtime_stop();
    return status;
}

static int ask_environment(report *r)
{
    sfm_environment e;
    starfmm_status status = sfm_environment_read(&e);
    if (status != STARFMM_OK) return tool_fail_status(status, "environment");
    r->isa = sfm_isa_name(e.isa);
    return TOOL_OK;
}

/* The first variable that is called like one of ours and is none: a slip of the pen. */
static const char *find_unknown(void)
{
    for (char **entry = environ; *entry; entry++) {
        int known = strncmp(*entry, "STARFMM_", 8) != 0;
        for (int v = 0; v < SFM_N_VARIABLES && !known; v++) {
            const char *name = sfm_variable_name((sfm_variable)v);
            size_t n = strlen(name);
            known = strncmp(*entry, name, n) == 0 && (*entry)[n] == '=';
        }
        if (!known) return *entry;
    }
    return NULL;
}

/* Warning number i from what StarPU, hwloc and the environment tell, "" where there is no
 * reason for it. */
#define N_WARNINGS 3
static const char *warn(const report *r, int i, char text[160])
{
    int workers = r->runtime.n_cpu_workers, built = r->runtime.built_max_cpus;
    int cores = r->machine.n_cores_allowed;
    text[0] = '\0';
    if (i == 0 && built > 0 && built < cores)
        snprintf(text, 160, "this StarPU was built for %d CPU workers, %d cores may be used",
                 built, cores);
    if (i == 1 && workers > cores)
        snprintf(text, 160, "%d workers share %d cores", workers, cores);
    if (i == 2 && r->unknown)
        snprintf(text, 160, "%.80s is no variable of this library; see --help", r->unknown);
    return text;
}

/* ---- printing ---------------------------------------------------------------------- */

static void json_caches(const sfm_machine *m)
{
    json_open("caches", '[');
    for (int i = 0; i < SFM_MACHINE_CACHE_LEVELS; i++) {
        if (m->cache[i].bytes == 0) continue;
        json_open(NULL, '{');
        json_integer("level", i + 1);
        json_count("bytes", m->cache[i].bytes);
        json_count("line", m->cache[i].line);
        json_integer("instances", m->cache[i].instances);
        json_integer("cpus_per_instance", m->cache[i].n_pus);
        json_close('}');
    }
    json_close(']');
}

static void json_machine(const sfm_machine *m)
{
    json_open("machine", '{');
    json_integer("packages", m->n_packages);
    json_integer("numa_nodes", m->n_numa);
    json_integer("cores", m->n_cores);
    json_integer("cpus", m->n_pus);
    json_integer("cores_allowed", m->n_cores_allowed);
    json_integer("cpus_allowed", m->n_pus_allowed);
    json_caches(m);
    json_count("memory_bytes", m->memory_bytes);
    json_close('}');
}

static void print_json(const report *r)
{
    const sfm_runtime_description *d = &r->runtime;
    char text[160];
    json_open(NULL, '{');
    json_text("version", starfmm_version());
    json_text("isa", r->isa);
    json_open("starpu", '{');
    json_bool("running", d->n_cpu_workers > 0);
    json_text("version", d->version);
    json_integer("workers", d->n_cpu_workers);
    json_text("scheduler", d->scheduler);
    json_bool("fxt", d->has_fxt);
    json_integer("max_cpu_workers", d->built_max_cpus);
    json_integer("max_buffers", d->max_buffers);
    json_close('}');
    json_machine(&r->machine);
    json_open("settings", '{');
    for (int v = 0; v < SFM_N_VARIABLES; v++)
        if (sfm_variable_value((sfm_variable)v))
            json_text(sfm_variable_name((sfm_variable)v),
                      sfm_variable_value((sfm_variable)v));
    json_close('}');
    json_open("warnings", '[');
    for (int i = 0; i < N_WARNINGS; i++)
        if (warn(r, i, text)[0]) json_text(NULL, text);
    json_close(']');
    json_close('}');
}

static void print_runtime(const sfm_runtime_description *d)
{
    if (d->n_cpu_workers == 0) {
        printf("StarPU      not running\n");
        return;
    }
    printf("StarPU      %s, %d CPU workers, scheduler %s\n", d->version, d->n_cpu_workers,
           d->scheduler);
    printf("  built     at most %d CPU workers, %d buffers in a task, %s FxT traces\n",
           d->built_max_cpus, d->max_buffers, d->has_fxt ? "with" : "without");
}

static void print_machine(const sfm_machine *m)
{
    static const char *const names[SFM_MACHINE_CACHE_LEVELS] = {"L1d", "L2", "L3"};
    printf("machine     %d package%s, %d NUMA node%s, %d cores, %d CPUs\n",
           m->n_packages, m->n_packages == 1 ? "" : "s", m->n_numa,
           m->n_numa == 1 ? "" : "s", m->n_cores, m->n_pus);
    printf("  allowed   %d cores, %d CPUs\n", m->n_cores_allowed, m->n_pus_allowed);
    for (int i = 0; i < SFM_MACHINE_CACHE_LEVELS; i++)
        if (m->cache[i].bytes > 0)
            printf("  %-9s %d x %zu KiB, lines of %zu bytes, each for %d CPUs\n", names[i],
                   m->cache[i].instances, m->cache[i].bytes / 1024, m->cache[i].line,
                   m->cache[i].n_pus);
    printf("  memory    %.2f GB\n", 1e-9 * (double)m->memory_bytes);
}

static void print_settings(void)
{
    int n = 0;
    printf("settings    of this library's variables:\n");
    for (int v = 0; v < SFM_N_VARIABLES; v++) {
        const char *value = sfm_variable_value((sfm_variable)v);
        if (value) n += printf("  %s=%s\n", sfm_variable_name((sfm_variable)v), value) > 0;
    }
    if (n == 0) printf("  none is set\n");
}

static void print_text(const report *r)
{
    char text[160];
    int n = 0;
    printf("starfmm     %s, vector kernels for %s\n", starfmm_version(),
           r->isa[0] ? r->isa : "nothing known");
    print_runtime(&r->runtime);
    print_machine(&r->machine);
    print_settings();
    for (int i = 0; i < N_WARNINGS; i++)
        if (warn(r, i, text)[0]) n += printf("warning     %s\n", text) > 0;
    if (n == 0) printf("no warnings\n");
}

/* Whatever StarPU does, the rest is told: it may explain why. */
static int run(const tool_command *self, int argc, char **argv)
{
    settings s = {0};
    report r = {.isa = ""};
    int code = TOOL_OK;
    const char *operands[TOOL_MAX_OPERANDS];
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    starfmm_status status = sfm_machine_describe(&r.machine);
    if (status != STARFMM_OK) code = tool_fail_status(status, "machine");
    int wrong = ask_environment(&r);
    if (wrong)
        code = wrong; /* StarPU is not started then */
    else if ((status = ask_runtime(s.workers, &r.runtime)) != STARFMM_OK)
        code = tool_fail_status(status, "StarPU");
    r.unknown = find_unknown();
    if (s.json)
        print_json(&r);
    else
        print_text(&r);
    return code;
}

static const char *const operand_names[] = {NULL};

const tool_command tool_info = {
    .name = "info",
    .brief = "the machine, StarPU and its limits, and what may be slow",
    .synopsis = "[OPTIONS]",
    .description = "Starts StarPU and prints its version, workers, scheduler and the "
                   "limits that it was\n"
                   "built with; cores, caches and NUMA nodes; the limits of this process; "
                   "and warnings:\n"
                   "more workers than cores, a StarPU built for fewer CPUs than there are.",
    .options = options,
    .operands = operand_names,
    .examples = "starfmm info\n"
                "STARPU_SCHED=prio starfmm info --json",
    .run = run,
};
