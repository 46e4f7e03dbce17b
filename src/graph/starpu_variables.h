/* SPDX-License-Identifier: BSD-3-Clause */
/* Values of StarPU's environment variables over which it would end the process. */
#ifndef SFM_STARPU_VARIABLES_H
#define SFM_STARPU_VARIABLES_H

#include "base/status.h"

/* ERUNTIME with the variable, its value and what StarPU takes; call before starpu_init. */
starfmm_status sfm_starpu_variables_check(void);

#endif
