/* worktop-sim - a simulated fleet under the real monitor, and how far its numbers are from the
 * truth.
 *
 *     worktop-sim [--hours H] [--seed N] [--looks N]
 *
 * --looks: at plain gauges, in a second: 10, 5, 2 or 1. Exit code 1 when a target was missed;
 * docs/ACCURACY.md.
 */
#include <getopt.h>
#include <stdlib.h>

#include "sim/report.h"

static double number_of(const char *name, const char *text, double least, double most) {
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value >= least && value <= most))
        sim_fail("--%s '%s' is no number from %g to %g", name, text, least, most);
    return value;
}

int main(int argc, char **argv) {
    static const struct option names[] = {{"hours", required_argument, NULL, 'h'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"looks", required_argument, NULL, 'l'},
                                          {NULL, 0, NULL, 0}};
    struct sim_options options = sim_plan_options(1, 1);
    int name, index = 0;
    while ((name = getopt_long(argc, argv, "", names, &index)) != -1) {
        if (name == 'h')
            options.hours = number_of("hours", optarg, 0.01, 1000);
        else if (name == 's')
            options.seed = (uint64_t)number_of("seed", optarg, 0, 1e9);
        else if (name == 'l')
            options.look_each = (unsigned)(10 / number_of("looks", optarg, 1, 10));
        else
            return 2;
    }
    static struct sim sim;
    sim_run(&sim, &options);
    sim_report(&sim, stdout);
    bool is_bad = sim_missed(&sim) != 0;
    sim_close(&sim);
    return is_bad ? 1 : 0;
}
