/* SPDX-License-Identifier: BSD-3-Clause */
#include "tool/advice.h"

#include <stdio.h>

/* Each rule writes its warning and returns 1 where it applies. */
typedef int (*rule)(const tool_facts *f, char text[TOOL_ADVICE_SIZE]);

#define WARN(...) (snprintf(text, TOOL_ADVICE_SIZE, __VA_ARGS__), 1)

static int few_workers_built(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    int built = f->runtime.built_max_cpus, cores = f->machine.n_cores_allowed;
    if (built <= 0 || built >= cores) return 0;
    return WARN(
        "this StarPU was built for at most %d CPU workers, %d cores may be used: build "
        "StarPU with --enable-maxcpus=%d",
        built, cores, cores);
}

static int too_many_workers(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    int workers = f->runtime.n_cpu_workers, pus = f->machine.n_pus_allowed;
    if (workers <= pus) return 0;
    return WARN("%d workers on %d CPUs: oversubscribed; lower STARPU_NCPU", workers, pus);
}

static int threads_beside(const char *variable, int threads, const tool_facts *f,
                          char text[TOOL_ADVICE_SIZE])
{
    if (threads <= 1 || f->runtime.n_cpu_workers < 1) return 0;
    return WARN(
        "%s=%d beside %d StarPU workers: what the host runs on those threads competes "
        "with the workers; set it to 1",
        variable, threads, f->runtime.n_cpu_workers);
}

static int omp_threads(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    return threads_beside("OMP_NUM_THREADS", f->omp_threads, f, text);
}

static int openblas_threads(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    return threads_beside("OPENBLAS_NUM_THREADS", f->openblas_threads, f, text);
}

static int cpuset(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    if (f->machine.n_pus_allowed >= f->machine.n_pus) return 0;
    return WARN(
        "this process may use %d of the machine's %d CPUs (taskset or cgroup cpuset)",
        f->machine.n_pus_allowed, f->machine.n_pus);
}

static int cpu_quota(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    double quota = f->machine.cgroup_cpus;
    int workers = f->runtime.n_cpu_workers;
    int wanted = workers > 0 ? workers : f->machine.n_pus_allowed;
    if (quota <= 0 || quota >= wanted) return 0;
    int advised = quota < 1 ? 1 : (int)quota;
    return WARN(
        "the cgroup grants the time of %.2g CPUs to %d workers, which will be throttled; "
        "set STARPU_NCPU=%d",
        quota, wanted, advised);
}

static int memory_limit(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    size_t limit = f->machine.cgroup_memory_bytes;
    if (limit == 0 || limit >= f->machine.memory_bytes) return 0;
    return WARN("the cgroup limits memory to %.2f GB of the machine's %.2f GB",
                1e-9 * (double)limit, 1e-9 * (double)f->machine.memory_bytes);
}

static int smt(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    if (f->machine.pus_per_core < 2) return 0;
    if (f->runtime.n_cpu_workers > f->machine.n_cores_allowed)
        return WARN("SMT: %d workers share %d cores, whose vector units are full with one "
                    "each; set STARPU_NCPU=%d",
                    f->runtime.n_cpu_workers, f->machine.n_cores_allowed,
                    f->machine.n_cores_allowed);
    return WARN("SMT: each core shows %d hardware threads; count cores, not threads, when "
                "setting the number of workers",
                f->machine.pus_per_core);
}

static int unknown_setting(const tool_facts *f, char text[TOOL_ADVICE_SIZE])
{
    if (f->unknown_setting == NULL) return 0;
    return WARN("%.80s is no variable of this library; see ENVIRONMENT of --help",
                f->unknown_setting);
}

int tool_advise(const tool_facts *facts, char advice[TOOL_MAX_ADVICE][TOOL_ADVICE_SIZE])
{
    static const rule rules[] = {
        few_workers_built, too_many_workers, omp_threads, openblas_threads, cpuset,
        cpu_quota,         memory_limit,     smt,         unknown_setting};
    _Static_assert(sizeof(rules) / sizeof(rules[0]) <= TOOL_MAX_ADVICE, "room for all");
    int n = 0;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        n += rules[i](facts, advice[n]);
    return n;
}
