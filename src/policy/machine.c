/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hwloc's tree of the machine is loaded with the parts that this process may not use, and
 * objects of each type are counted in it: all, and those that meet the allowed cpuset.
 */
#include "policy/machine.h"

#include <errno.h>
#include <hwloc.h>
#include <string.h>

/* Objects of a type that meet a cpuset; NULL: all of them. */
static int count_objects(hwloc_topology_t topology, hwloc_obj_type_t type,
                         hwloc_const_cpuset_t set)
{
    int n = 0;
    for (hwloc_obj_t o = NULL; (o = hwloc_get_next_obj_by_type(topology, type, o));)
        n += !set || hwloc_bitmap_intersects(o->cpuset, set);
    return n;
}

/* The cgroup's cpuset is hwloc's "allowed" set; taskset shows in the process's binding,
 * which fails harmlessly on a topology that is not this machine's (HWLOC_SYNTHETIC). */
static hwloc_cpuset_t find_allowed(hwloc_topology_t topology)
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

static starfmm_status count_all(hwloc_topology_t topology, sfm_machine *m)
{
    static const hwloc_obj_type_t caches[SFM_MACHINE_CACHE_LEVELS] = {
        HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE};
    hwloc_cpuset_t allowed = find_allowed(topology);
    if (!allowed) return sfm_fail(STARFMM_ENOMEM, "no memory for a CPU set");
    m->n_packages = count_objects(topology, HWLOC_OBJ_PACKAGE, NULL);
    m->n_numa = count_objects(topology, HWLOC_OBJ_NUMANODE, NULL);
    m->n_cores = count_objects(topology, HWLOC_OBJ_CORE, NULL);
    m->n_pus = count_objects(topology, HWLOC_OBJ_PU, NULL);
    m->n_cores_allowed = count_objects(topology, HWLOC_OBJ_CORE, allowed);
    m->n_pus_allowed = count_objects(topology, HWLOC_OBJ_PU, allowed);
    m->memory_bytes = hwloc_get_root_obj(topology)->total_memory;
    hwloc_bitmap_free(allowed);
    if (m->n_cores == 0) { /* some virtual machines show hardware threads only */
        m->n_cores = m->n_pus;
        m->n_cores_allowed = m->n_pus_allowed;
    }
    for (int i = 0; i < SFM_MACHINE_CACHE_LEVELS; i++) {
        hwloc_obj_t o = hwloc_get_next_obj_by_type(topology, caches[i], NULL);
        if (o)
            m->cache[i] = (sfm_cache){.bytes = o->attr->cache.size,
                                      .line = o->attr->cache.linesize,
                                      .instances = count_objects(topology, caches[i], NULL),
                                      .n_pus = hwloc_bitmap_weight(o->cpuset)};
    }
    return STARFMM_OK;
}

starfmm_status sfm_machine_describe(sfm_machine *machine)
{
    hwloc_topology_t topology;
    starfmm_status status;
    memset(machine, 0, sizeof *machine);
    if (hwloc_topology_init(&topology) != 0)
        return sfm_fail(STARFMM_ENOMEM, "hwloc cannot create a topology");
    if (hwloc_topology_set_flags(topology, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) != 0 ||
        hwloc_topology_load(topology) != 0)
        status = sfm_fail(STARFMM_ERUNTIME, "hwloc cannot read the machine's topology: %s",
                          strerror(errno));
    else
        status = count_all(topology, machine);
    hwloc_topology_destroy(topology);
    return status;
}
