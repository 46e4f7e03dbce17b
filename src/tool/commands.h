/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

#include "tool/options.h"

extern const tool_command tool_generate, tool_evaluate, tool_verify, tool_info;

#endif
