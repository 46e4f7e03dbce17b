/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * StarPU 1.3 ends the process over a value that it cannot read (starpu_get_env_number in
 * include/starpu_helper.h), most often inside starpu_init.  Below stands what it asks for
 * where there are CPU workers alone, without the prefix STARPU_; whatever is not listed is
 * StarPU's own affair.
 */
#include "graph/starpu_variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Integers from 0. */
static const char integers[] =
    "BACKOFF_MAX BACKOFF_MIN BUS_CALIBRATE BUS_STATS CALIBRATE CALIBRATE_MINIMUM "
    "CATCH_SIGNALS CHECK_ENTIRE_PLATFORM DIDUSE_BARRIER DISABLE_ASYNCHRONOUS_COPY "
    "DISABLE_KERNELS DISABLE_PINNING DISK_SWAP_SIZE DISPLAY_BINDINGS FXT_TRACE "
    "GENERATE_TRACE GLOBAL_ARBITER HISTORY_MAX_ERROR LIMIT_BANDWIDTH LIMIT_CPU_MEM "
    "LIMIT_CPU_NUMA_MEM LIMIT_MAX_SUBMITTED_TASKS LIMIT_MIN_SUBMITTED_TASKS "
    "MAIN_THREAD_BIND MAIN_THREAD_COREID MAIN_THREAD_CPUID MAX_MEMORY_USE MAX_PRIO "
    "MAX_WORKERSIZE MEMORY_STATS MINIMUM_AVAILABLE_MEM MINIMUM_CLEAN_BUFFERS MIN_PRIO "
    "MIN_WORKERSIZE NCPU NCPUS NTASKS_THRESHOLD NTHREADS_PER_CORE "
    "PERF_MODEL_HOMOGENEOUS_CPU PREFETCH RAND_SEED RESERVE_NCPU "
    "SCHED_GRAPH_TEST_DESCENDANTS SCHED_READY SCHED_SORTED_ABOVE SCHED_SORTED_BELOW "
    "SILENT SINGLE_COMBINED_WORKER STATS SYNTHESIZE_ARITY_COMBINED_WORKER "
    "TARGET_AVAILABLE_MEM TARGET_CLEAN_BUFFERS TASK_BREAK_ON_EXEC TASK_BREAK_ON_POP "
    "TASK_BREAK_ON_PUSH TASK_BREAK_ON_SCHED TASK_PROGRESS TRACE_BUFFER_SIZE USE_NUMA "
    "WATCHDOG_CRASH WATCHDOG_DELAY WORKERS_GETBIND WORKERS_NOBIND WORKER_TREE";
/* Decimal numbers. */
static const char decimals[] =
    "EXP_LEN_THRESHOLD IDLE_POWER SCHED_ALPHA SCHED_BETA SCHED_GAMMA WINDOW_TIME_SIZE";
/* Lists of CPUs, which begin with a number. */
static const char cpu_lists[] = "WORKERS_COREID WORKERS_CPUID";

static int reads_as_integer(const char *text)
{
    char *end;
    return strtol(text, &end, 10) >= 0 && *end == '\0';
}

static int reads_as_decimal(const char *text)
{
    char *end;
    return strtof(text, &end), *end == '\0';
}

static int reads_as_cpus(const char *text)
{
    text += strspn(text, " ");
    return *text >= '0' && *text <= '9';
}

/* ERUNTIME where one of the names, parted by blanks, has a value that does not read. */
static starfmm_status check_names(const char *names, int (*reads)(const char *),
                                  const char *what)
{
    char name[64];
    for (size_t n; *names; names += n + (names[n] == ' ')) {
        n = strcspn(names, " ");
        snprintf(name, sizeof name, "STARPU_%.*s", (int)n, names);
        const char *text = getenv(name);
        if (text && !reads(text))
            return sfm_fail(STARFMM_ERUNTIME, "%s=%.80s: StarPU takes %s only", name, text,
                            what);
    }
    return STARFMM_OK;
}

starfmm_status sfm_starpu_variables_check(void)
{
    SFM_TRY(check_names(integers, reads_as_integer, "integers from 0"));
    SFM_TRY(check_names(decimals, reads_as_decimal, "numbers"));
    return check_names(cpu_lists, reads_as_cpus, "numbers of CPUs");
}
