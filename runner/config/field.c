/* Values between values: order, hash, and the way into the fields of a structure and back. */
#include <string.h>

#include "runner/config/cfg_priv.h"

/* Fields of the engine's enums are read and written through their common representation. */
_Static_assert(sizeof(cfg_goal) == sizeof(unsigned) && sizeof(cfg_switch) == sizeof(unsigned) &&
                   sizeof(run_metric_source) == sizeof(unsigned) &&
                   sizeof(cfg_stop_by) == sizeof(unsigned) &&
                   sizeof(eng_arch) == sizeof(unsigned) && sizeof(eng_loss) == sizeof(unsigned) &&
                   sizeof(eng_split_order) == sizeof(unsigned) &&
                   sizeof(eng_has_header) == sizeof(unsigned) &&
                   sizeof(cfg_init_stream) == sizeof(unsigned) &&
                   sizeof(cfg_optimizer) == sizeof(unsigned) &&
                   sizeof(cfg_goal) == sizeof(unsigned),
               "an enum is as wide as unsigned");

static int order_of(bool less, bool more)
{
    return more - less;
}

static int compare_texts(const char *a, const char *b)
{
    if (!a || !b) /* NULL is auto */
        return order_of(!a && b, a && !b);
    return a == b ? 0 : strcmp(a, b);
}

static int compare_dims(const cfg_value *a, const cfg_value *b)
{
    int order = order_of(a->n_dims<b->n_dims, a->n_dims> b->n_dims);
    for (size_t i = 0; order == 0 && i < a->n_dims; i++)
        order = order_of(a->dims[i]<b->dims[i], a->dims[i]> b->dims[i]);
    return order;
}

int cfg_value_compare(const cfg_value *a, const cfg_value *b)
{
    int order = order_of(a->kind<b->kind, a->kind> b->kind);
    if (order == 0)
        order = order_of(a->whole<b->whole, a->whole> b->whole);
    for (int i = 0; order == 0 && i < 2; i++)
        order = order_of(a->numbers[i]<b->numbers[i], a->numbers[i]> b->numbers[i]);
    if (order == 0)
        order = compare_texts(a->text, b->text);
    return order != 0 ? order : compare_dims(a, b);
}

uint64_t cfg_value_hash(const cfg_value *value, uint64_t hash)
{
    hash = swp_hash(&value->kind, sizeof value->kind, hash);
    hash = swp_hash(&value->whole, sizeof value->whole, hash);
    hash = swp_hash(value->numbers, sizeof value->numbers, hash);
    if (value->text)
        hash = swp_hash(value->text, strlen(value->text), hash);
    if (value->n_dims > 0)
        hash = swp_hash(value->dims, value->n_dims * sizeof *value->dims, hash);
    return hash;
}

static void store_composite(const cfg_option *option, const cfg_value *value, void *field)
{
    eng_split_spec *split = field;
    cfg_settings *settings = field;
    cfg_confirm *confirm = field;
    switch (option->type) {
    case CFG_SHUFFLE:
        split->shuffle = value->kind != 0;
        split->shuffle_seed = (uint32_t)value->whole;
        break;
    case CFG_CUTS:
        memcpy(split->cuts, value->numbers, sizeof split->cuts);
        break;
    case CFG_ANOMALIES:
        split->anomalies = (eng_anomalies)value->kind;
        split->anomaly_count = value->whole;
        break;
    case CFG_DIMS:
        settings->init_after = value->dims;
        settings->n_init_after = value->n_dims;
        break;
    case CFG_CONFIRM:
        *confirm = (cfg_confirm){.is_auto = value->kind,
                                 .n_best = (size_t)value->numbers[0],
                                 .n_seeds = (size_t)value->numbers[1]};
        break;
    default:
        break;
    }
}

/* Whether the field is a text, of whatever meaning. */
static bool is_text(cfg_type type)
{
    switch (type) {
    case CFG_NAME:
    case CFG_TEXT:
    case CFG_LABEL:
    case CFG_COLUMN:
    case CFG_COLUMNS:
    case CFG_WORD:
    case CFG_METRIC:
    case CFG_METRICS:
    case CFG_OBJECTIVE:
    case CFG_GPUS:
    case CFG_START:
        return true;
    default:
        return false;
    }
}

void cfg_value_store(const cfg_option *option, const cfg_value *value, void *group)
{
    void *field = (char *)group + option->offset;
    if (is_text(option->type)) {
        *(const char **)field = value->text;
        return;
    }
    switch (option->type) {
    case CFG_PARAM:
        *(cfg_named *)field = (cfg_named){value->text, value->numbers[0]};
        break;
    case CFG_CHOICE:
        memcpy(field, &value->kind, sizeof value->kind);
        break;
    case CFG_WHOLE:
        *(size_t *)field = value->whole;
        break;
    case CFG_SEED:
        *(uint32_t *)field = (uint32_t)value->whole;
        break;
    case CFG_NUMBER:
    case CFG_DURATION:
        *(double *)field = value->numbers[0];
        break;
    case CFG_BYTES:
        *(uint64_t *)field = value->whole;
        break;
    case CFG_THRESHOLD:
        *(res_threshold *)field =
            (res_threshold){(res_threshold_kind)value->kind, value->numbers[0]};
        break;
    default:
        store_composite(option, value, field);
        break;
    }
}

static cfg_value load_composite(const cfg_option *option, const void *field)
{
    const eng_split_spec *split = field;
    const cfg_settings *settings = field;
    const cfg_confirm *confirm = field;
    switch (option->type) {
    case CFG_SHUFFLE:
        return (cfg_value){.kind = split->shuffle, .whole = split->shuffle_seed};
    case CFG_CUTS:
        return (cfg_value){.numbers = {split->cuts[0], split->cuts[1]}};
    case CFG_ANOMALIES:
        return (cfg_value){.kind = split->anomalies, .whole = split->anomaly_count};
    case CFG_DIMS:
        return (cfg_value){.dims = settings->init_after, .n_dims = settings->n_init_after};
    case CFG_CONFIRM:
        return (cfg_value){.kind = confirm->is_auto,
                           .numbers = {(double)confirm->n_best, (double)confirm->n_seeds}};
    default:
        return (cfg_value){0};
    }
}

cfg_value cfg_value_load(const cfg_option *option, const void *group)
{
    const void *field = (const char *)group + option->offset;
    const res_threshold *threshold = field;
    cfg_value value = {0};
    if (is_text(option->type)) {
        value.text = *(const char *const *)field;
        return value;
    }
    switch (option->type) {
    case CFG_PARAM:
        return cfg_param_value(field);
    case CFG_CHOICE:
        memcpy(&value.kind, field, sizeof value.kind);
        break;
    case CFG_WHOLE:
        value.whole = *(const size_t *)field;
        break;
    case CFG_SEED:
        value.whole = *(const uint32_t *)field;
        break;
    case CFG_NUMBER:
    case CFG_DURATION:
        value.numbers[0] = *(const double *)field;
        break;
    case CFG_BYTES:
        value.whole = *(const uint64_t *)field;
        break;
    case CFG_THRESHOLD:
        value.kind = threshold->kind;
        value.numbers[0] = threshold->value;
        break;
    default:
        return load_composite(option, field);
    }
    return value;
}
