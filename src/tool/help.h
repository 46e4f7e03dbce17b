/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include "tool/options.h"

/* Print the manual of the whole tool, or of one subcommand, on stdout. */
void tool_help(const tool_command *const *commands);
void tool_help_command(const tool_command *command);

#endif
