#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/options.h"

/* Parses "worktop a b c" as a shell without quotes would split it. */
static wt_status parse(struct wt_options *out, const char *line, struct wt_error *err) {
    static char copy[1024];
    char *argv[32], *rest = NULL;
    int argc = 0;
    assert_true(strlen(line) < sizeof copy);
    strcpy(copy, line);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    return wt_options_parse(out, argc, argv, err);
}

static struct wt_options good(const char *line) {
    struct wt_options options;
    struct wt_error err = {.text = ""};
    if (parse(&options, line, &err) != WT_OK)
        fail_msg("%s: %s", line, err.text);
    return options;
}

static void bad(const char *line, wt_status status, const char *text) {
    struct wt_options options;
    struct wt_error err = {.text = ""};
    wt_status found = parse(&options, line, &err);
    assert_string_equal(err.text, text);
    assert_int_equal(found, status);
}

static void defaults(void **state) {
    (void)state;
    struct wt_options options = good("worktop");
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(options.command, WT_COMMAND_DASHBOARD);
    assert_int_equal(options.interval_ns, WT_NS_PER_S);
    assert_int_equal(options.size_bytes, 8 * page);
    assert_int_equal(options.segment_bytes, 512);
    assert_true(options.growth_factor == 2);
    assert_int_equal(options.max_bytes, 1 << 30);
    assert_int_equal(options.file_mode, 0600);
    assert_int_equal(options.log_level, WT_LOG_INFO);
    assert_int_equal(options.frames, 0);
    assert_null(options.socket_path);
    assert_true(options.given == 0);
    assert_int_equal(good("worktop serve").interval_ns, 10 * WT_NS_PER_S);
    options = good("worktop demo");
    assert_int_equal(options.size_bytes, page);
    assert_int_equal(options.workers, 24);
    assert_int_equal(options.services, 4);
    assert_int_equal(options.processes, 24);
    assert_int_equal(good("worktop demo --workers 5000").processes, 1000);
    assert_int_equal(good("worktop demo --workers 2").services, 2);
    assert_int_equal(good("worktop --max-size 1024").size_bytes, 1024);
}

static void values_are_read(void **state) {
    (void)state;
    struct wt_options options =
        good("worktop serve --socket /run/x.ipc --store=/dev/shm/x --interval 0.25 --size 64K "
             "--segment-size=64 --growth-factor 1.5 --max-size 8M --mode 0660 --group staff "
             "--log x.log --log-level debug --full");
    assert_int_equal(options.command, WT_COMMAND_SERVE);
    assert_string_equal(options.socket_path, "/run/x.ipc");
    assert_string_equal(options.store_path, "/dev/shm/x");
    assert_int_equal(options.interval_ns, 250000000);
    assert_int_equal(options.size_bytes, 65536);
    assert_int_equal(options.segment_bytes, 64);
    assert_true(options.growth_factor == 1.5);
    assert_true(good("worktop serve --growth-factor 10000000").growth_factor == 1e7);
    assert_int_equal(options.max_bytes, 8 << 20);
    assert_int_equal(options.file_mode, 0660);
    assert_string_equal(options.group, "staff");
    assert_string_equal(options.log_path, "x.log");
    assert_int_equal(options.log_level, WT_LOG_DEBUG);
    assert_true(options.full);
    assert_true(wt_options_given(&options, WT_OPTION_interval_ns));
    assert_false(wt_options_given(&options, WT_OPTION_help));
}

static void the_command_may_stand_anywhere(void **state) {
    (void)state;
    struct wt_options options = good("worktop --interval 2 serve --full");
    assert_int_equal(options.command, WT_COMMAND_SERVE);
    assert_int_equal(options.interval_ns, 2 * WT_NS_PER_S);
    assert_int_equal(good("worktop --workers=2 --services 1 demo --").command, WT_COMMAND_DEMO);
    assert_int_equal(good("worktop snapshot --socket serve").command, WT_COMMAND_SNAPSHOT);
}

static void frames_and_once(void **state) {
    (void)state;
    assert_int_equal(good("worktop --once").frames, 1);
    assert_int_equal(good("worktop --frames 3").frames, 3);
    assert_int_equal(good("worktop --frames 1 --once").frames, 1);
    bad("worktop --once --frames 3", WT_EINVAL, "worktop: --once --frames 3: exclude each other");
    bad("worktop --frames 0", WT_ERANGE,
        "worktop: --frames 0: must be a whole number from 1 to 1000000000000000");
}

