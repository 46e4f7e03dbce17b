/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of one kernel in one precision: read by starfmm_kernel.h after the kernel's pair
 * function.  Each X(source, S, target, T) of STARFMM_KERNEL_PAIRS becomes
 *
 *     add_<source>_<target>_<accuracy>_<n_vec>_<n_rhs>     one_sided.h, and with care
 *     block_<source>_<target>_<accuracy>_<n_rhs>           mutual.h
 *
 * and a row of the table.  Single precision has no accuracy beyond `mid`.
 */
#include "starfmm_kernel/one_sided.h"
#include "starfmm_kernel/mutual.h"

#ifndef STARFMM_ADD
/* One loop.  Sizes of blocks that STARFMM_N_VEC does not ask for are empty. */
#define STARFMM_ADD(s, S, t, T, A, a, n_vec, n_rhs, careful, name)                         \
    static int KIT(name##_##s##_##t##_##a##_##n_vec##_##n_rhs)(                            \
        const KIT(evaluation) * e, const KIT(segment) * seg, const vec *c,                 \
        starfmm_place at, vec *sum)                                                        \
    {                                                                                      \
        const starfmm_block b = {A, s, t, S, T, n_vec, n_rhs, careful};                    \
        if (n_vec > STARFMM_N_VEC(T, n_rhs) || !STARFMM_HAS_BLOCK(S, T, n_rhs)) return 0;  \
        return KIT(add_segment)(e, seg, c, b, at, sum);                                    \
    }
#define STARFMM_MUTUAL_BLOCK(s, S, t, T, A, a, n_rhs)                                      \
    static int KIT(block_##s##_##t##_##a##_##n_rhs)(const KIT(mutual_state) * st,          \
                                                    size_t i)                              \
    {                                                                                      \
        const starfmm_block b = {A, s, t, S, T, 1, n_rhs, 0};                              \
        if (!STARFMM_HAS_MUTUAL_BLOCK(S, T, n_rhs)) return 0;                              \
        return KIT(add_mutual)(st, b, i);                                                  \
    }

/* Vectors share the evaluation of pairs where their sums stay in registers. */
#define STARFMM_SEVERAL(S, T, function) (STARFMM_HAS_BLOCK(S, T, 4) ? function : NULL)
#define STARFMM_ACCURACY(s, S, t, T, A, a)                                                 \
    STARFMM_ADD(s, S, t, T, A, a, 1, 1, 0, add)                                            \
    STARFMM_ADD(s, S, t, T, A, a, 2, 1, 0, add)                                            \
    STARFMM_ADD(s, S, t, T, A, a, 4, 1, 0, add)                                            \
    STARFMM_ADD(s, S, t, T, A, a, 1, 4, 0, add)                                            \
    STARFMM_ADD(s, S, t, T, A, a, 2, 4, 0, add)                                            \
    STARFMM_ADD(s, S, t, T, A, a, 4, 4, 0, add)                                            \
    STARFMM_ADD(s, S, t, T, A, a, 1, 1, 1, careful)                                        \
    STARFMM_ADD(s, S, t, T, A, a, 1, 4, 1, careful)                                        \
    static const KIT(set) KIT(set_##s##_##t##_##a) = {                                     \
        {A, s, t, S, T, 1, 1, 0},                                                          \
        {{KIT(add_##s##_##t##_##a##_1_1), KIT(add_##s##_##t##_##a##_2_1),                  \
          KIT(add_##s##_##t##_##a##_4_1)},                                                 \
         {STARFMM_SEVERAL(S, T, KIT(add_##s##_##t##_##a##_1_4)),                           \
          KIT(add_##s##_##t##_##a##_2_4), KIT(add_##s##_##t##_##a##_4_4)}},                \
        {KIT(careful_##s##_##t##_##a##_1_1), KIT(careful_##s##_##t##_##a##_1_4)}};         \
    static void KIT(evaluate_##s##_##t##_##a)(const KIT(evaluation) * e)                   \
    {                                                                                      \
        KIT(evaluate)(e, &KIT(set_##s##_##t##_##a));                                       \
    }
#define STARFMM_MUTUAL_ACCURACY(s, S, t, T, A, a)                                          \
    STARFMM_MUTUAL_BLOCK(s, S, t, T, A, a, 1)                                              \
    STARFMM_MUTUAL_BLOCK(s, S, t, T, A, a, 4)                                              \
    static void KIT(mutual_##s##_##t##_##a)(const KIT(mutual) * m)                         \
    {                                                                                      \
        const KIT(mutual_block_fn) add[2] = {                                              \
            KIT(block_##s##_##t##_##a##_1),                                                \
            STARFMM_HAS_MUTUAL_BLOCK(S, T, 4) ? KIT(block_##s##_##t##_##a##_4) : NULL};    \
        KIT(sum_pairs)(m, &KIT(set_##s##_##t##_##a), add);                                 \
    }
#define STARFMM_ROW(s, S, t, T)                                                            \
    {s,                                                                                    \
     t,                                                                                    \
     STARFMM_BYTES,                                                                        \
     {KIT(evaluate_##s##_##t##_low), KIT(evaluate_##s##_##t##_mid),                        \
      STARFMM_FULL(evaluate, s, t)},                                                       \
     {KIT(mutual_##s##_##t##_low), KIT(mutual_##s##_##t##_mid),                            \
      STARFMM_FULL(mutual, s, t)}},
#define STARFMM_BOTH(s, S, t, T, A, a)                                                     \
    STARFMM_ACCURACY(s, S, t, T, A, a) STARFMM_MUTUAL_ACCURACY(s, S, t, T, A, a)
#endif

#undef STARFMM_LOOPS
#undef STARFMM_FULL
#if STARFMM_REAL_BITS == 64
#define STARFMM_FULL(name, s, t) KIT(name##_##s##_##t##_full)
#define STARFMM_LOOPS(s, S, t, T)                                                          \
    STARFMM_BOTH(s, S, t, T, STARFMM_ACCURACY_LOW, low)                                    \
    STARFMM_BOTH(s, S, t, T, STARFMM_ACCURACY_MID, mid)                                    \
    STARFMM_BOTH(s, S, t, T, STARFMM_ACCURACY_FULL, full)
#else
#define STARFMM_FULL(name, s, t) KIT(name##_##s##_##t##_mid)
#define STARFMM_LOOPS(s, S, t, T)                                                          \
    STARFMM_BOTH(s, S, t, T, STARFMM_ACCURACY_LOW, low)                                    \
    STARFMM_BOTH(s, S, t, T, STARFMM_ACCURACY_MID, mid)
#endif

STARFMM_KERNEL_PAIRS(STARFMM_LOOPS)

STARFMM_TABLE(STARFMM_SUFFIX) = {STARFMM_KERNEL_PAIRS(STARFMM_ROW)};
