/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph/starpu_variables.h"

#include <stdlib.h>
#include <string.h>

/* What StarPU 1.3 asks for where there are CPU workers alone: a value that is no number, or
 * an integer below 0, ends the process (include/starpu_helper.h, starpu_get_env_number). */
static const char *const integers[] = {"STARPU_BACKOFF_MAX",
                                       "STARPU_BACKOFF_MIN",
                                       "STARPU_BUS_CALIBRATE",
                                       "STARPU_BUS_STATS",
                                       "STARPU_CALIBRATE",
                                       "STARPU_CALIBRATE_MINIMUM",
                                       "STARPU_CATCH_SIGNALS",
                                       "STARPU_CHECK_ENTIRE_PLATFORM",
                                       "STARPU_DIDUSE_BARRIER",
                                       "STARPU_DISABLE_ASYNCHRONOUS_COPY",
                                       "STARPU_DISABLE_KERNELS",
                                       "STARPU_DISABLE_PINNING",
                                       "STARPU_DISK_SWAP_SIZE",
                                       "STARPU_DISPLAY_BINDINGS",
                                       "STARPU_FXT_TRACE",
                                       "STARPU_GENERATE_TRACE",
                                       "STARPU_GLOBAL_ARBITER",
                                       "STARPU_HISTORY_MAX_ERROR",
                                       "STARPU_LIMIT_BANDWIDTH",
                                       "STARPU_LIMIT_CPU_MEM",
                                       "STARPU_LIMIT_CPU_NUMA_MEM",
                                       "STARPU_LIMIT_MAX_SUBMITTED_TASKS",
                                       "STARPU_LIMIT_MIN_SUBMITTED_TASKS",
                                       "STARPU_MAIN_THREAD_BIND",
                                       "STARPU_MAIN_THREAD_COREID",
                                       "STARPU_MAIN_THREAD_CPUID",
                                       "STARPU_MAX_MEMORY_USE",
                                       "STARPU_MAX_PRIO",
                                       "STARPU_MAX_WORKERSIZE",
                                       "STARPU_MEMORY_STATS",
                                       "STARPU_MINIMUM_AVAILABLE_MEM",
                                       "STARPU_MINIMUM_CLEAN_BUFFERS",
                                       "STARPU_MIN_PRIO",
                                       "STARPU_MIN_WORKERSIZE",
                                       "STARPU_NCPU",
                                       "STARPU_NCPUS",
                                       "STARPU_NTASKS_THRESHOLD",
                                       "STARPU_NTHREADS_PER_CORE",
                                       "STARPU_PERF_MODEL_HOMOGENEOUS_CPU",
                                       "STARPU_PREFETCH",
                                       "STARPU_RAND_SEED",
                                       "STARPU_RESERVE_NCPU",
                                       "STARPU_SCHED_GRAPH_TEST_DESCENDANTS",
                                       "STARPU_SCHED_READY",
                                       "STARPU_SCHED_SORTED_ABOVE",
                                       "STARPU_SCHED_SORTED_BELOW",
                                       "STARPU_SILENT",
                                       "STARPU_SINGLE_COMBINED_WORKER",
                                       "STARPU_STATS",
                                       "STARPU_SYNTHESIZE_ARITY_COMBINED_WORKER",
                                       "STARPU_TARGET_AVAILABLE_MEM",
                                       "STARPU_TARGET_CLEAN_BUFFERS",
                                       "STARPU_TASK_BREAK_ON_EXEC",
                                       "STARPU_TASK_BREAK_ON_POP",
                                       "STARPU_TASK_BREAK_ON_PUSH",
                                       "STARPU_TASK_BREAK_ON_SCHED",
                                       "STARPU_TASK_PROGRESS",
                                       "STARPU_TRACE_BUFFER_SIZE",
                                       "STARPU_USE_NUMA",
                                       "STARPU_WATCHDOG_CRASH",
                                       "STARPU_WATCHDOG_DELAY",
                                       "STARPU_WORKERS_GETBIND",
                                       "STARPU_WORKERS_NOBIND",
                                       "STARPU_WORKER_TREE"};

static const char *const decimals[] = {
    "STARPU_EXP_LEN_THRESHOLD", "STARPU_IDLE_POWER",  "STARPU_SCHED_ALPHA",
    "STARPU_SCHED_BETA",        "STARPU_SCHED_GAMMA", "STARPU_WINDOW_TIME_SIZE"};

static starfmm_status check_integer(const char *name)
{
    const char *text = getenv(name);
    char *end;
    if (!text || (strtol(text, &end, 10) >= 0 && *end == '\0')) return STARFMM_OK;
    return sfm_fail(STARFMM_ERUNTIME, "%s=%.80s: StarPU takes integers from 0 only", name,
                    text);
}

static starfmm_status check_decimal(const char *name)
{
    const char *text = getenv(name);
    char *end;
    if (!text || (strtof(text, &end), *end == '\0')) return STARFMM_OK;
    return sfm_fail(STARFMM_ERUNTIME, "%s=%.80s: StarPU takes numbers only", name, text);
}

static starfmm_status check_cpus(const char *name)
{
    const char *text = getenv(name);
    if (!text) return STARFMM_OK;
    const char *first = text + strspn(text, " ");
    if (*first >= '0' && *first <= '9') return STARFMM_OK;
    return sfm_fail(STARFMM_ERUNTIME, "%s=%.80s: StarPU takes numbers of CPUs only", name,
                    text);
}

starfmm_status sfm_starpu_variables_check(void)
{
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        SFM_TRY(check_integer(integers[i]));
    for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++)
        SFM_TRY(check_decimal(decimals[i]));
    SFM_TRY(check_cpus("STARPU_WORKERS_COREID"));
    return check_cpus("STARPU_WORKERS_CPUID");
}
