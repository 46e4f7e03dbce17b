/* SPDX-License-Identifier: BSD-3-Clause */
/* The only includer of hwloc.h. */
#include "policy/machine.h"

#include <errno.h>
#include <hwloc.h>
#include <stdio.h>
#include <string.h>

#include "policy/cgroup.h"

static int count(hwloc_topology_t topology, hwloc_obj_type_t type)
{
    int n = hwloc_get_nbobjs_by_type(topology, type);
    return n > 0 ? n : 0;
}

static int count_within(hwloc_topology_t topology, hwloc_obj_type_t type,
                        hwloc_const_cpuset_t set)
{
    int n = 0;
    for (hwloc_obj_t o = NULL; (o = hwloc_get_next_obj_by_type(topology, type, o));)
        n += hwloc_bitmap_intersects(o->cpuset, set);
    return n;
}

static int most_pus_per_core(hwloc_topology_t topology)
{
    int most = 1;
    for (hwloc_obj_t o = NULL;
         (o = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, o));) {
        int n = hwloc_bitmap_weight(o->cpuset);
        most = n > most ? n : most;
    }
    return most;
}

/* The cgroup's cpuset is hwloc's "allowed" set; taskset shows in the process's binding,
 * which fails harmlessly on a topology that is not this machine's (HWLOC_SYNTHETIC). */
static hwloc_cpuset_t allowed_set(hwloc_topology_t topology)
{
    hwloc_cpuset_t bound = hwloc_bitmap_alloc();
    hwloc_cpuset_t allowed = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(topology));
    if (bound && allowed &&
        hwloc_get_cpubind(topology, bound, HWLOC_CPUBIND_PROCESS) == 0 &&
        hwloc_bitmap_intersects(bound, allowed))
        hwloc_bitmap_and(allowed, allowed, bound);
    hwloc_bitmap_free(bound);
    return allowed;
}

static void describe_caches(hwloc_topology_t topology, sfm_machine *m)
{
    static const hwloc_obj_type_t types[SFM_MACHINE_CACHE_LEVELS] = {
        HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE};
    for (int i = 0; i < SFM_MACHINE_CACHE_LEVELS; i++) {
        hwloc_obj_t o = hwloc_get_next_obj_by_type(topology, types[i], NULL);
        if (o == NULL) continue;
        m->cache[i].bytes = o->attr->cache.size;
        m->cache[i].line = o->attr->cache.linesize;
        m->cache[i].instances = count(topology, types[i]);
        m->cache[i].n_pus = hwloc_bitmap_weight(o->cpuset);
    }
}

static void describe_cpu(hwloc_topology_t topology, sfm_machine *m)
{
    hwloc_obj_t package = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PACKAGE, NULL);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    if (model) snprintf(m->cpu, sizeof m->cpu, "%s", model);
}

static starfmm_status describe(hwloc_topology_t topology, sfm_machine *m)
{
    hwloc_cpuset_t allowed = allowed_set(topology);
    if (allowed == NULL) return sfm_fail(STARFMM_ENOMEM, "no memory for a CPU set");
    m->n_packages = count(topology, HWLOC_OBJ_PACKAGE);
    m->n_numa = count(topology, HWLOC_OBJ_NUMANODE);
    m->n_cores = count(topology, HWLOC_OBJ_CORE);
    m->n_pus = count(topology, HWLOC_OBJ_PU);
    m->n_cores_allowed = count_within(topology, HWLOC_OBJ_CORE, allowed);
    m->n_pus_allowed = count_within(topology, HWLOC_OBJ_PU, allowed);
    m->pus_per_core = most_pus_per_core(topology);
    m->memory_bytes = hwloc_get_root_obj(topology)->total_memory;
    hwloc_bitmap_free(allowed);
    if (m->n_cores == 0) { /* some virtual machines show hardware threads only */
        m->n_cores = m->n_pus;
        m->n_cores_allowed = m->n_pus_allowed;
    }
    describe_caches(topology, m);
    describe_cpu(topology, m);
    return STARFMM_OK;
}

starfmm_status sfm_machine_describe(sfm_machine *machine)
{
    hwloc_topology_t topology;
    memset(machine, 0, sizeof(*machine));
    if (hwloc_topology_init(&topology) != 0)
        return sfm_fail(STARFMM_ENOMEM, "hwloc cannot create a topology");
    /* With the disallowed ones: the difference to the allowed ones is what we report. */
    starfmm_status status = STARFMM_OK;
    if (hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) != 0 ||
        hwloc_topology_load(topology) != 0)
        status = sfm_fail(STARFMM_ERUNTIME, "hwloc cannot read the machine's topology: %s",
                          strerror(errno));
    else
        status = describe(topology, machine);
    hwloc_topology_destroy(topology);
    sfm_cgroup_limits limits = sfm_cgroup_read("");
    machine->cgroup_cpus = limits.cpus;
    machine->cgroup_memory_bytes = limits.memory_bytes;
    return status;
}
