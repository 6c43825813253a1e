/* The commands, one file each. */
#ifndef CLI_CMDS_H
#define CLI_CMDS_H

#include "runner/cli/cli.h"

extern const cli_command cmd_run;
extern const cli_command cmd_watch;
extern const cli_command cmd_report;
extern const cli_command cmd_compare;
extern const cli_command cmd_plot;
extern const cli_command cmd_list;
extern const cli_command cmd_show;
extern const cli_command cmd_export;
extern const cli_command cmd_detect;
extern const cli_command cmd_check;
extern const cli_command cmd_devices;
extern const cli_command cmd_data_info;
extern const cli_command cmd_data_synth;
extern const cli_command cmd_init;
extern const cli_command cmd_submit;
extern const cli_command cmd_work;
extern const cli_command cmd_status;
extern const cli_command cmd_collect;
extern const cli_command cmd_delete;
extern const cli_command cmd_rename;
extern const cli_command cmd_note;
extern const cli_command cmd_copy;
extern const cli_command cmd_help;

#endif