static void help_ends_everything(void **state) {
    (void)state;
    assert_true(good("worktop serve --help --size nonsense").help);
    assert_int_equal(good("worktop -h serve").command, WT_COMMAND_SERVE);
    assert_true(good("worktop -V --nonsense").version);
}

static void errors_say_what_would_be_right(void **state) {
    (void)state;
    bad("worktop serve --growth-factor 0.5", WT_ERANGE,
        "worktop serve: --growth-factor 0.5: must be a real number greater than 1");
    bad("worktop serve --growth-factor 1", WT_ERANGE,
        "worktop serve: --growth-factor 1: must be a real number greater than 1");
    bad("worktop serve --growth-factor=two", WT_EINVAL,
        "worktop serve: --growth-factor two: must be a real number greater than 1");
    bad("worktop --interval 0", WT_ERANGE, "worktop: --interval 0: must be 0.1 to 86400 seconds");
    bad("worktop --interval -1", WT_EINVAL,
        "worktop: --interval -1: must be seconds, like 1 or 0.5");
    bad("worktop --interval 1e3", WT_EINVAL,
        "worktop: --interval 1e3: must be seconds, like 1 or 0.5");
    bad("worktop --interval nan", WT_EINVAL,
        "worktop: --interval nan: must be seconds, like 1 or 0.5");
    bad("worktop --size 8T", WT_EINVAL,
        "worktop: --size 8T: must be bytes, like 4096, 64K, 8M or 1G");
    bad("worktop --size 1.5M", WT_EINVAL,
        "worktop: --size 1.5M: must be bytes, like 4096, 64K, 8M or 1G");
    bad("worktop --size K", WT_EINVAL,
        "worktop: --size K: must be bytes, like 4096, 64K, 8M or 1G");
    bad("worktop --size 99999999999999999999", WT_ERANGE,
        "worktop: --size 99999999999999999999: is more bytes than can be counted");
    bad("worktop --segment-size 0", WT_ERANGE,
        "worktop: --segment-size 0: must be 8 to 1073741824 bytes");
    bad("worktop --segment-size 100", WT_EINVAL,
        "worktop: --segment-size 100: must be a multiple of 8");
    bad("worktop --segment-size 1M --size 32K", WT_ERANGE,
        "worktop: --segment-size 1048576: must not be larger than the store (--size 32768)");
    bad("worktop --max-size 100", WT_ERANGE,
        "worktop: --max-size 100: must hold one segment (--segment-size 512)");
    bad("worktop --size 2G", WT_ERANGE,
        "worktop: --size 2147483648: must not be larger than --max-size 1073741824");
    bad("worktop --mode 0888", WT_EINVAL,
        "worktop: --mode 0888: must be octal read and write bits, like 0600 or 0660");
    bad("worktop --mode 0777", WT_EINVAL,
        "worktop: --mode 0777: must be octal read and write bits, like 0600 or 0660");
    bad("worktop --mode 0060", WT_ERANGE,
        "worktop: --mode 0060: must let the owner read and write, like 0600 or 0660");
    bad("worktop --log-level loud", WT_EINVAL,
        "worktop: --log-level loud: must be debug, info, warn, error or off");
    bad("worktop demo --workers 1.5", WT_EINVAL,
        "worktop demo: --workers 1.5: must be a whole number from 1 to 100000");
    bad("worktop demo --workers 2 --services 4", WT_ERANGE,
        "worktop demo: --services 4: must not be more than --workers 2");
    bad("worktop demo --processes 25", WT_ERANGE,
        "worktop demo: --processes 25: must not be more than --workers 24");
    bad("worktop --ascii --utf8", WT_EINVAL, "worktop: --ascii --utf8: exclude each other");
    bad("worktop --theme=", WT_EINVAL, "worktop: --theme \"\": must not be empty");
}

