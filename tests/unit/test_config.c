/* The configuration file: every key of the tables with its range, types and defaults, lines in
 * errors, and what becomes of it in options and rules. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

static struct wt_config *read_text(const char *text) {
    struct wt_config *config = NULL;
    struct wt_error err = {0};
    if (wt_config_parse(&config, "x.json", text, strlen(text), &err) != WT_OK)
        fail_msg("%s\n%s", text, err.text);
    assert_non_null(config);
    return config;
}

static void bad(const char *text, const char *expected) {
    struct wt_config *config = (struct wt_config *)1;
    struct wt_error err = {0};
    assert_int_not_equal(wt_config_parse(&config, "x.json", text, strlen(text), &err), WT_OK);
    assert_null(config);
    assert_string_equal(err.text, expected);
}

/* ---- options --------------------------------------------------------------------------------- */

struct option_key {
    const char *key, *type;
    unsigned commands;
    double least, most;
};

static const struct option_key option_keys[] = {
#define OPTION_KEY(field, key_, letter, type_, commands_, least_, most_, ...)                      \
    {.key = key_, .type = #type_, .commands = commands_, .least = least_, .most = most_},
    WT_OPTION_MAP(OPTION_KEY)
#undef OPTION_KEY
};

static bool is_accepted(const char *key, const char *value) {
    char text[256];
    struct wt_config *config;
    snprintf(text, sizeof text, "{\"%s\":%s}", key, value);
    wt_status status = wt_config_parse(&config, "x.json", text, strlen(text), NULL);
    wt_config_free(config);
    return status == WT_OK;
}

static void check_value(const char *key, const char *value, bool right) {
    if (is_accepted(key, value) != right)
        fail_msg("%s: %s is %s", key, value, right ? "refused" : "accepted");
}

static bool is_type(const struct option_key *option, const char *type) {
    return strcmp(option->type, type) == 0;
}

static void every_option_has_its_type_and_range(void **state) {
    (void)state;
    static const char *const never[] = {"null", "[]", "{}", "[1]", "-1", "\"\"", "1e400"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof option_keys / sizeof *option_keys; i++) {
        const struct option_key *option = &option_keys[i];
        bool numbers =
            is_type(option, "seconds") || is_type(option, "bytes") || is_type(option, "real");
        char value[64];
        if (!WT_IS_IN_FILE(option->commands)) {
            check_value(option->key, "1", false);
            check_value(option->key, "true", false);
            check_value(option->key, "\"x\"", false);
            continue;
        }
        count++;
        for (size_t n = 0; n < sizeof never / sizeof *never; n++)
            check_value(option->key, never[n], false);
        check_value(option->key, "true", is_type(option, "flag"));
        check_value(option->key, "\"x\"", is_type(option, "text"));
        check_value(option->key, "\"0660\"", is_type(option, "mode") || is_type(option, "text"));
        check_value(option->key, "\"off\"", is_type(option, "loglevel") || is_type(option, "text"));
        check_value(option->key, "\"64K\"", is_type(option, "bytes") || is_type(option, "text"));
        check_value(option->key, "800", numbers);
        if (!numbers)
            continue;
        double step = is_type(option, "bytes") ? 1 : 0.01;
        bool open = is_type(option, "real");
        snprintf(value, sizeof value, "%.17g", option->least);
        check_value(option->key, value, !open);
        snprintf(value, sizeof value, "%.17g", option->least - step);
        check_value(option->key, value, false);
        snprintf(value, sizeof value, "%.0f", option->most);
        check_value(option->key, value, true);
        snprintf(value, sizeof value, "%.0f", option->most * 1.001);
        check_value(option->key, value, false);
    }
    assert_int_equal(count, 19);
    check_value("look-rate", "0", true);
    check_value("look-rate", "100", true);
    check_value("look-rate", "101", false);
    check_value("look-rate", "-1", false);
    check_value("look-rate", "0.5", false);
}

static struct wt_options start(const char *line, const struct wt_config *config) {
    static char copy[256];
    static char *words[16];
    struct wt_options options;
    struct wt_error err = {0};
    int count = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    assert_int_equal(wt_options_read(&options, count, words, &err), WT_OK);
    wt_config_apply(config, &options);
    if (wt_options_check(&options, &err) != WT_OK)
        fail_msg("%s: %s", line, err.text);
    return options;
}

static void the_file_gives_what_the_command_line_does_not(void **state) {
    (void)state;
    unsetenv("WORKTOP_SOCKET");
    struct wt_config *config = read_text(
        "{\"interval\": 2.5, \"size\": \"64K\", \"segment-size\": 1024, \"growth-factor\": 1.5,\n"
        " \"max-size\": \"1M\", \"mode\": \"0660\", \"group\": \"staff\", \"socket\": \"/s\",\n"
        " \"store\": \"/t\", \"theme\": \"light\", \"no-mouse\": true, \"ascii\": true,\n"
        " \"no-color\": true, \"full\": true, \"log\": \"/l\", \"log-level\": \"debug\"}");
    struct wt_options options = start("worktop serve", config);
    assert_int_equal(options.interval_ns, 2500000000);
    assert_int_equal(options.size_bytes, 65536);
    assert_int_equal(options.segment_bytes, 1024);
    assert_true(options.growth_factor == 1.5);
    assert_int_equal(options.max_bytes, 1 << 20);
    assert_int_equal(options.file_mode, 0660);
    assert_string_equal(options.group, "staff");
    assert_string_equal(options.socket_path, "/s");
    assert_string_equal(options.store_path, "/t");
    assert_string_equal(options.log_path, "/l");
    assert_int_equal(options.log_level, WT_LOG_DEBUG);
    assert_true(options.full);
    assert_null(options.theme); /* serve has no screen */
    assert_false(options.ascii);
    options = start("worktop", config);
    assert_true(options.ascii && options.no_mouse && options.no_color && !options.full);
    assert_string_equal(options.theme, "light");
    options = start("worktop serve --interval 7 --socket /mine --log-level warn", config);
    assert_int_equal(options.interval_ns, 7000000000);
    assert_string_equal(options.socket_path, "/mine");
    assert_int_equal(options.log_level, WT_LOG_WARN);
    assert_false(options.from_file >> WT_OPTION_interval_ns & 1);
    assert_true(options.from_file >> WT_OPTION_size_bytes & 1);
    wt_config_free(config);
}

static void the_command_line_wins_where_two_exclude_each_other(void **state) {
    (void)state;
    unsetenv("WORKTOP_SOCKET");
    struct wt_config *config = read_text("{\"ascii\": true, \"socket\": \"/s\"}");
    struct wt_options options = start("worktop --utf8", config);
    assert_true(options.utf8 && !options.ascii);
    options = start("worktop attach /else", config);
    assert_null(options.socket_path);
    assert_string_equal(options.operand, "/else");
    options = start("worktop attach", config);
    assert_string_equal(options.socket_path, "/s");
    setenv("WORKTOP_SOCKET", "/env", 1);
    options = start("worktop attach", config);
    assert_null(options.socket_path);
    unsetenv("WORKTOP_SOCKET");
    wt_config_free(config);
}

static void mistakes_of_several_options_name_their_lines(void **state) {
    (void)state;
    struct wt_config *config = read_text("{\n\"size\": 4096,\n\"segment-size\": 8192}");
    char *words[] = {(char[]){"worktop"}, (char[]){"serve"}, NULL};
    struct wt_options options;
    struct wt_error err = {0};
    assert_int_equal(wt_options_read(&options, 2, words, &err), WT_OK);
    wt_config_apply(config, &options);
    assert_int_equal(wt_options_check(&options, &err), WT_ERANGE);
    assert_string_equal(err.text, "worktop serve: x.json:3: segment-size 8192: must not be larger "
                                  "than the store (x.json:2: size 4096)");
    wt_config_free(config);
    config = read_text("{\"segment-size\": \"64K\"}"); /* alone, the first size follows it */
    assert_int_equal(start("worktop demo", config).size_bytes, 65536);
    wt_config_free(config);
}

static void what_needs_a_new_start_is_named(void **state) {
    (void)state;
    char text[128];
    struct wt_config *before = read_text("{\"mode\": \"0600\", \"interval\": 1}");
    struct wt_config *after = read_text(
        "{\"mode\": \"0660\", \"interval\": 3, \"socket\": \"/x\", \"theme\": \"light\"}");
    struct wt_options running = start("worktop serve", before);
    struct wt_options wanted = start("worktop serve", after);
    wt_config_pending(&running, &wanted, text, sizeof text);
    assert_string_equal(text, "socket, mode");
    wt_config_pending(&running, &running, text, sizeof text);
    assert_string_equal(text, "");
    wt_config_free(before);
    wt_config_free(after);
}

/* ---- thresholds ------------------------------------------------------------------------------ */

struct limit_key {
    const char *key;
    double least, most;
};

static const struct limit_key limit_keys[] = {
#define LIMIT_KEY(member, key_, type, least_, most_, help)                                         \
    {.key = key_, .least = least_, .most = most_},
    WT_LIMIT_MAP(LIMIT_KEY)
#undef LIMIT_KEY
};

static wt_status read_limit(const char *key, double value, struct wt_error *err) {
    char text[256];
    struct wt_config *config;
    snprintf(text, sizeof text, "{\"verdicts\":{\"%s\":%.9g}}", key, value);
    wt_status status = wt_config_parse(&config, "x.json", text, strlen(text), err);
    wt_config_free(config);
    return status;
}

static void every_threshold_has_its_range(void **state) {
    (void)state;
    struct wt_error err;
    for (size_t i = 0; i < sizeof limit_keys / sizeof *limit_keys; i++) {
        const struct limit_key *limit = &limit_keys[i];
        double step = (limit->most - limit->least) / 1e4;
        const double outside[] = {limit->least - step, limit->most + step, -1, 1e300};
        for (size_t k = 0; k < 4; k++) {
            assert_int_equal(read_limit(limit->key, outside[k], &err), WT_EFORMAT);
            assert_non_null(strstr(err.text, "must be "));
            assert_non_null(strstr(err.text, limit->key));
        }
        /* Inside the range, only the order of the ratios can be wrong. */
        const double inside[] = {limit->least, limit->most};
        for (size_t k = 0; k < 2; k++)
            if (read_limit(limit->key, inside[k], &err) != WT_OK)
                assert_non_null(strstr(err.text, "-ratio ("));
        static const char *const wrong[] = {"\"1\"", "null", "true", "[1]", "{}"};
        for (size_t k = 0; k < 5; k++) {
            char text[128];
            struct wt_config *config;
            snprintf(text, sizeof text, "{\"verdicts\":{\"%s\":%s}}", limit->key, wrong[k]);
            assert_int_equal(wt_config_parse(&config, "x", text, strlen(text), NULL), WT_EFORMAT);
        }
    }
}

static void thresholds_become_limits_generally_and_by_service(void **state) {
    (void)state;
    /* Services stand before the general thresholds, which hold for them all the same. */
    struct wt_config *config = read_text(
        "{\"services\": {\"web\": {\"verdicts\": {\"stuck-seconds\": 120, \"crit-ratio\": 1}},\n"
        "               \"jobs\": {}},\n"
        " \"verdicts\": {\"crit-ratio\": 0.9, \"warn-ratio\": 0.7, \"clear-ratio\": 0.6,\n"
        "  \"stuck-crit-ratio\": 0.5, \"crit-seconds\": 1, \"warn-seconds\": 2,\n"
        "  \"clear-seconds\": 3, \"stuck-seconds\": 4, \"stale-seconds\": 5,\n"
        "  \"idle-seconds\": 0.5}}");
    const struct wt_health_limits *limits = &config->rules.limits;
    assert_true(limits->crit_ratio == 0.9 && limits->warn_ratio == 0.7);
    assert_true(limits->clear_ratio == 0.6 && limits->stuck_crit_ratio == 0.5);
    assert_int_equal(limits->crit_ns, 1000000000);
    assert_int_equal(limits->warn_ns, 2000000000);
    assert_int_equal(limits->clear_ns, 3000000000);
    assert_int_equal(limits->stuck_ns, 4000000000);
    assert_int_equal(limits->stale_ns, 5000000000);
    assert_int_equal(limits->idle_ns, 500000000);
    const struct wt_service_rules *web = wt_rules_find(&config->rules, "web");
    assert_true(web->limits.crit_ratio == 1 && web->limits.warn_ratio == 0.7);
    assert_int_equal(web->limits.stuck_ns, 120000000000);
    assert_int_equal(wt_rules_find(&config->rules, "jobs")->limits.stuck_ns, 4000000000);
    assert_null(wt_rules_find(&config->rules, "other"));
    wt_config_free(config);
    config = read_text("");
    assert_memory_equal(&config->rules.limits, &wt_health_limits_default, sizeof *limits);
    wt_config_free(config);
}

static void thresholds_keep_a_distance(void **state) {
    (void)state;
    bad("{\"verdicts\":\n{\"warn-ratio\": 0.75}}",
        "x.json:2: verdicts.warn-ratio: 0.75: clear-ratio (0.75) must be less than warn-ratio "
        "(0.75)");
    bad("{\"verdicts\": {\"clear-ratio\": 0.9}}",
        "x.json:1: verdicts.clear-ratio: 0.9: clear-ratio (0.9) must be less than warn-ratio "
        "(0.8)");
    bad("{\"verdicts\": {\"crit-ratio\": 0.5}}",
        "x.json:1: verdicts.crit-ratio: 0.5: warn-ratio (0.8) must not be more than crit-ratio "
        "(0.5)");
    bad("{\"verdicts\": {\"warn-ratio\": 0.6, \"clear-ratio\": 0.5},\n"
        " \"services\": {\"web\": {\"verdicts\":\n {\"clear-ratio\": 0.7}}}}",
        "x.json:3: services.web.verdicts.clear-ratio: 0.7: clear-ratio (0.7) must be less than "
        "warn-ratio (0.6)");
}

/* ---- fields ---------------------------------------------------------------------------------- */

static void fields_say_what_they_mean(void **state) {
    (void)state;
    struct wt_config *config = read_text(
        "{\"services\": {\"web\": {\"fields\": {\n"
        " \"a\": {\"kind\": \"counter\", \"role\": \"errors\"}, \"b\": {\"role\": \"busy\"},\n"
        " \"c\": {\"unit\": \"MB\", \"aggregate\": \"max\"}, \"d\": {}}}}}");
    const struct wt_service_rules *web = wt_rules_find(&config->rules, "web");
    assert_int_equal(web->field_count, 4);
    assert_string_equal(web->fields[0].key, "a");
    assert_int_equal(web->fields[0].said.says, WT_SAYS_KIND | WT_SAYS_ROLE);
    assert_int_equal(web->fields[0].said.kind, WT_KIND_COUNTER);
    assert_int_equal(web->fields[0].said.role, WT_ROLE_ERRORS);
    assert_int_equal(web->fields[1].said.role, WT_ROLE_BUSY);
    assert_string_equal(web->fields[2].said.unit, "MB");
    assert_int_equal(web->fields[2].said.aggregate, WT_AGGREGATE_MAX);
    assert_int_equal(web->fields[3].said.says, 0);
    wt_config_free(config);

    bad("{\"services\": {\"web\": {\"fields\": {\"a\": {\"kind\": \"counter\",\n"
        "\"role\": \"queue\"}}}}}",
        "x.json:2: services.web.fields.a.role: \"queue\": is a role of gauges, and kind says "
        "counter");
    bad("{\"services\": {\"web\": {\"fields\": {\"a\": {\"role\": \"busy\"},\n"
        "\"b\": {\"role\": \"busy\"}}}}}",
        "x.json:2: services.web.fields.b.role: only one field of a service is busy, and a is");
    bad("{\"services\": {\"web\": {\"fields\": {\"a\": {\"aggregate\": \"last\"}}}}}",
        "x.json:1: services.web.fields.a.aggregate: \"last\": must be sum, min, max or mean");
    bad("{\"services\": {\"web\": {\"fields\": {\"a\": {\"unit\": 5}}}}}",
        "x.json:1: services.web.fields.a.unit: 5: must be a text of at most 31 bytes");
    bad("{\"services\": {\"web\": {\"fields\": {\"a\": {\"rolle\": \"busy\"}}}}}",
        "x.json:1: services.web.fields.a.rolle: no such key; did you mean role?");
    bad("{\"services\": {\"web\": {\n\"listen\": [\":80\", \"host:80\"]}}}",
        "x.json:2: services.web.listen[1]: \"host:80\": " WT_ENDPOINT_RIGHT);
    bad("{\"services\": {\"web\": {\"listen\": 80}}}",
        "x.json:1: services.web.listen: 80: " WT_ENDPOINT_RIGHT);
    bad("{\"services\": {\"\": {}}}", "x.json:1: services.: an empty name: nothing has it");
    bad("{\"services\": {\"a\\u001b\": {}}}",
        "x.json:1: services.a\302\267: a name with characters that are never shown");
}

/* ---- the document ---------------------------------------------------------------------------- */

static void mistakes_name_line_key_value_and_what_is_right(void **state) {
    (void)state;
    bad("{\n\n\"intervall\": 2}", "x.json:3: intervall: no such key; did you mean interval?");
    bad("{\"xyzzy\": 2}", "x.json:1: xyzzy: no such key; `worktop config` lists them");
    bad("{\"workers\": 2}", "x.json:1: workers: is an option of the command line alone");
    bad("{\"interval\": 0.05}", "x.json:1: interval: 0.05: must be 0.1 to 86400 seconds");
    bad("{\"interval\": \"2\"}", "x.json:1: interval: \"2\": must be 0.1 to 86400 seconds");
    bad("{\"interval\": 1,\n \"interval\": 1}",
        "x.json:2: interval: stands there twice, first in line 1");
    bad("{\"services\": {\"web\": {}, \"web\": {}}}",
        "x.json:1: services.web: stands there twice, first in line 1");
    bad("{\"verdicts\": 5}", "x.json:1: verdicts: 5: must be an object, of thresholds");
    bad("[]", "x.json:1: an array: must be an object, like {\"interval\": 2}");
    bad("{\"theme\": \"\xff\"}", "x.json:1: a text is not valid UTF-8");
    bad("{\"theme\": \"a\\u0000b\"}", "x.json:1: a text must not hold \\u0000");
    bad("{\"interval\": 1", "x.json:1: not valid JSON at: 1");
    bad("{} {}", "x.json:1: not valid JSON: something follows the end");
}

static void sizes_are_limited(void **state) {
    (void)state;
    struct wt_buffer text = {0};
    struct wt_config *config;
    struct wt_error err = {0};
    for (int i = 0; i < 1 << 20; i++)
        wt_buffer_append_char(&text, ' ');
    assert_int_equal(wt_config_parse(&config, "x", text.data, text.length, &err), WT_OK);
    wt_config_free(config);
    wt_buffer_append_char(&text, ' ');
    assert_int_equal(wt_config_parse(&config, "x", text.data, text.length, &err), WT_ELIMIT);
    assert_string_equal(err.text, "x: is larger than 1048576 bytes");
    wt_buffer_clear(&text);
    wt_buffer_append_text(&text, "{\"services\":{");
    for (int i = 0; i <= WT_CONFIG_MAX_SERVICES; i++)
        wt_buffer_printf(&text, "%s\"s%d\":{}", i > 0 ? "," : "", i);
    wt_buffer_append_text(&text, "}}");
    assert_int_equal(wt_config_parse(&config, "x", text.data, text.length, &err), WT_EFORMAT);
    assert_string_equal(err.text, "x:1: services: has 1025 members: at most 1024 can be read");
    wt_buffer_clear(&text);
    for (int i = 0; i < 100; i++)
        wt_buffer_append_text(&text, "{\"services\":");
    assert_int_equal(wt_config_parse(&config, "x", text.data, text.length, &err), WT_EFORMAT);
    wt_buffer_fini(&text);
}

/* A path of 300 bytes does not push the cause out of sight. */
static void long_paths_are_shortened_in_errors(void **state) {
    (void)state;
    char path[301];
    struct wt_config *config;
    struct wt_error err = {0};
    memset(path, 'p', 300);
    path[300] = '\0';
    assert_int_equal(wt_config_parse(&config, path, "{\"intervall\":2}", 15, &err), WT_EFORMAT);
    assert_non_null(strstr(err.text, "ppp:1: intervall: no such key; did you mean interval?"));
}

/* ---- files ----------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text, mode_t mode) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void files_are_found_in_order(void **state) {
    (void)state;
    char root[] = "/tmp/worktop-config-XXXXXX", path[PATH_MAX], found[PATH_MAX], xdg[200];
    char home[200], system[200];
    assert_non_null(mkdtemp(root));
    snprintf(xdg, sizeof xdg, "%s/xdg", root);
    snprintf(home, sizeof home, "%s/home", root);
    snprintf(system, sizeof system, "%s/system.json", root);
    const struct wt_config_places all = {.xdg_config_home = xdg, .home = home, .system = system};
    struct wt_config_places homely = all, relative = all;
    homely.xdg_config_home = "";
    relative.xdg_config_home = "xdg";
    wt_config_find(&all, found);
    assert_string_equal(found, "");
    write_file(system, "{}", 0600);
    wt_config_find(&all, found);
    assert_string_equal(found, system);
    static const char *const folders[] = {"xdg", "xdg/worktop", "home", "home/.config",
                                          "home/.config/worktop"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", root, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(path, sizeof path, "%s/.config/worktop/config.json", home);
    write_file(path, "{}", 0600);
    wt_config_find(&all, found); /* ~/.config is not looked at beside $XDG_CONFIG_HOME */
    assert_string_equal(found, system);
    wt_config_find(&homely, found);
    assert_string_equal(found, path);
    wt_config_find(&relative, found);
    assert_string_equal(found, path);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/worktop/config.json", xdg);
    write_file(path, "{}", 0600);
    wt_config_find(&all, found);
    assert_string_equal(found, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(system), 0);
    for (size_t i = sizeof folders / sizeof *folders; i-- > 0;) {
        snprintf(path, sizeof path, "%s/%s", root, folders[i]);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(rmdir(root), 0);
}

static void files_are_read_with_care(void **state) {
    (void)state;
    char root[] = "/tmp/worktop-config-XXXXXX", path[PATH_MAX];
    struct wt_config *config;
    struct wt_error err = {0};
    assert_non_null(mkdtemp(root));
    snprintf(path, sizeof path, "%s/c.json", root);
    assert_int_equal(wt_config_load(&config, path, false, &err), WT_ENOENT);
    assert_int_equal(mkfifo(path, 0600), 0); /* nobody writes it: it must not be waited for */
    assert_int_equal(wt_config_load(&config, path, false, &err), WT_EINVAL);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(wt_config_load(&config, root, false, &err), WT_EINVAL);
    write_file(path, "{\"interval\": 3}", 0666);
    assert_int_equal(wt_config_load(&config, path, true, &err), WT_EACCESS);
    assert_non_null(strstr(err.text, "chmod o-w"));
    assert_int_equal(wt_config_load(&config, path, false, &err), WT_OK); /* named: it is meant */
    wt_config_free(config);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(wt_config_load(&config, path, true, &err), WT_OK);
    wt_config_free(config);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
        assert_int_equal(wt_config_load(&config, path, true, &err), WT_EACCESS);
        assert_non_null(strstr(err.text, "user 12345"));
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(root), 0);
    assert_int_equal(wt_config_load(&config, "/dev/null", false, &err), WT_OK);
    wt_config_free(config);
    assert_int_equal(wt_config_load(&config, "/dev/zero", false, &err), WT_EINVAL);
}

