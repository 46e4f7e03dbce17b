/* SPDX-License-Identifier: BSD-3-Clause */
#include "precompute/store.h"

#include <stdio.h>

#include "base/memory.h"
#include "operators/surface.h"
#include "precompute/store_format.h"

size_t sfm_store_array_bytes(int n_e, int n_c, int rank)
{
    size_t e = (size_t)n_e, c = (size_t)n_c, r = (size_t)rank;
    return (r + (c + e) * r + e * e) * sizeof(double);
}

void sfm_store_arrays(const sfm_operators *ops, sfm_store_array arrays[SFM_STORE_N_ARRAYS])
{
    int n_e = ops->n_e, n_c = ops->n_c, rank = ops->up_rank;
    arrays[0] = (sfm_store_array){"sigma", rank, 0, ops->sigma};
    arrays[1] = (sfm_store_array){"u", n_c, rank, ops->dc2e[1]};
    arrays[2] = (sfm_store_array){"v", n_e, rank, ops->uc2e[1]};
    arrays[3] = (sfm_store_array){"m2m", n_e, n_e, ops->m2m[0]};
}

/* Orders out of range would overflow the sizes; they are refused by the allocation. */
static size_t largest_image(const sfm_operators_key *key)
{
    int order = key->order < SFM_MAX_ORDER ? key->order : SFM_MAX_ORDER;
    int check =
        key->check_order < SFM_MAX_CHECK_ORDER ? key->check_order : SFM_MAX_CHECK_ORDER;
    int n_e = sfm_surface_count(order), n_c = sfm_surface_count(check);
    return sfm_store_array_bytes(n_e, n_c, n_e < n_c ? n_e : n_c) + SFM_STORE_OVERHEAD;
}

starfmm_status sfm_store_load(const char *path, const sfm_operators_key *key,
                              sfm_operators *ops)
{
    unsigned char *image;
    size_t size;
    *ops = (sfm_operators){0};
    SFM_TRY(sfm_store_read_file(path, largest_image(key), &image, &size));
    starfmm_status status = sfm_store_decode(path, image, size, key, ops);
    sfm_free(image);
    if (status == STARFMM_OK) status = sfm_operators_expand(ops);
    if (status == STARFMM_OK && !sfm_operators_is_valid(ops, key)) {
        char reason[256];
        snprintf(reason, sizeof reason, "%s", sfm_get_error());
        status = sfm_fail(STARFMM_EFORMAT, "%s: %s", path, reason);
    }
    if (status != STARFMM_OK) sfm_operators_free(ops);
    return status;
}

starfmm_status sfm_store_save(const char *path, const sfm_operators *ops)
{
    unsigned char *image;
    size_t size;
    SFM_TRY(sfm_store_encode(ops, &image, &size));
    starfmm_status status = sfm_store_replace_file(path, image, size);
    sfm_free(image);
    return status;
}
