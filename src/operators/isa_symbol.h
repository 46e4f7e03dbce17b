/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of the compilations of a *_v.c file, seen from outside: SFM_ISA_SYMBOL(SFM(x),
 * avx2) is what SFM_V(x) is inside. */
#ifndef SFM_ISA_SYMBOL_H
#define SFM_ISA_SYMBOL_H

#define SFM_ISA_JOIN(name, isa) name##_##isa
#define SFM_ISA_SYMBOL(name, isa) SFM_ISA_JOIN(name, isa)

#endif
