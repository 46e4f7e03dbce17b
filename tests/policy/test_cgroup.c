/* SPDX-License-Identifier: BSD-3-Clause */
/* Limits of fabricated control groups of both versions. */
#include "policy/cgroup.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

static char root[64];

/* Write `text` to root/path, making the folders on the way. */
static void put(const char *path, const char *text)
{
    char full[256];
    snprintf(full, sizeof(full), "%s/%s", root, path);
    for (char *p = strchr(full + strlen(root) + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(full, 0755);
        *p = '/';
    }
    FILE *f = fopen(full, "w");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) abort();
}

static void begin(void)
{
    strcpy(root, "/tmp/starfmm-cgroup-XXXXXX");
    if (mkdtemp(root) == NULL) abort();
}

static void end(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    CHECK(system(command) == 0);
}

static void check_limits(double cpus, size_t bytes)
{
    sfm_cgroup_limits got = sfm_cgroup_read(root);
    CHECKF(got.cpus == cpus, "cpus %g, expected %g", got.cpus, cpus);
    CHECKF(got.memory_bytes == bytes, "bytes %zu, expected %zu", got.memory_bytes, bytes);
}

SFM_CASE(no_files_no_limits)
{
    begin();
    check_limits(0, 0);
    end();
}

SFM_CASE(version_2_the_tightest_of_the_ancestors)
{
    begin();
    put("proc/self/cgroup", "0::/outer/inner\n");
    put("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
    put("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
    put("sys/fs/cgroup/outer/inner/memory.max", "1073741824\n");
    put("sys/fs/cgroup/outer/memory.max", "2147483648\n");
    put("sys/fs/cgroup/memory.max", "max\n");
    check_limits(1.5, 1073741824u);
    end();
}

SFM_CASE(version_1_controllers_apart)
{
    begin();
    put("proc/self/cgroup", "7:cpuset:/\n4:memory:/job\n2:cpu,cpuacct:/job\n0::/\n");
    put("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "50000\n");
    put("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
    put("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "4096000\n");
    check_limits(0.5, 4096000);
    end();
}

SFM_CASE(version_1_without_limits)
{
    begin();
    put("proc/self/cgroup", "4:memory:/\n2:cpu:/\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    check_limits(0, 0);
    end();
}

SFM_CASE(path_of_the_host_inside_a_container)
{
    begin();
    put("proc/self/cgroup", "0::/system.slice/docker-0123.scope\n");
    put("sys/fs/cgroup/cpu.max", "300000 100000\n");
    check_limits(3, 0);
    end();
}

SFM_CASE(garbage_is_no_limit)
{
    begin();
    put("proc/self/cgroup", "garbage\n:::\n0::\n");
    put("sys/fs/cgroup/cpu.max", "many few\n");
    put("sys/fs/cgroup/memory.max", "-17\n");
    check_limits(0, 0);
    end();
}

SFM_MAIN()