/* ---- docs/CONFIG.md -------------------------------------------------------------------------- */

static char *read_whole(const char *path, size_t *length) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    *length = fread(text, 1, (1 << 16) - 1, file);
    fclose(file);
    return text;
}

static void the_document_is_made_from_the_tables(void **state) {
    (void)state;
    static const char mark[] = "<!-- made from the tables";
    char path[PATH_MAX];
    size_t length;
    const char *source = getenv("WORKTOP_SOURCE");
    if (source == NULL)
        skip();
    snprintf(path, sizeof path, "%s/%s", source, "docs/CONFIG.md");
    char *text = read_whole(path, &length);
    char *at = strstr(text, mark);
    assert_non_null(at);
    at = strchr(at, '\n');
    assert_non_null(at);
    struct wt_buffer tables = {0};
    wt_buffer_append_char(&tables, '\n');
    wt_config_document(&tables);
    if (getenv("WORKTOP_UPDATE_GOLDENS") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "%.*s%s", (int)(at + 1 - text), text, wt_buffer_text(&tables));
        assert_int_equal(fclose(file), 0);
    } else {
        assert_string_equal(at + 1, wt_buffer_text(&tables));
    }
    wt_buffer_fini(&tables);
    free(text);
}

/* The first example of a document, which is to be a file that can be read. */
static void check_example(const char *name) {
    char path[PATH_MAX];
    size_t length;
    snprintf(path, sizeof path, "%s/%s", getenv("WORKTOP_SOURCE"), name);
    char *text = read_whole(path, &length);
    char *begin = strstr(text, "```json\n");
    assert_non_null(begin);
    begin += strlen("```json\n");
    char *end = strstr(begin, "```");
    assert_non_null(end);
    *end = '\0';
    struct wt_config *config = read_text(begin);
    assert_int_equal(config->rules.service_count, 1);
    assert_true(config->rules.limits.warn_ratio == 0.7);
    assert_int_equal(start("worktop", config).interval_ns, 2000000000);
    wt_config_free(config);
    free(text);
}

static void the_examples_can_be_read(void **state) {
    (void)state;
    if (getenv("WORKTOP_SOURCE") == NULL)
        skip();
    check_example("docs/CONFIG.md");
    check_example("README.md");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_has_its_type_and_range),
        cmocka_unit_test(the_file_gives_what_the_command_line_does_not),
        cmocka_unit_test(the_command_line_wins_where_two_exclude_each_other),
        cmocka_unit_test(mistakes_of_several_options_name_their_lines),
        cmocka_unit_test(what_needs_a_new_start_is_named),
        cmocka_unit_test(every_threshold_has_its_range),
        cmocka_unit_test(thresholds_become_limits_generally_and_by_service),
        cmocka_unit_test(thresholds_keep_a_distance),
        cmocka_unit_test(fields_say_what_they_mean),
        cmocka_unit_test(mistakes_name_line_key_value_and_what_is_right),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(long_paths_are_shortened_in_errors),
        cmocka_unit_test(files_are_found_in_order),
        cmocka_unit_test(files_are_read_with_care),
        cmocka_unit_test(the_document_is_made_from_the_tables),
        cmocka_unit_test(the_examples_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
