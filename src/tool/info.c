/* SPDX-License-Identifier: BSD-3-Clause */
/* starfmm info: what would run where, as StarPU, hwloc and the environment tell it.  What
 * one of them fails to tell is said on stderr; the rest is printed all the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graph/runtime.h"
#include "plan/environment.h"
#include "policy/machine.h"
#include "tool/json.h"
#include "tool/options.h"

typedef struct settings {
    int workers, json;
} settings;

static const tool_option options[] = {
    {"workers", 'w', TOOL_INTEGER, offsetof(settings, workers), "W", 1, 4096,
     .help = "Start as many CPU workers.  Default: STARPU_NCPU, else one per core."},
    {"json", 'j', TOOL_FLAG, offsetof(settings, json), .help = "Print one JSON object."},
    {0}};

typedef struct report {
    sfm_machine machine;
    sfm_runtime_description runtime; /* zero: did not start */
    const char *isa;                 /* "" where the environment is wrong */
} report;

/* Start StarPU, look, stop it: *d stays zero where it does not start. */
static starfmm_status ask_runtime(int workers, sfm_runtime_description *d)
{
    starfmm_status status = starfmm_runtime_start(workers);
    if (status != STARFMM_OK) return status;
    status = sfm_runtime_describe(d);
    starfmm_runtime_stop();
    return status;
}

/* The next entry of the environment that is called like a variable of ours and is none: a
 * slip of the pen.  NULL: no more. */
static char **find_unknown(char **entry)
{
    for (; *entry; entry++) {
        int known = strncmp(*entry, "STARFMM_", 8) != 0;
        for (int v = 0; v < SFM_N_VARIABLES && !known; v++) {
            size_t n = strlen(sfm_variables[v].name);
            known = strncmp(*entry, sfm_variables[v].name, n) == 0 && (*entry)[n] == '=';
        }
        if (!known) return entry;
    }
    return NULL;
}

/* ---- printing ---------------------------------------------------------------------- */

static void json_machine(const sfm_machine *m)
{
    json_open("machine", '{');
    json_integer("packages", m->n_packages);
    json_integer("numa_nodes", m->n_numa);
    json_integer("cores", m->n_cores);
    json_integer("cpus", m->n_pus);
    json_integer("cores_allowed", m->n_cores_allowed);
    json_integer("cpus_allowed", m->n_pus_allowed);
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
    json_count("memory_bytes", m->memory_bytes);
    json_close('}');
}

static void print_json(const report *r)
{
    const sfm_runtime_description *d = &r->runtime;
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
    for (int v = 0; v < SFM_N_VARIABLES; v++) {
        const char *value = sfm_variable_value((sfm_variable)v);
        if (value) json_text(sfm_variables[v].name, value);
    }
    json_close('}');
    json_open("warnings", '[');
    for (char **e = environ; (e = find_unknown(e)) != NULL; e++) json_text(NULL, *e);
    json_close(']');
    json_close('}');
}

static void print_machine(const sfm_machine *m)
{
    static const char *const names[SFM_MACHINE_CACHE_LEVELS] = {"L1d", "L2", "L3"};
    printf("machine     %d package%s, %d NUMA node%s, %d cores, %d CPUs\n", m->n_packages,
           m->n_packages == 1 ? "" : "s", m->n_numa, m->n_numa == 1 ? "" : "s", m->n_cores,
           m->n_pus);
    printf("  allowed   %d cores, %d CPUs\n", m->n_cores_allowed, m->n_pus_allowed);
    for (int i = 0; i < SFM_MACHINE_CACHE_LEVELS; i++)
        if (m->cache[i].bytes > 0)
            printf("  %-9s %d x %zu KiB, lines of %zu bytes, each for %d CPU%s\n", names[i],
                   m->cache[i].instances, m->cache[i].bytes / 1024, m->cache[i].line,
                   m->cache[i].n_pus, m->cache[i].n_pus == 1 ? "" : "s");
    printf("  memory    %.2f GB\n", 1e-9 * (double)m->memory_bytes);
}

static void print_text(const report *r)
{
    const sfm_runtime_description *d = &r->runtime;
    int n_set = 0;
    printf("starfmm     %s, vector kernels for %s\n", starfmm_version(),
           r->isa[0] ? r->isa : "nothing known");
    if (d->n_cpu_workers == 0)
        printf("StarPU      not running\n");
    else
        printf("StarPU      %s, %d CPU workers, scheduler %s\n"
               "  built     at most %d CPU workers, %d buffers in a task, %s FxT traces\n",
               d->version, d->n_cpu_workers, d->scheduler, d->built_max_cpus,
               d->max_buffers, d->has_fxt ? "with" : "without");
    print_machine(&r->machine);
    printf("settings    of this library's variables:\n");
    for (int v = 0; v < SFM_N_VARIABLES; v++) {
        const char *value = sfm_variable_value((sfm_variable)v);
        if (value) n_set += printf("  %s=%s\n", sfm_variables[v].name, value) > 0;
    }
    if (n_set == 0) printf("  none is set\n");
    for (char **e = environ; (e = find_unknown(e)) != NULL; e++)
        printf("warning     %s is no variable of this library; see --help\n", *e);
}

static int run_info(const tool_command *self, int argc, char **argv)
{
    settings s = {0};
    report r = {.isa = ""};
    sfm_environment e;
    const char *operands[TOOL_MAX_OPERANDS];
    TOOL_TRY(tool_parse(self, argc, argv, &s, operands));
    int code = tool_check(sfm_machine_describe(&r.machine), "machine");
    int wrong = tool_check(sfm_environment_read(&e), "environment");
    if (wrong == TOOL_OK) { /* else StarPU is not started */
        r.isa = sfm_isa_name(e.isa);
        wrong = tool_check(ask_runtime(s.workers, &r.runtime), "StarPU");
    }
    if (s.json)
        print_json(&r);
    else
        print_text(&r);
    return wrong ? wrong : code;
}

static const char *const operand_names[] = {NULL};

const tool_command tool_info = {
    .name = "info",
    .brief = "the machine, StarPU and its limits, and what is set",
    .synopsis = "[OPTIONS]",
    .description =
        "Starts StarPU and prints its version, workers, scheduler and the limits that it\n"
        "was built with; cores, caches and NUMA nodes, and what of them this process may\n"
        "use; the variables of this library that are set, and those that are none.",
    .options = options,
    .operands = operand_names,
    .examples = "starfmm info\n"
                "STARPU_SCHED=prio starfmm info --json",
    .run = run_info,
};
