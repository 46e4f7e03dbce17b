/* SPDX-License-Identifier: BSD-3-Clause */
/* The warnings of `starfmm info` on machines made up for them. */
#include "src/tool/advice.c"

#include <string.h>

#include "tests/support/test.h"

/* Eight cores, all allowed, and a StarPU that fits them. */
static tool_facts sound(void)
{
    tool_facts f = {.machine = {.n_packages = 1,
                                .n_cores = 8,
                                .n_pus = 8,
                                .n_cores_allowed = 8,
                                .n_pus_allowed = 8,
                                .pus_per_core = 1,
                                .memory_bytes = (size_t)16 << 30},
                    .runtime = {.built_max_cpus = 64, .n_cpu_workers = 8},
                    .omp_threads = 1};
    return f;
}

static char advice[TOOL_MAX_ADVICE][TOOL_ADVICE_SIZE];

/* Exactly one warning, with these words. */
static void check_one(const tool_facts *f, const char *words)
{
    int n = tool_advise(f, advice);
    CHECKF(n == 1, "%d warnings: %s", n, n ? advice[0] : "");
    CHECKF(n < 1 || strstr(advice[0], words), "'%s' has no '%s'", advice[0], words);
    CHECK(strlen(advice[0]) < TOOL_ADVICE_SIZE - 1);
}

SFM_CASE(nothing_to_warn_of)
{
    tool_facts f = sound();
    CHECK(tool_advise(&f, advice) == 0);
    f.runtime.built_max_cpus = 8; /* just enough */
    f.machine.cgroup_cpus = 8;
    f.machine.cgroup_memory_bytes = f.machine.memory_bytes;
    CHECK(tool_advise(&f, advice) == 0);
    memset(&f, 0, sizeof(f)); /* nothing could be found out */
    CHECK(tool_advise(&f, advice) == 0);
}

SFM_CASE(starpu_built_for_fewer)
{
    tool_facts f = sound();
    f.runtime.built_max_cpus = f.runtime.n_cpu_workers = 4;
    check_one(&f, "--enable-maxcpus=8");
}

SFM_CASE(more_workers_than_cpus)
{
    tool_facts f = sound();
    f.runtime.n_cpu_workers = 9;
    check_one(&f, "9 workers on 8 CPUs");
}

SFM_CASE(threads_beside_the_workers)
{
    tool_facts f = sound();
    f.omp_threads = 4;
    check_one(&f, "OMP_NUM_THREADS=4");
    f.omp_threads = 0;
    f.openblas_threads = 3;
    check_one(&f, "OPENBLAS_NUM_THREADS=3");
}

SFM_CASE(cgroup_limits)
{
    tool_facts f = sound();
    f.machine.cgroup_cpus = 2.5;
    check_one(&f, "STARPU_NCPU=2");
    f.machine.cgroup_cpus = 8;
    f.machine.cgroup_memory_bytes = (size_t)1 << 30;
    check_one(&f, "memory to 1.07 GB");
}

SFM_CASE(cpuset_smaller_than_the_machine)
{
    tool_facts f = sound();
    f.machine.n_pus = f.machine.n_cores = 16;
    check_one(&f, "8 of the machine's 16 CPUs");
}

SFM_CASE(smt)
{
    tool_facts f = sound();
    f.machine.pus_per_core = 2;
    f.machine.n_pus = f.machine.n_pus_allowed = 16;
    check_one(&f, "2 hardware threads");
    f.runtime.n_cpu_workers = 16;
    check_one(&f, "16 workers share 8 cores");
}

SFM_CASE(misspelt_setting)
{
    tool_facts f = sound();
    f.unknown_setting = "STARFMM_GRUOP=8";
    check_one(&f, "STARFMM_GRUOP=8 is no variable");
}

SFM_MAIN()
