/* SPDX-License-Identifier: BSD-3-Clause */
/* P2L (YBZ eq. 3.8, X list): check_B += K(DC_B, y) q over the sources of X(B), in units of
 * the box. */
#include <string.h>

#include "operators/level.h"

/* Sources of the largest leaf that the group reads. */
static size_t most_sources(const sfm_fmm *f, int32_t group)
{
    const sfm_work *w = &f->schedule->p2l.group[group];
    size_t most = 0;
    for (size_t k = w->begin[0]; k < w->begin[sfm_group_of(f, group)->count]; k++) {
        size_t n = f->geometry->tree.src.count[w->item[k]];
        if (n > most) most = n;
    }
    return most;
}

static void expand_sources(sfm_op_args *a)
{
    const sfm_fmm *f = a->fmm;
    const sfm_work *w = &f->schedule->p2l.group[a->group];
    const sfm_group *g = sfm_group_of(f, a->group);
    const SFM(level) *lv = SFM(level_of)(f, g->level);
    const size_t n_e = (size_t)f->settings->n_e, n = sfm_check_components(f->settings);
    const size_t row = a->n_rhs * n * n_e;
    real *check = sfm_arena_take(&a->scratch, row, sizeof(real));
    real *centred = sfm_arena_take(
        &a->scratch, SFM(centred_reals)(most_sources(f, a->group)), sizeof(real));
    SFM(segment) seg;
    SFM(evaluation) e = SFM(check_targets)(f, lv->inner, n_e, a->n_rhs, check);
    e.n_seg = 1;
    e.seg = &seg;
    for (int32_t i = 0; i < g->count; i++) {
        if (w->begin[i] == w->begin[i + 1]) continue;
        memset(check, 0, row * sizeof *check);
        for (size_t k = w->begin[i]; k < w->begin[i + 1]; k++) {
            int32_t leaf = w->item[k];
            seg = SFM(leaf_sources)(f, a->n_rhs, a->in[w->slot[k]], leaf);
            SFM(face_surface)(f, leaf, g->first + i, &seg, centred);
            SFM(levels_of)(f)->expand(&e);
        }
        real *d = (real *)a->out[0] + (size_t)i * row;
        SFM(scale_rows)(a->n_rhs, n, n_e, lv->to_box, check);
        for (size_t j = 0; j < row; j++) d[j] += check[j];
    }
}

static size_t scratch(const sfm_fmm *f, int32_t group, size_t n_rhs)
{
    return sfm_arena_bytes(SFM(centred_reals)(most_sources(f, group)), sizeof(real)) +
           sfm_arena_bytes(n_rhs * sfm_check_row(f->settings), sizeof(real));
}

const sfm_operator_code SFM(p2l_code) = {expand_sources, scratch};

#ifdef SFM_ROWS
SFM_DECLARE_CODE(p2l);

static int has_x(const sfm_fmm *f, int32_t group)
{
    return f->schedule->p2l.group[group].n_slots > 0;
}

static sfm_group_list groups_of_x(const sfm_fmm *f, int32_t group)
{
    return sfm_groups_read(&f->schedule->p2l, group);
}

static sfm_amount amount(const sfm_fmm *f, int32_t node)
{
    double sources = sfm_reading_sources(&f->schedule->p2l, &f->geometry->tree, node);
    return (sfm_amount){.pairs = sources * f->settings->n_e};
}

const sfm_operator sfm_p2l = {
    .name = "P2L",
    .codelet = "starfmm_p2l",
    .color = 0xffb300,
    .rank = 0.60,
    .rank_slope = -0.20,
    .n_uses = 2,
    .use = {{SFM_READ, SFM_BUFFER_S, groups_of_x}, {SFM_ADD, SFM_BUFFER_D, NULL}},
    .exists = has_x,
    .amount = amount,
    .reads_sources = 1,
    .code = SFM_CODE_OF(p2l),
};
#endif
