/* fuzz_config.c - any bytes as a configuration file: refused with one harmless line that names the
 * file, or read, and then every value keeps the promises of the tables, reading it again says the
 * same, the report of it is harmless, and a schema can be made under its rules. */
#include "config/config.h"
#include "fuzz/fuzz.h"

#define IN_ratio(value, least, most) ((value) >= (least) && (value) <= (most))
#define IN_number(value, least, most) ((value) >= (least) && (value) <= (most))
#define IN_ns(value, least, most) ((double)(value) >= (least)*1e9 && (double)(value) <= (most)*1e9)

static void check_limits(const struct wt_health_limits *limits) {
#define CHECK(member, key, type, least, most, help) require(IN_##type(limits->member, least, most));
    WT_LIMIT_MAP(CHECK)
#undef CHECK
    require(limits->clear_ratio < limits->warn_ratio && limits->warn_ratio <= limits->crit_ratio);
}

static bool is_harmless_text(const char *text) {
    return fuzz_is_harmless(text, strlen(text));
}

/* A worker that announces exactly the fields that the rules are about. */
static void check_schema(const struct wt_service_rules *service) {
    struct wt_schema *schema;
    struct wt_schema_builder *builder = wt_schema_builder_create(8 * WT_SCHEMA_MAX_FIELDS);
    require(builder != NULL);
    wt_schema_builder_rules(builder, service->fields, service->field_count);
    for (size_t i = 0; i < service->field_count; i++)
        wt_schema_builder_add(builder, service->fields[i].key, strlen(service->fields[i].key),
                              "u64", 3, (int64_t)(8 * i), NULL, 0);
    require(wt_schema_builder_finish(builder, &schema, NULL) == WT_OK);
    require(schema->field_count == service->field_count && schema->problem_count == 0);
    for (size_t i = 0; i < service->field_count; i++) {
        const struct wt_field_said *said = &service->fields[i].said;
        const struct wt_field *field = &schema->fields[i];
        require((said->says & WT_SAYS_KIND) == 0 || field->kind == said->kind);
        require((said->says & WT_SAYS_ROLE) == 0 || field->role == said->role);
        require((said->says & WT_SAYS_AGGREGATE) == 0 || field->aggregate == said->aggregate);
        require((said->says & WT_SAYS_UNIT) == 0 || strcmp(field->unit, said->unit) == 0);
        require(is_harmless_text(field->key) && is_harmless_text(field->unit));
    }
    wt_schema_unref(schema);
    wt_schema_builder_destroy(builder);
}

static void check_rules(const struct wt_rules *rules) {
    check_limits(&rules->limits);
    require(rules->service_count <= WT_CONFIG_MAX_SERVICES);
    for (size_t i = 0; i < rules->service_count; i++) {
        const struct wt_service_rules *service = &rules->services[i];
        check_limits(&service->limits);
        require(service->name[0] != '\0' && is_harmless_text(service->name));
        require(wt_rules_find(rules, service->name) == service); /* none twice */
        check_schema(service);
    }
}

static void check_report(const struct wt_config *config, const char *word) {
    char program[] = "worktop", command[] = "config", subject[16];
    char *words[] = {program, command, subject, NULL};
    struct wt_options options;
    struct wt_buffer table = {0}, json = {0};
    struct wt_json_document *document;
    struct wt_error err = {0};
    snprintf(subject, sizeof subject, "%s", word);
    require(wt_options_read(&options, 3, words, NULL) == WT_OK);
    wt_config_apply(config, &options);
    require(options.interval_ns >= 100000000 && options.segment_bytes % 8 == 0);
    if (wt_options_check(&options, &err) != WT_OK) {
        require(is_harmless_text(err.text));
        return;
    }
    require(options.size_bytes >= options.segment_bytes && options.size_bytes <= options.max_bytes);
    wt_config_report(&options, &table);
    wt_config_report_json(&options, &json);
    require(!table.failed && !json.failed);
    for (char *line = table.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        require(fuzz_is_harmless(line, (size_t)(end - line)));
    require(wt_json_parse(&document, "report", json.data, json.length, &err) == WT_OK);
    wt_json_free(document);
    wt_buffer_fini(&table);
    wt_buffer_fini(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wt_config *config, *again;
    struct wt_error err = {0};
    wt_status status = wt_config_parse(&config, "x.json", (const char *)data, size, &err);
    if (status != WT_OK) {
        require(status == WT_EFORMAT || status == WT_ELIMIT);
        require(config == NULL && is_harmless_text(err.text));
        require(strncmp(err.text, "x.json:", 7) == 0);
        return 0;
    }
    check_rules(&config->rules);
    check_report(config, "dashboard");
    check_report(config, "serve");
    require(wt_config_parse(&again, "x.json", (const char *)data, size, NULL) == WT_OK);
    require(again->rules.service_count == config->rules.service_count);
    require(memcmp(&again->rules.limits, &config->rules.limits, sizeof again->rules.limits) == 0);
    wt_config_free(again);
    wt_config_free(config);
    return 0;
}
