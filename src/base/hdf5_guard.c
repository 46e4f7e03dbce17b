/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hdf5_guard.h"

#include <hdf5.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The host's handler of the errors of this thread; guarded by the lock.  HDF5 keeps two
 * kinds and refuses to hand out one as the other. */
static struct {
    unsigned is_v2;
    H5E_auto2_t print2;
#ifndef H5_NO_DEPRECATED_SYMBOLS
    H5E_auto1_t print1;
#endif
    void *data;
} host;

void sfm_hdf5_lock(void)
{
    pthread_mutex_lock(&lock);
    host.is_v2 = 1;
    H5Eauto_is_v2(H5E_DEFAULT, &host.is_v2);
    if (host.is_v2) H5Eget_auto2(H5E_DEFAULT, &host.print2, &host.data);
#ifndef H5_NO_DEPRECATED_SYMBOLS
    if (!host.is_v2) H5Eget_auto1(&host.print1, &host.data);
#endif
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void sfm_hdf5_unlock(void)
{
    H5Eclear2(H5E_DEFAULT);
    if (host.is_v2) H5Eset_auto2(H5E_DEFAULT, host.print2, host.data);
#ifndef H5_NO_DEPRECATED_SYMBOLS
    if (!host.is_v2) H5Eset_auto1(host.print1, host.data);
#endif
    pthread_mutex_unlock(&lock);
}
