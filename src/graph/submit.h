/* SPDX-License-Identifier: BSD-3-Clause */
/* Unrolls the task graph of one evaluation. */
#ifndef SFM_SUBMIT_H
#define SFM_SUBMIT_H

#include "graph/request.h"

/* Submit all tasks of a request whose context is complete.  A refused task ends the
 * submission and is the request's status; answers as of sfm_request_submitted. */
starfmm_status sfm_submit_graph(sfm_request *request);

#endif
