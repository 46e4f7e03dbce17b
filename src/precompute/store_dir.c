/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the stored operators are, and under which name. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/checksum.h"
#include "precompute/store.h"
#include "precompute/store_format.h"

static starfmm_status put(char *path, size_t size, const char *folder, const char *below)
{
    int length = snprintf(path, size, "%s%s", folder, below);
    if (length >= 0 && (size_t)length < size) return STARFMM_OK;
    if (size > 0) path[0] = '\0';
    return sfm_fail(STARFMM_EINVAL, "the name of the cache folder is longer than %zu bytes",
                    size);
}

starfmm_status sfm_store_dir(const char *option, char *path, size_t size)
{
    if (option == NULL) option = getenv("STARFMM_CACHE_DIR");
    if (option != NULL) return put(path, size, option, "");
    /* Both must be absolute: the XDG base directory specification says so, and a relative
     * one would scatter folders wherever the program is run. */
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (xdg != NULL && xdg[0] == '/') return put(path, size, xdg, "/starfmm");
    if (home != NULL && home[0] == '/') return put(path, size, home, "/.cache/starfmm");
    return put(path, size, "", "");
}

void sfm_store_name(const sfm_operators_key *key, char *name, size_t size)
{
    const sfm_kernel *kernel = sfm_kernel_get(key->kernel);
    char text[512];
    int length =
        snprintf(text, sizeof text, "%s %d %d %d %d %a %a %a %a", SFM_STORE_VERSION,
                 SFM_STORE_FORMAT, (int)key->kernel, key->order, key->check_order,
                 key->alpha_inner, key->alpha_outer, key->cutoff, key->floor + 0.0);
    for (int i = 0; i < STARFMM_MAX_PARAMS; i++)
        length += snprintf(text + length, sizeof text - (size_t)length, " %a",
                           key->params[i] + 0.0); /* -0 and 0 are one key */
    snprintf(name, size, "%s-%02d-%02d-%016" PRIx64 ".h5",
             kernel != NULL ? kernel->name : "unknown", key->order, key->check_order,
             sfm_checksum(text, (size_t)length, 0));
}
