/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that must not be touched but when it is open: arrays that end at a page's end, before
 * a page that is never open; and code that is caught where it touches what it must not. */
#ifndef SFM_TEST_GUARDED_H
#define SFM_TEST_GUARDED_H

#include <stddef.h>

typedef struct sfm_test_guarded {
    char *at;     /* 64-byte aligned; NULL: no bytes */
    size_t bytes; /* a multiple of 64 */
    char *pages;
    size_t length; /* of the pages, the last one not included */
} sfm_test_guarded;

typedef enum sfm_test_opening {
    SFM_TEST_CLOSED,
    SFM_TEST_READABLE,
    SFM_TEST_WRITABLE
} sfm_test_opening;

/* At least so many bytes, writable, all 0xff: NaN in every precision. */
sfm_test_guarded sfm_test_guarded_make(size_t bytes);
void sfm_test_guarded_free(sfm_test_guarded *memory);
void sfm_test_guarded_open(const sfm_test_guarded *memory, sfm_test_opening opening);

/* 1 if run(arg) came to its end, 0 if it was caught at an address that is closed. */
int sfm_test_guarded_run(void (*run)(void *arg), void *arg);

#endif