static void wrong_words_are_named(void **state) {
    (void)state;
    bad("worktop --intervall 2", WT_EINVAL,
        "worktop: --intervall: no such option; did you mean --interval?");
    bad("worktop serve --segmentsize=8", WT_EINVAL,
        "worktop serve: --segmentsize: no such option; did you mean --segment-size?");
    bad("worktop --col", WT_EINVAL, "worktop: --col: no such option; did you mean --columns?");
    bad("worktop --growth", WT_EINVAL,
        "worktop: --growth: no such option; did you mean --growth-factor?");
    bad("worktop -x", WT_EINVAL, "worktop: -x: no such option; --help lists them");
    bad("worktop --quux", WT_EINVAL, "worktop: --quux: no such option; --help lists them");
    bad("worktop serv", WT_EINVAL, "worktop: serv: no such command; did you mean serve?");
    bad("worktop dance", WT_EINVAL,
        "worktop: dance: no such command; there are serve, demo, snapshot, attach, inspect, "
        "config, check and themes");
    bad("worktop serve demo", WT_EINVAL, "worktop serve: demo: there is nothing to be named here");
    bad("worktop serve -- x", WT_EINVAL, "worktop serve: x: there is nothing to be named here");
    bad("worktop --full", WT_EINVAL, "worktop: --full: is an option of serve, not of dashboard");
    bad("worktop snapshot --size 1M", WT_EINVAL,
        "worktop snapshot: --size: is an option of dashboard, serve, demo, not of snapshot");
    bad("worktop serve --full=yes", WT_EINVAL, "worktop serve: --full=yes: takes no value");
    bad("worktop serve --socket", WT_EINVAL, "worktop serve: --socket: needs a value: PATH");
}

static void a_command_may_name_a_file(void **state) {
    (void)state;
    struct wt_options options = good("worktop attach");
    assert_int_equal(options.command, WT_COMMAND_ATTACH);
    assert_null(options.operand);
    options = good("worktop attach --interval 2 /run/x --once");
    assert_string_equal(options.operand, "/run/x");
    assert_int_equal(options.frames, 1);
    assert_string_equal(good("worktop attach -- --odd").operand, "--odd");
    assert_string_equal(good("worktop attach -").operand, "-");
    assert_string_equal(good("worktop --ascii attach serve").operand, "serve");
    assert_true(good("worktop snapshot --attach").attach);
    assert_string_equal(good("worktop snapshot x --attach").operand, "x");
    bad("worktop attach a b", WT_EINVAL, "worktop attach: b: only one can be named, and 'a' was");
    bad("worktop snapshot x", WT_EINVAL, "worktop snapshot: x: goes with --attach");
    bad("worktop attach --socket s x", WT_EINVAL,
        "worktop attach: --socket s x: exclude each other");
    bad("worktop attach --size 1M", WT_EINVAL,
        "worktop attach: --size: is an option of dashboard, serve, demo, not of attach");
}

static void inspect_takes_a_file_and_one_record(void **state) {
    (void)state;
    struct wt_options options = good("worktop inspect --segment 0 --raw /run/x.dir");
    assert_int_equal(options.command, WT_COMMAND_INSPECT);
    assert_string_equal(options.operand, "/run/x.dir");
    assert_true(options.raw && wt_options_given(&options, WT_OPTION_segment_number));
    assert_int_equal(good("worktop inspect x --worker 7 --json").worker_id, 7);
    bad("worktop inspect", WT_EINVAL, "worktop inspect: FILE: is to be named");
    bad("worktop inspect x --raw", WT_EINVAL,
        "worktop inspect: --raw: goes with --segment N or --worker ID");
    bad("worktop inspect x --segment 1 --worker 1", WT_EINVAL,
        "worktop inspect: --segment --worker: exclude each other");
}

