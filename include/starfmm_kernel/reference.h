/* SPDX-License-Identifier: BSD-3-Clause */
/* The long double reference of a user's kernel: its pair function, column by column. */
#define STARFMM_DIMENSIONS(s, S, t, T)                                                     \
    if (source == s && target == t) n_src = S, n_trg = T;

static void STARFMM_REFERENCE(int source, int target, const long double d[3],
                              const double *params, long double *k)
{
    int n_src = 0, n_trg = 0;
    STARFMM_KERNEL_PAIRS(STARFMM_DIMENSIONS)
    long double c[STARFMM_N_COEFFICIENTS + 1], factor[STARFMM_MAX_COMPONENTS];
    KIT(pair)
    p = {.d = {d[0], d[1], d[2]},
         .r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2],
         .c = c,
         .accuracy = STARFMM_ACCURACY_FULL,
         .source = source,
         .target = target};
    KIT(prepare)(params, STARFMM_ACCURACY_FULL, c);
    KIT(factors)(STARFMM_ACCURACY_FULL, source, target, factor);
    for (int a = 0; a < n_src; a++) {
        long double q[STARFMM_MAX_COMPONENTS] = {0}, u[STARFMM_MAX_COMPONENTS] = {0};
        q[a] = 1;
        if (p.r2 > 0 || STARFMM_IS_REGULAR) KIT(add_pair)(&p, q, u);
        for (int b = 0; b < n_trg; b++) k[b * n_src + a] = factor[b] * u[b];
    }
}
