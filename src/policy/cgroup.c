/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A line of /proc/self/cgroup is "id:controllers:path".  Version 2 has the one line
 * "0::path" and its files in /sys/fs/cgroup<path>; version 1 a line and a folder per
 * controller.
 *
 *              CPU quota                                memory
 *   version 2  cpu.max: "quota period" or "max period"  memory.max: bytes or "max"
 *   version 1  cpu.cfs_quota_us (-1: none),             memory.limit_in_bytes
 *              cpu.cfs_period_us                        (huge: none)
 *
 * In a container the path may be the host's, its group being mounted at the top: folders
 * that do not exist are skipped and the top is always read.
 */
#include "policy/cgroup.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Version 1 reports "no limit" as LONG_MAX rounded down to a page. */
#define NO_MEMORY_LIMIT ((double)INT64_MAX / 2)

/* The first two numbers of a file ("max" is none): how many there are. */
static int read_numbers(const char *folder, const char *file, double v[2])
{
    char path[PATH_MAX], line[128] = "";
    if (snprintf(path, sizeof(path), "%s/%s", folder, file) >= (int)sizeof(path)) return 0;
    FILE *f = fopen(path, "r");
    if (f == NULL) return 0;
    int n = fgets(line, sizeof(line), f) ? sscanf(line, "%lf %lf", &v[0], &v[1]) : 0;
    fclose(f);
    return n > 0 ? n : 0;
}

static void tighten_cpus(sfm_cgroup_limits *limits, double quota, double period)
{
    if (quota <= 0 || period <= 0) return;
    double cpus = quota / period;
    if (limits->cpus == 0 || cpus < limits->cpus) limits->cpus = cpus;
}

static void tighten_memory(sfm_cgroup_limits *limits, double bytes)
{
    if (bytes <= 0 || bytes >= NO_MEMORY_LIMIT) return;
    if (limits->memory_bytes == 0 || bytes < (double)limits->memory_bytes)
        limits->memory_bytes = (size_t)bytes;
}

static void read_folder(const char *folder, sfm_cgroup_limits *limits)
{
    double v[2], period[2];
    if (read_numbers(folder, "cpu.max", v) == 2) tighten_cpus(limits, v[0], v[1]);
    if (read_numbers(folder, "cpu.cfs_quota_us", v) >= 1 &&
        read_numbers(folder, "cpu.cfs_period_us", period) >= 1)
        tighten_cpus(limits, v[0], period[0]);
    if (read_numbers(folder, "memory.max", v) >= 1) tighten_memory(limits, v[0]);
    if (read_numbers(folder, "memory.limit_in_bytes", v) >= 1) tighten_memory(limits, v[0]);
}

/* The group's folder below `mount`, then each parent, up to the mount itself. */
static void read_upwards(const char *mount, const char *group, sfm_cgroup_limits *limits)
{
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof(folder), "%s%s", mount, group) >= (int)sizeof(folder))
        return;
    size_t top = strlen(mount);
    for (;;) {
        read_folder(folder, limits);
        char *slash = strrchr(folder + top, '/');
        if (slash == NULL) return;
        *slash = '\0';
    }
}

static int has_controller(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = list; (p = strstr(p, name)); p += n)
        if ((p == list || p[-1] == ',') && (p[n] == ',' || p[n] == '\0')) return 1;
    return 0;
}

static void read_line(const char *root, char *line, sfm_cgroup_limits *limits)
{
    char mount[PATH_MAX];
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (group == NULL) return;
    *group++ = '\0';
    controllers++;
    if (controllers[0] == '\0') {
        snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup", root);
        read_upwards(mount, group, limits);
        return;
    }
    int is_cpu = has_controller(controllers, "cpu");
    if (!is_cpu && !has_controller(controllers, "memory")) return;
    snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup/%s", root, controllers);
    read_upwards(mount, group, limits);
    snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup/%s", root, is_cpu ? "cpu" : "memory");
    read_upwards(mount, group, limits);
}

sfm_cgroup_limits sfm_cgroup_read(const char *root)
{
    sfm_cgroup_limits limits = {0};
    char path[PATH_MAX], line[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/proc/self/cgroup", root) >= (int)sizeof(path))
        return limits;
    FILE *f = fopen(path, "r");
    if (f == NULL) return limits;
    while (fgets(line, sizeof(line), f)) read_line(root, line, &limits);
    fclose(f);
    return limits;
}