static void a_check_takes_services_and_thresholds(void **state) {
    (void)state;
    struct wt_options options = good("worktop check");
    assert_int_equal(options.command, WT_COMMAND_CHECK);
    assert_null(options.service_names[0]);
    assert_true(options.timeout_ns == 10 * WT_NS_PER_S && options.max_age_ns == 0);
    options =
        good("worktop check --service web -m queue --service=api -w -5:5 -c @10 -t 2 --max-age 9");
    assert_string_equal(options.service_names[0], "web");
    assert_string_equal(options.service_names[1], "api");
    assert_null(options.service_names[2]);
    assert_string_equal(options.metric, "queue");
    assert_string_equal(options.warning, "-5:5");
    assert_string_equal(options.critical, "@10");
    assert_true(options.timeout_ns == 2 * WT_NS_PER_S && options.max_age_ns == 9 * WT_NS_PER_S);
    assert_string_equal(good("worktop check --attach /run/x").operand, "/run/x");
    bad("worktop check -w 5", WT_EINVAL, "worktop check: --warning 5: goes with --metric NAME");
    bad("worktop check -c 5", WT_EINVAL, "worktop check: --critical 5: goes with --metric NAME");
    bad("worktop check -m queue", WT_EINVAL,
        "worktop check: --metric queue: goes with --warning RANGE, --critical RANGE or both");
    bad("worktop check x", WT_EINVAL, "worktop check: x: goes with --attach");
    bad("worktop check --service=", WT_EINVAL, "worktop check: --service \"\": must not be empty");
    bad("worktop check -t 0", WT_ERANGE, "worktop check: --timeout 0: must be 0.1 to 3600 seconds");
    bad("worktop serve --service x", WT_EINVAL,
        "worktop serve: --service: is an option of check, not of serve");
}

static void a_list_has_an_end(void **state) {
    (void)state;
    static char program[] = "worktop", check[] = "check", option[] = "--service", name[] = "s";
    char *argv[2 * (WT_OPTION_LIST_MAX + 1) + 2] = {program, check};
    struct wt_options options;
    struct wt_error err;
    int argc = 2;
    for (int i = 0; i <= WT_OPTION_LIST_MAX; i++) {
        argv[argc++] = option;
        argv[argc++] = name;
    }
    assert_int_equal(wt_options_parse(&options, argc - 2, argv, &err), WT_OK);
    assert_non_null(options.service_names[WT_OPTION_LIST_MAX - 1]);
    assert_null(options.service_names[WT_OPTION_LIST_MAX]);
    assert_int_equal(wt_options_parse(&options, argc, argv, &err), WT_ERANGE);
    assert_string_equal(err.text,
                        "worktop check: --service s: is one too many, at most 32 can be named");
}

/* Whether the help of this option, up to the next one, ends with this default. */
static bool has_default(const char *help, const char *option, const char *preset) {
    char text[32];
    const char *at = strstr(help, option);
    const char *next = at == NULL ? NULL : strstr(at + 2, "--");
    snprintf(text, sizeof text, "(default: %s)", preset);
    const char *found = at == NULL ? NULL : strstr(at, text);
    return found != NULL && (next == NULL || found < next);
}

static void help_fits_eighty_columns(void **state) {
    (void)state;
    for (int i = 0; i < WT_COMMAND_COUNT; i++) {
        struct wt_buffer help = {0};
        wt_options_help((enum wt_command)i, &help);
        assert_false(help.failed);
        size_t column = 0;
        for (size_t at = 0; at < help.length; at++) {
            column = help.data[at] == '\n' ? 0 : column + 1;
            assert_true(column <= 80);
        }
        assert_int_equal(help.data[help.length - 1], '\n');
        assert_non_null(strstr(help.data, "-h, --help"));
        assert_int_equal(strstr(help.data, "--workers N") != NULL, i == WT_COMMAND_DEMO);
        assert_int_equal(has_default(help.data, "--interval ", "10"), i == WT_COMMAND_SERVE);
        assert_int_equal(has_default(help.data, "--timeout ", "10"), i == WT_COMMAND_CHECK);
        assert_int_equal(strstr(help.data, "Exit codes:") != NULL, i == WT_COMMAND_CHECK ||
                                                                       i == WT_COMMAND_INSPECT ||
                                                                       i == WT_COMMAND_THEMES);
        wt_buffer_fini(&help);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(the_command_may_stand_anywhere),
        cmocka_unit_test(frames_and_once),
        cmocka_unit_test(help_ends_everything),
        cmocka_unit_test(errors_say_what_would_be_right),
        cmocka_unit_test(wrong_words_are_named),
        cmocka_unit_test(a_command_may_name_a_file),
        cmocka_unit_test(inspect_takes_a_file_and_one_record),
        cmocka_unit_test(a_check_takes_services_and_thresholds),
        cmocka_unit_test(a_list_has_an_end),
        cmocka_unit_test(help_fits_eighty_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
