/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/guarded.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

sfm_test_guarded sfm_test_guarded_make(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    sfm_test_guarded m = {.bytes = (bytes + 63) / 64 * 64};
    m.length = (m.bytes + page - 1) / page * page;
    if (bytes == 0) return m;
    m.pages = mmap(NULL, m.length + page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m.pages == MAP_FAILED || mprotect(m.pages + m.length, page, PROT_NONE) != 0)
        abort();
    memset(m.pages, 0xff, m.length);
    m.at = m.pages + m.length - m.bytes;
    return m;
}

void sfm_test_guarded_free(sfm_test_guarded *m)
{
    if (m->pages) munmap(m->pages, m->length + (size_t)sysconf(_SC_PAGESIZE));
    *m = (sfm_test_guarded){0};
}

void sfm_test_guarded_open(const sfm_test_guarded *m, sfm_test_opening opening)
{
    static const int flags[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE};
    if (m->pages && mprotect(m->pages, m->length, flags[opening]) != 0) abort();
}

static sigjmp_buf caught;

static void catch_fault(int signal)
{
    (void)signal;
    siglongjmp(caught, 1);
}

int sfm_test_guarded_run(void (*run)(void *arg), void *arg)
{
    struct sigaction action = {.sa_handler = catch_fault}, old[2];
    volatile int ended = 0;
    sigaction(SIGSEGV, &action, &old[0]);
    sigaction(SIGBUS, &action, &old[1]);
    if (sigsetjmp(caught, 1) == 0) {
        run(arg);
        ended = 1;
    }
    sigaction(SIGSEGV, &old[0], NULL);
    sigaction(SIGBUS, &old[1], NULL);
    return ended;
}
