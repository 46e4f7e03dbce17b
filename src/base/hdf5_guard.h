/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way into HDF5.  Every HDF5 call of this library is made between these two: HDF5 is
 * not thread-safe in every build, and it prints its errors unless told not to, which a
 * library must not.  unlock() gives the host its error handler back.  Not recursive.
 */
#ifndef SFM_HDF5_GUARD_H
#define SFM_HDF5_GUARD_H

void sfm_hdf5_lock(void);
void sfm_hdf5_unlock(void);

#endif
