/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the operators' files share, in the working precision: the matrices of an operator set,
 * the levels of a plan, and how points and surfaces become sources and targets of a kernel
 * evaluation (kernels/evaluate.h).
 *
 * An operator's file defines  const sfm_operator_code SFM(name_code)  and, once for both
 * precisions (#ifdef SFM_ROWS), its row  const sfm_operator sfm_name.
 */
#ifndef SFM_LEVEL_H
#define SFM_LEVEL_H

#include "kernels/evaluate.h"
#include "operators/m2l/m2l.h"
#include "operators/operator.h"

#if SFM_PRECISION == 64
#define SFM_ROWS
#define SFM_GEMM sfm_gemm_f64
#else
#define SFM_GEMM sfm_gemm_f32
#endif

/* For a row: declare the two precisions' code, and name them. */
#define SFM_DECLARE_CODE(name)                                                             \
    extern const sfm_operator_code sfm_##name##_code_f64, sfm_##name##_code_f32
#define SFM_CODE_OF(name)                                                                  \
    {                                                                                      \
        &sfm_##name##_code_f64, &sfm_##name##_code_f32                                     \
    }

/* Nodes handled at once by the batched operators: enough rows for GEMM to outweigh the
 * packing of the operator matrix (with 64 it took a third of the time at order 9). */
#define SFM_BATCH 256

/* The matrices and M2L table of one box size, in units of that box (shapes as in
 * precompute/operators.h).  Immutable; owned by an operator set (precompute/operator_set.h). */
typedef struct SFM(set) {
    const real *uc2e[2], *dc2e[2];
    const real *m2m[8], *l2l[8]; /* of a symmetric kernel the same */
    int up_rank, dn_rank;
    SFM(m2l) * m2l;
    real *memory; /* of the matrices */
} SFM(set);

/* One level of a plan: the set, and the surfaces at the level's half side. */
typedef struct SFM(level) {
    const SFM(set) * set; /* NULL above the top level */
    const real *inner[3]; /* x, y, z of the inner surface about the node's centre */
    const real *outer[3];
    /* By which a component of a check potential in tree units is multiplied to be in those of
     * the box, and one of a density of the box to be in tree units (buffer.h). */
    real to_box[STARFMM_MAX_COMPONENTS], from_box[STARFMM_MAX_COMPONENTS];
} SFM(level);

typedef struct SFM(levels) {
    SFM(evaluate_fn) expand;   /* sources -> check potentials: P2M, P2L */
    SFM(evaluate_fn) evaluate; /* equivalent densities -> results: L2P, M2P */
    SFM(evaluate_fn) near;     /* sources -> results: P2P */
    SFM(mutual_fn) mutual;     /* the same for both of a pair; NULL: no such kernel */
    int scales_densities;      /* some from_box is not 1 */
    real *surfaces;            /* memory of all levels' */
    SFM(level) level[SFM_MAX_DEPTH + 1];
} SFM(levels);

static inline const SFM(levels) * SFM(levels_of)(const sfm_fmm *f)
{
    return f->levels;
}

static inline const SFM(level) * SFM(level_of)(const sfm_fmm *f, int level)
{
    return SFM(levels_of)(f)->level + level;
}

/* ---- sources --------------------------------------------------------------------------- */

/* A leaf's sources in S of its group, a node's equivalent sources in M of its group (from
 * where they are scaled to *scratch, which steps on by SFM(scaled_reals)), sources on the outer
 * surface; their shift is not set yet. */
SFM(segment)
SFM(leaf_sources)(const sfm_fmm *f, size_t n_rhs, const real *s, int32_t leaf);
SFM(segment)
SFM(multipole_sources)
(const sfm_fmm *f, size_t n_rhs, const real *m, int32_t node, real **scratch);
size_t SFM(scaled_reals)(const sfm_fmm *f, size_t n_rhs);
SFM(segment)
SFM(local_sources)(const sfm_fmm *f, const SFM(level) * lv, const real *density);

/* What coordinates are relative to (tree units): a point's of a cell or leaf about this
 * centre; a surface's are relative to its centre itself. */
static inline const double *SFM(point_frame)(const double centre[3])
{
    static const double origin[3];
    return SFM_PRECISION == 64 ? origin : centre;
}

/* Set the shift of sources of a node whose coordinates are relative to `from`, for targets
 * relative to `to`; and in single precision how near pairs are close, `half` being the half
 * side of the targets' box. */
void SFM(set_shift)(const sfm_fmm *f, int32_t source, const double from[3],
                    const double to[3], double half, SFM(segment) * seg);
/* Between the points of two leaves. */
void SFM(set_leaf_shift)(const sfm_fmm *f, int32_t source, int32_t target,
                         SFM(segment) * seg);

/* Sources of a leaf for a surface about the centre of a box: sets the shift, and moves the
 * sources to `scratch` if need be, of as many reals as the second says. */
void SFM(face_surface)(const sfm_fmm *f, int32_t leaf, int32_t box, SFM(segment) * seg,
                       real *scratch);
size_t SFM(centred_reals)(size_t n_sources);

/* ---- targets --------------------------------------------------------------------------- */

/* A run of a group's targets, and where their sums go: in T of a group with n_group points,
 * from its point `at` on. */
void SFM(targets_in)(const sfm_fmm *f, size_t n_group, size_t at, size_t n_trg, real *t,
                     size_t n_rhs, SFM(evaluation) * e);
/* Those of a leaf of the plan. */
void SFM(leaf_targets)(const sfm_fmm *f, int32_t leaf, real *t, size_t n_rhs,
                       SFM(evaluation) * e);

/* Sum every row of a reading list, of leaves or (multipoles) of expansions, at the targets of
 * its leaf: P2P of two sets, M2P. */
void SFM(sum_at_leaves)(sfm_op_args *a, const sfm_work *work, int multipoles);

/* The caller's coordinates of the points of a run of nodes (or cells), of these centres, into
 * the coordinate arrays of S or T, whose first point is the first node's. */
void SFM(place_points)(const sfm_geometry *g, const sfm_points *points,
                       const double (*centre)[3], const double *coordinates,
                       int32_t first_node, int32_t n_nodes, real *buffer);

/* Clear the sums of T for n points; scale them and put them in the caller's rows. */
void SFM(clear_sums)(const sfm_settings *s, size_t n, size_t n_rhs, real *t);
void SFM(deliver_sums)(const sfm_op_args *a, const uint32_t *caller_row, size_t n,
                       const real *t);

/* Check potentials at a surface's n points [rhs][component][n] as targets. */
SFM(evaluation)
SFM(check_targets)
(const sfm_fmm *f, const real *const surface[3], size_t n, size_t n_rhs, real *check);

/* ---- matrices -------------------------------------------------------------------------- */

/* Multiply rows [n_rows][component][n_points] by their component's factor. */
void SFM(scale_rows)(size_t n_rows, size_t n_components, size_t n_points,
                     const real *factor, real *rows);

/* rows [n][k1] = (rows_in [n][k0]) times matrix^T, matrix [k1][k0]. */
void SFM(apply_rows)(size_t n, const real *matrix, size_t k1, size_t k0, const real *in,
                     real *out);

/* Local expansions check [n][check row] as densities [n][outer equivalent row] in tree units;
 * mid: [n][n_check n_e] of scratch. */
void SFM(solve_densities)(const sfm_fmm *f, const SFM(level) * lv, size_t n,
                          const real *check, real *mid, real *density);

/* What M2M and L2L add to the rows of a group's nodes (translate_t.c). */
typedef struct SFM(translation) {
    /* Whose row the matrix of an octant is applied to, for a node; -1: none. */
    int32_t (*other_node)(const sfm_tree *tree, int32_t node, int octant);
    int32_t first_group;       /* of those nodes; its buffer is in[0] */
    size_t row;                /* reals of one node and vector */
    const real *const *matrix; /* [8][row][row] by octant */
    int transposed;
    real factor;
} SFM(translation);
void SFM(translate_rows)(sfm_op_args *a, const SFM(translation) * translation);
size_t SFM(translation_scratch)(size_t row, size_t n_rhs);

#endif
