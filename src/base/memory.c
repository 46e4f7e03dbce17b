/* SPDX-License-Identifier: BSD-3-Clause */
/* Arrays from the C library, large ones on huge pages; buffers from the system. */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Allocations until failure; 0: never fail; 1: fail from the next one on. */
static atomic_long fail_after;

void sfm_alloc_fail_after(long n)
{
    atomic_store(&fail_after, n);
}

static int must_fail(void)
{
    long left = atomic_load_explicit(&fail_after, memory_order_relaxed);
    if (left == 0) return 0;
    if (left == 1) return 1;
    atomic_fetch_sub(&fail_after, 1);
    return 0;
}

/* From here on an array is worth huge pages: a fault less per 4 KB, and fewer TLB misses. */
#define HUGE_ARRAY ((size_t)4 << 20)
#define HUGE_PAGE ((size_t)2 << 20)

static void advise_huge(void *p, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    madvise(p, bytes, MADV_HUGEPAGE);
#else
    (void)p, (void)bytes;
#endif
}

static void *allocate_array(size_t count, size_t size, int huge)
{
    void *p = NULL;
    if (must_fail()) return NULL;
    if (size != 0 && count > (SIZE_MAX - SFM_ALIGN) / size) return NULL;
    size_t bytes = count * size;
    if (!huge || bytes < HUGE_ARRAY) {
        bytes = (bytes + SFM_ALIGN - 1) / SFM_ALIGN * SFM_ALIGN;
        return aligned_alloc(SFM_ALIGN, bytes ? bytes : SFM_ALIGN);
    }
    if (posix_memalign(&p, HUGE_PAGE, bytes) != 0) return NULL;
    advise_huge(p, bytes);
    return p;
}

void *sfm_alloc(size_t count, size_t size)
{
    return allocate_array(count, size, 1);
}

void *sfm_alloc_sparse(size_t count, size_t size)
{
    return allocate_array(count, size, 0);
}

void *sfm_calloc(size_t count, size_t size)
{
    void *p = sfm_alloc(count, size);
    if (p) memset(p, 0, count * size);
    return p;
}

void sfm_free(void *p)
{
    free(p);
}

void *sfm_pages_alloc(size_t bytes)
{
    if (must_fail()) return NULL;
    void *p = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    advise_huge(p, bytes);
    return p;
}

int sfm_address_space_has(size_t bytes)
{
    if (must_fail()) return 0;
    void *p =
        mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return 0;
    munmap(p, bytes);
    return 1;
}

void sfm_pages_free(void *p, size_t bytes)
{
    if (p) munmap(p, bytes ? bytes : 1);
}
