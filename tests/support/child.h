/* SPDX-License-Identifier: BSD-3-Clause */
/* Fresh processes with environments of their own. */
#ifndef SFM_TEST_CHILD_H
#define SFM_TEST_CHILD_H

/* The exit code of `run` in a child whose environment is changed by "NAME=value" texts, a
 * text without '=' unsetting its name; the list ends with NULL.  -1 when a signal ended it.
 * StarPU must not run in the parent. */
int sfm_test_in_child(int (*run)(void), const char *const *changes);

#endif
