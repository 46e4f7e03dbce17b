/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables of names: printed whole, at the first request with a prefix. */
#include "graph/names.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"

static sfm_names *make_table(const sfm_groups *groups, const char *prefix)
{
    sfm_names *n = sfm_calloc(1, sizeof *n);
    if (n) n->name = sfm_alloc((size_t)groups->n, sizeof *n->name);
    if (!n || !n->name) {
        sfm_free(n);
        sfm_fail(STARFMM_ENOMEM, "no memory for the names of %d groups", (int)groups->n);
        return NULL;
    }
    atomic_init(&n->references, 1);
    snprintf(n->prefix, sizeof n->prefix, "%s", prefix);
    const char *line = n->prefix[0] ? "_" : "";
    for (int32_t g = 0; g < groups->n; g++) {
        int level = groups->group[g].level;
        for (int op = 0; op < STARFMM_N_OPERATORS; op++)
            snprintf(n->name[g][op], SFM_TASK_NAME, "%s%s%s_l%d_g%d", n->prefix, line,
                     starfmm_operator_name((starfmm_operator)op), level,
                     (int)(g - groups->level_begin[level]));
    }
    return n;
}

starfmm_status sfm_names_get(sfm_names_cache *cache, const sfm_groups *groups,
                             const char *prefix, sfm_names **names)
{
    sfm_names **cached = prefix[0] ? &cache->last : &cache->plain;
    if (!*cached || strncmp((*cached)->prefix, prefix, SFM_TASK_PREFIX) != 0) {
        sfm_names *made = make_table(groups, prefix);
        if (!made) return STARFMM_ENOMEM;
        sfm_names_release(*cached);
        *cached = made;
    }
    atomic_fetch_add(&(*cached)->references, 1);
    *names = *cached;
    return STARFMM_OK;
}

void sfm_names_release(sfm_names *names)
{
    if (!names || atomic_fetch_sub(&names->references, 1) > 1) return;
    sfm_free(names->name);
    sfm_free(names);
}

void sfm_names_clear(sfm_names_cache *cache)
{
    sfm_names_release(cache->plain);
    sfm_names_release(cache->last);
    *cache = (sfm_names_cache){NULL, NULL};
}
