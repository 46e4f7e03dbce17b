/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles of vectors and matrices, each of whole rows. */
#include "graph/chunks.h"

#include <string.h>

#include "base/memory.h"

/* Elements of a handle and their size; 0: not a plain vector or dense matrix. */
static size_t count_elements(starpu_data_handle_t handle, size_t *element)
{
    switch (starpu_data_get_interface_id(handle)) {
    case STARPU_VECTOR_INTERFACE_ID:
        *element = starpu_vector_get_elemsize(handle);
        return starpu_vector_get_nx(handle);
    case STARPU_MATRIX_INTERFACE_ID:
        *element = starpu_matrix_get_elemsize(handle);
        if (starpu_matrix_get_local_ld(handle) != starpu_matrix_get_nx(handle)) return 0;
        return (size_t)starpu_matrix_get_nx(handle) * starpu_matrix_get_ny(handle);
    default:
        *element = 0;
        return 0;
    }
}

static int is_valid_somewhere(starpu_data_handle_t handle)
{
    for (unsigned node = 0; node < starpu_memory_nodes_get_count(); node++) {
        int valid = 0;
        starpu_data_query_status(handle, (int)node, NULL, &valid, NULL);
        if (valid) return 1;
    }
    return 0;
}

/* The handle that was granted to this thread last. */
static _Thread_local starpu_data_handle_t granted;

static void note_grant(void *handle)
{
    granted = handle;
    starpu_data_release_on_node(handle, STARPU_ACQUIRE_NO_NODE);
}

/*
 * Does the handle have a value, or will it?  Where no memory node has a valid copy, tasks may
 * have been submitted that write it.  StarPU tells by an acquisition that asks for no data:
 * its callback is called at once exactly where nothing that was submitted before is pending.
 */
static int has_value(starpu_data_handle_t handle)
{
    if (is_valid_somewhere(handle)) return 1;
    granted = NULL;
    starpu_data_acquire_on_node_cb(handle, STARPU_ACQUIRE_NO_NODE, STARPU_NONE, note_grant,
                                   handle);
    /* What was pending may have ended meanwhile; a part of a planned partition has its value
     * only when the acquisition has made the partition active. */
    return granted != handle || is_valid_somewhere(handle);
}

/* Rows of one chunk into *rows. */
static starfmm_status measure_chunk(const sfm_chunk_use *u, size_t i,
                                    starpu_data_handle_t handle, size_t *rows)
{
    size_t element, real = sfm_real_bytes(u->fmm->settings);
    if (!handle) return sfm_fail(STARFMM_EINVAL, "%s: handle %zu is NULL", u->what, i);
    if (starpu_data_get_nb_children(handle) > 0)
        return sfm_fail(STARFMM_EINVAL,
                        "%s: handle %zu is partitioned: its %d children are the chunks",
                        u->what, i, starpu_data_get_nb_children(handle));
    size_t n = count_elements(handle, &element);
    if (element == 0)
        return sfm_fail(STARFMM_EINVAL,
                        "%s: handle %zu is neither a vector nor a matrix with ld = nx",
                        u->what, i);
    if (element != real)
        return sfm_fail(STARFMM_EINVAL,
                        "%s: handle %zu has elements of %zu bytes, the plan of %zu",
                        u->what, i, element, real);
    if (n % u->width != 0)
        return sfm_fail(
            STARFMM_EINVAL,
            "%s: handle %zu has %zu elements, not a multiple of the %zu of a row", u->what,
            i, n, u->width);
    if (u->is_read && !has_value(handle))
        return sfm_fail(STARFMM_EINVAL, "%s: handle %zu has never been written", u->what,
                        i);
    *rows = n / u->width;
    return STARFMM_OK;
}

static starfmm_status measure_chunks(const sfm_chunk_use *u, size_t n,
                                     const starpu_data_handle_t *handles, size_t *begin)
{
    begin[0] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t rows = 0;
        SFM_TRY(measure_chunk(u, i, handles[i], &rows));
        begin[i + 1] = begin[i] + rows;
    }
    if (begin[n] == u->points->n) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL,
                    "%s: %zu handles hold %zu rows of %zu, there are %zu points", u->what,
                    n, begin[n], u->width, u->points->n);
}

starfmm_status sfm_chunks_accept(sfm_chunks *chunks, const sfm_chunk_use *u, size_t n,
                                 const starpu_data_handle_t *handles)
{
    *chunks = (sfm_chunks){.n = n};
    if (n > SFM_MAX_CHUNKS)
        return sfm_fail(STARFMM_EINVAL, "%s: %zu handles, at most %d", u->what, n,
                        SFM_MAX_CHUNKS);
    if (n && !handles) return sfm_fail(STARFMM_EINVAL, "%s: handles is NULL", u->what);
    size_t *begin = sfm_alloc(n + 1, sizeof *begin);
    chunks->handle = sfm_alloc(n, sizeof *chunks->handle);
    starfmm_status status = STARFMM_OK;
    if (!begin || !chunks->handle)
        status = sfm_fail(STARFMM_ENOMEM, "no memory for %zu handles", n);
    if (status == STARFMM_OK) status = measure_chunks(u, n, handles, begin);
    if (status == STARFMM_OK && n) {
        pthread_mutex_lock(u->lock);
        status = sfm_layout_get(u->layouts, sfm_target_groups(u->fmm), u->points,
                                u->in_tree_order, n, begin, &chunks->layout);
        pthread_mutex_unlock(u->lock);
    }
    if (status == STARFMM_OK && n) memcpy(chunks->handle, handles, n * sizeof *handles);
    if (status != STARFMM_OK) sfm_chunks_free(chunks);
    sfm_free(begin);
    return status;
}

void sfm_chunks_free(sfm_chunks *chunks)
{
    sfm_free(chunks->handle);
    *chunks = (sfm_chunks){0};
}
