/* worktop config - the values in effect, and where each of them is from. A file with a mistake ends
 * the program before it comes here. */
#include <stdio.h>

#include "cli/command.h"
#include "config/config.h"

int wt_cmd_config(const struct wt_options *options) {
    struct wt_buffer out = {0};
    struct wt_error err;
    if (options->json)
        wt_config_report_json(options, &out);
    else
        wt_config_report(options, &out);
    int code = WT_EXIT_OK;
    if (out.failed) {
        wt_fail(&err, WT_ENOMEM, "no memory for the configuration");
        code = wt_cli_fail(&err);
    } else if (fwrite(out.data, 1, out.length, stdout) != out.length || fflush(stdout) != 0) {
        wt_fail(&err, WT_ESYS, "cannot write to standard output");
        code = wt_cli_fail(&err);
    }
    wt_buffer_fini(&out);
    return code;
}
