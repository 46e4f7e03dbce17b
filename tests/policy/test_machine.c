/* SPDX-License-Identifier: BSD-3-Clause */
/* The description of machines that hwloc makes up (HWLOC_SYNTHETIC), and of this one. */
#include "policy/machine.h"

#include <sched.h>

#include "tests/support/test.h"

static sfm_machine describe(const char *synthetic)
{
    sfm_machine m;
    setenv("HWLOC_SYNTHETIC", synthetic, 1);
    CHECK_OK(sfm_machine_describe(&m));
    unsetenv("HWLOC_SYNTHETIC");
    return m;
}

SFM_CASE(two_packages_with_smt)
{
    sfm_machine m =
        describe("pack:2 [numa(memory=4294967296)] l3:2(size=33554432) l2:4(size=1048576) "
                 "l1d:1(size=32768) core:1 pu:2");
    CHECK(m.n_packages == 2 && m.n_numa == 2);
    CHECKF(m.n_cores == 16 && m.n_pus == 32, "%d cores, %d PUs", m.n_cores, m.n_pus);
    CHECK(m.n_cores_allowed == 16 && m.n_pus_allowed == 32);
    CHECK(m.cache[0].bytes == 32u << 10 && m.cache[0].instances == 16);
    CHECK(m.cache[1].bytes == 1u << 20 && m.cache[1].n_pus == 2);
    CHECK(m.cache[2].bytes == 32u << 20 && m.cache[2].instances == 4);
    CHECK(m.cache[2].n_pus == 8);
    CHECKF(m.memory_bytes == (size_t)8 << 30, "%zu bytes", m.memory_bytes);
}

SFM_CASE(no_caches_and_no_smt)
{
    sfm_machine m = describe("core:3 pu:1");
    CHECK(m.n_cores == 3 && m.n_pus == 3);
    CHECK(m.cache[0].bytes == 0 && m.cache[2].instances == 0);
}

/* The kernel's own view of the affinity is the oracle. */
SFM_CASE(bound_to_one_cpu)
{
    cpu_set_t before, one;
    REQUIRE(sched_getaffinity(0, sizeof(before), &before) == 0);
    int cpu = 0;
    while (!CPU_ISSET(cpu, &before)) cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
    sfm_machine m;
    CHECK_OK(sfm_machine_describe(&m));
    sched_setaffinity(0, sizeof(before), &before);
    CHECKF(m.n_pus_allowed == 1 && m.n_cores_allowed == 1, "%d PUs", m.n_pus_allowed);
    CHECK(m.n_pus >= CPU_COUNT(&before));
}

SFM_CASE(this_machine)
{
    cpu_set_t set;
    REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
    sfm_machine m;
    CHECK_OK(sfm_machine_describe(&m));
    CHECKF(m.n_pus_allowed == CPU_COUNT(&set), "%d PUs, the kernel says %d",
           m.n_pus_allowed, CPU_COUNT(&set));
    CHECK(m.n_cores_allowed >= 1 && m.n_cores_allowed <= m.n_cores);
    CHECK(m.memory_bytes > (size_t)64 << 20);
}

SFM_MAIN()
