/* SPDX-License-Identifier: BSD-3-Clause */
/* Aligned memory.  Every allocation of the library's big arrays goes through here, so that
 * tests can make the n-th one fail. */
#ifndef SFM_MEMORY_H
#define SFM_MEMORY_H

#include <stddef.h>

#define SFM_ALIGN 64 /* one cache line, one AVX-512 vector */

/* `count` x `size` bytes, 64-byte aligned, not cleared; never NULL for count 0; NULL when
 * memory is short or count x size overflows. */
void *sfm_alloc(size_t count, size_t size);
/* The same for an array that is used in places only: pages between them cost nothing. */
void *sfm_alloc_sparse(size_t count, size_t size);
/* The same as sfm_alloc, cleared. */
void *sfm_calloc(size_t count, size_t size);
void sfm_free(void *p);

/* Large cleared memory straight from the system: pages cost nothing until first touched, so
 * that the worker that first writes a page decides where it lies.  NULL when short. */
void *sfm_pages_alloc(size_t bytes);
void sfm_pages_free(void *p, size_t bytes);

/* May the process map as many bytes more?  Asked before a library is called that does not
 * survive it if its own allocations fail. */
int sfm_address_space_has(size_t bytes);

/* For tests: let the n-th allocation from now (1 = the next) and all after it fail; 0: none. */
void sfm_alloc_fail_after(long n);

#endif
