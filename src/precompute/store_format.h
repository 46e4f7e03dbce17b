/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file of a set of operators: a header of text, then an HDF5 image.  The header is what
 * HDF5 calls a user block, so that every HDF5 tool opens the file.
 *
 *   offset 0     "starfmm operators\nformat %d\nbytes %zu\nchecksum %016x\n", then zeros
 *   offset 512   HDF5, `bytes` long, with that checksum (sfm_checksum, seed = format)
 *
 * The checksum is compared before HDF5 sees a byte, since HDF5 is not made to survive
 * damaged files; and HDF5 works in memory only, so that reading and writing are plain
 * system calls whose errors are plain as well.
 *
 * In the HDF5 root group, attributes: "library_version" (string), "kernel", "order",
 * "check_order", "rank" (int32), "params" [4], "alpha_inner", "alpha_outer", "cutoff",
 * "floor" (double); contiguous datasets of double: sigma [rank], u [n_c][rank], v
 * [n_e][rank] and m2m [n_e][n_e] of octant 0.  sfm_operators_expand derives the rest.
 */
#ifndef SFM_STORE_FORMAT_H
#define SFM_STORE_FORMAT_H

#include "precompute/operators.h"

#define SFM_STORE_FORMAT 2
#define SFM_STORE_HEADER 512 /* the smallest user block */
#define SFM_STORE_MAGIC "starfmm operators\n"

/* Operators of another version are stale: its derivation may have been another. */
#define SFM_STORE_TEXT(x) #x
#define SFM_STORE_JOIN(a, b, c)                                                            \
    SFM_STORE_TEXT(a) "." SFM_STORE_TEXT(b) "." SFM_STORE_TEXT(c)
#define SFM_STORE_VERSION                                                                  \
    SFM_STORE_JOIN(STARFMM_VERSION_MAJOR, STARFMM_VERSION_MINOR, STARFMM_VERSION_PATCH)
#define SFM_STORE_VERSION_SIZE 32 /* of the string in the file, padded with zeros */

/* What HDF5 adds to the arrays is less than this. */
#define SFM_STORE_OVERHEAD ((size_t)1 << 16)

/* Bytes of the arrays of a set with n_e, n_c points and a rank. */
size_t sfm_store_array_bytes(int n_e, int n_c, int rank);

/* The four arrays in file order. */
typedef struct sfm_store_array {
    const char *name;
    int rows, cols; /* cols 0: a vector */
    double *data;
} sfm_store_array;
#define SFM_STORE_N_ARRAYS 4
void sfm_store_arrays(const sfm_operators *ops, sfm_store_array arrays[SFM_STORE_N_ARRAYS]);

/* HDF5 image <-> operators; `path` is for messages.  The caller frees *image. */
starfmm_status sfm_store_encode(const sfm_operators *ops, unsigned char **image,
                                size_t *size);
starfmm_status sfm_store_decode(const char *path, unsigned char *image, size_t size,
                                const sfm_operators_key *key, sfm_operators *ops);

/* Whole files.  read: the image, checked against the header; larger than `largest` bytes is
 * refused.  replace: header and image by way of a temporary file. */
starfmm_status sfm_store_read_file(const char *path, size_t largest, unsigned char **image,
                                   size_t *size);
starfmm_status sfm_store_replace_file(const char *path, const unsigned char *image,
                                      size_t size);

#endif
