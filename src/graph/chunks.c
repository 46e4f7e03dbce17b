/* SPDX-License-Identifier: BSD-3-Clause */
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

/* Rows of one chunk into *rows. */
static starfmm_status measure(const sfm_chunk_use *u, size_t i, starpu_data_handle_t handle,
                              size_t *rows)
{
    size_t element,
        real = sfm_real_bytes(u->fmm->settings);
    if (!handle) return sfm_fail(STARFMM_EINVAL, "%s: handle %zu is NULL", u->what, i);
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
    *rows = n / u->width;
    return STARFMM_OK;
}

static starfmm_status measure_all(const sfm_chunk_use *u, size_t n,
                                  const starpu_data_handle_t *handles, size_t *begin)
{
    begin[0] = 0;
    for (size_t i = 0; i < n; i++) {
        size_t rows = 0;
        SFM_TRY(measure(u, i, handles[i], &rows));
        begin[i + 1] = begin[i] + rows;
    }
    if (begin[n] == u->points->n) return STARFMM_OK;
    return sfm_fail(STARFMM_EINVAL,
                    "%s: %zu handles hold %zu rows of %zu, there are %zu points", u->what,
                    n, begin[n], u->width, u->points->n);
}

starfmm_status sfm_chunks_take(sfm_chunks *chunks, const sfm_chunk_use *u, size_t n,
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
    if (status == STARFMM_OK) status = measure_all(u, n, handles, begin);
    if (status == STARFMM_OK && n)
        status = sfm_layout_get(u->layouts, sfm_target_groups(u->fmm), u->points, n, begin, &chunks->layout);
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
