/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "precompute/operator_set.h"
#include "precompute/store.h"

#define PATH_SIZE 4096

static void remember(sfm_cache *o, int cache_status)
{
    /* Of several levels' sets the worst outcome is told, with its message. */
    if (cache_status <= o->status) return;
    o->status = cache_status;
    o->message[0] = '\0';
    if (cache_status == 1) return;
    snprintf(o->message, sizeof o->message, "%s", sfm_get_error());
}

starfmm_status sfm_operators_obtain(sfm_operators *ops, const sfm_operators_key *key,
                                    sfm_cache *cache)
{
    char path[PATH_SIZE], name[256];
    if (cache->dir[0] == '\0') return sfm_operators_compute(ops, key);
    sfm_store_name(key, name, sizeof name);
    int length = snprintf(path, sizeof path, "%s/%s", cache->dir, name);
    if (length < 0 || (size_t)length >= sizeof path) {
        sfm_fail(STARFMM_EIO, "the cache folder's name is longer than %d bytes", PATH_SIZE);
        remember(cache, 3);
        return sfm_operators_compute(ops, key);
    }
    if (sfm_store_load(path, key, ops) == STARFMM_OK) {
        remember(cache, 1);
        return STARFMM_OK;
    }
    /* That there is no file yet needs no telling. */
    char why[256] = "";
    if (access(path, F_OK) == 0) snprintf(why, sizeof why, "%s", sfm_get_error());
    SFM_TRY(sfm_operators_compute(ops, key));
    starfmm_status saved = sfm_store_save(path, ops);
    if (saved == STARFMM_OK) sfm_set_error(why);
    remember(cache, saved == STARFMM_OK ? 2 : 3);
    sfm_set_error("");
    return STARFMM_OK;
}
