/* Layout of a model in padded blocks of weights, of its workspace, and the numbers of an Adam step.
 * Every block starts on a cache line. */
#include "engine/cpu/net.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"

/* Blocks start on a cache line. */
static size_t take(size_t *total, size_t n)
{
    const size_t line = 64 / sizeof(eng_real);
    size_t at = *total;
    *total += (n + line - 1) / line * line;
    return at;
}

static size_t padded_units(size_t hidden)
{
    if (hidden <= 4)
        return 4;
    if (hidden <= 8)
        return 8;
    return (hidden + 15) / 16 * 16;
}

net net_of(eng_shape shape, size_t length)
{
    net n = {.layout = eng_layout_of(shape), .length = length};
    n.n_layers = n.layout.n_layers;
    n.n_encoder = n.layout.n_encoder;
    for (size_t l = 0; l < n.n_layers; l++) {
        net_layer *layer = &n.layers[l];
        layer->in = n.layout.layers[l].in;
        layer->in_padded = l == 0 ? 1 : n.layers[l - 1].padded;
        layer->hidden = n.layout.layers[l].hidden;
        layer->padded = padded_units(layer->hidden);
        layer->w_ih = take(&n.total, 4 * layer->padded * layer->in_padded);
        layer->w_hh = take(&n.total, 4 * layer->padded * layer->padded);
        layer->b_ih = take(&n.total, 4 * layer->padded);
        layer->b_hh = take(&n.total, 4 * layer->padded);
        layer->w_fwd = take(&n.total_fwd, 4 * layer->padded * layer->padded);
        if (net_has_inner_input(&n, l))
            layer->w_in = take(&n.total_fwd, 4 * layer->padded * layer->in_padded);
    }
    n.out_padded = n.layers[n.n_layers - 1].padded;
    n.w_out = take(&n.total, n.out_padded);
    n.b_out = take(&n.total, 1);
    return n;
}

bool net_has_inner_input(const net *n, size_t l)
{
    return l > 0 && l != n->n_encoder;
}

/* Where one tensor lies in both forms: row r, column c. */
typedef struct tensor_map {
    size_t rows, cols;
    size_t plain, padded;       /* offsets of the tensor */
    size_t units, units_padded; /* rows of one gate */
    size_t cols_padded;
} tensor_map;

static size_t map_tensors(const net *n, tensor_map maps[ENG_MAX_PARAMS])
{
    size_t count = 0;
    for (size_t l = 0; l < n->n_layers; l++) {
        const eng_layer *from = &n->layout.layers[l];
        const net_layer *to = &n->layers[l];
        const struct {
            size_t plain, padded, cols, cols_padded;
        } tensors[] = {
            {from->w_ih, to->w_ih, to->in, to->in_padded},
            {from->w_hh, to->w_hh, to->hidden, to->padded},
            {from->b_ih, to->b_ih, 1, 1},
            {from->b_hh, to->b_hh, 1, 1},
        };
        for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++)
            maps[count++] = (tensor_map){4 * to->hidden,        tensors[i].cols, tensors[i].plain,
                                         tensors[i].padded,     to->hidden,      to->padded,
                                         tensors[i].cols_padded};
    }
    size_t out = n->layout.out_features;
    maps[count++] = (tensor_map){1, out, n->layout.w_out, n->w_out, 1, 1, n->out_padded};
    maps[count++] = (tensor_map){1, 1, n->layout.b_out, n->b_out, 1, 1, 1};
    return count;
}

static size_t padded_row(const tensor_map *map, size_t row)
{
    size_t unit = row / map->units * map->units_padded + row % map->units;
    return map->padded + unit * map->cols_padded;
}

void net_pack(const net *n, const eng_real *plain, eng_real *padded)
{
    tensor_map maps[ENG_MAX_PARAMS];
    size_t count = map_tensors(n, maps);
    memset(padded, 0, n->total * sizeof *padded);
    for (const tensor_map *map = maps; map < maps + count; map++)
        for (size_t row = 0; row < map->rows; row++)
            memcpy(padded + padded_row(map, row), plain + map->plain + row * map->cols,
                   map->cols * sizeof *plain);
}

void net_unpack(const net *n, const eng_real *padded, eng_real *plain)
{
    tensor_map maps[ENG_MAX_PARAMS];
    size_t count = map_tensors(n, maps);
    for (const tensor_map *map = maps; map < maps + count; map++)
        for (size_t row = 0; row < map->rows; row++)
            memcpy(plain + map->plain + row * map->cols, padded + padded_row(map, row),
                   map->cols * sizeof *plain);
}

static size_t zeros_size(const net *n)
{
    size_t widest = 0;
    for (size_t l = 0; l < n->n_layers; l++)
        widest = n->layers[l].padded > widest ? n->layers[l].padded : widest;
    return 4 * widest;
}

/* Numbers of a packed chunk of a layer's own hidden states and of its input. */
static size_t pack_size(const net *n)
{
    size_t widest = 0;
    for (size_t l = 0; l < n->n_layers; l++) {
        const net_layer *layer = &n->layers[l];
        size_t units = layer->padded + (l > 0 ? layer->in_padded : 0);
        widest = units > widest ? units : widest;
    }
    return NET_CHUNK * (NET_STRIP + widest);
}

/* Lay the workspace out; with a NULL block only the size is counted. Returns eng_real needed. What
 * stays as it is comes first, so that another layout leaves it alone. */
static size_t lay_out(const net *n, size_t capacity, bool keep, net_work *work)
{
    size_t total = 0, B = capacity, T = n->length;
    const size_t steps = keep ? T : 1; /* of a forward pass that are there at a time */
    eng_real *block = work->block;
#define PLACE(field, count)                                                                        \
    do {                                                                                           \
        size_t at = take(&total, count);                                                           \
        (field) = block ? block + at : NULL;                                                       \
    } while (0)
    if (keep)
        PLACE(work->zeros, zeros_size(n));
    for (size_t l = 0; l < n->n_layers; l++) {
        struct net_history *layer = &work->layers[l];
        size_t padded = n->layers[l].padded;
        PLACE(layer->gates, steps * B * 4 * padded);
        PLACE(layer->c, (steps + 1) * B * padded);
        PLACE(layer->h, (T + 1) * B * padded);
        PLACE(layer->tanh_c, steps * B * padded);
        PLACE(layer->dh, keep ? T * B * padded : 0);
        PLACE(layer->base, B * 4 * padded);
        PLACE(layer->dh_now, B * padded);
        PLACE(layer->dc, B * padded);
        PLACE(layer->beside, NET_PAIR * 4 * padded);
    }
    PLACE(work->x, T * B);
    PLACE(work->y, T * B);
    PLACE(work->dy, T * B);
    PLACE(work->terms, T * B);
    PLACE(work->strip, keep ? NET_HALVES * T * NET_STRIP : 0);
    PLACE(work->pack, keep ? pack_size(n) : 0);
#undef PLACE
    return total;
}

size_t net_work_bytes(const net *n, size_t capacity)
{
    net_work empty = {0};
    return lay_out(n, capacity, true, &empty) * sizeof(eng_real);
}

swp_status net_work_init(net_work *out, const net *n, size_t capacity, swp_err *err)
{
    *out = (net_work){.capacity = capacity};
    size_t bytes = net_work_bytes(n, capacity);
    out->block = swp_alloc(bytes, 1);
    if (!out->block)
        return swp_fail(err, SWP_NOMEM, "no memory for a workspace of %zu bytes", bytes);
    (void)lay_out(n, capacity, true, out);
    return SWP_OK;
}

net_work net_work_forward(const net_work *work, const net *n, size_t most)
{
    net_work empty = {0};
    const size_t room = lay_out(n, work->capacity, true, &empty) - zeros_size(n);
    while (most > 1 && lay_out(n, most, false, &empty) > room)
        most--;
    net_work out = {.capacity = most, .block = work->block + zeros_size(n)};
    (void)lay_out(n, most, false, &out);
    return out;
}

net_work net_work_of_model(const net_work *work, const net *n, size_t i)
{
    const size_t T = n->length;
    net_work out = *work;
    for (size_t l = 0; l < n->n_layers; l++) {
        struct net_history *layer = &out.layers[l];
        const size_t row = i * n->layers[l].padded;
        layer->gates += T * 4 * row;
        layer->c += (T + 1) * row;
        layer->h += (T + 1) * row;
        layer->tanh_c += T * row;
        layer->dh += T * row;
        layer->base += 4 * row;
        layer->dh_now += row;
        layer->dc += row;
        layer->beside += 4 * row;
    }
    out.y += i * T;
    out.dy += i * T;
    out.terms += i * T;
    return out;
}

void net_work_deinit(net_work *work)
{
    swp_free(work->block);
    *work = (net_work){0};
}

net_adam net_adam_of(const eng_adam *settings, uint64_t t)
{
    double steps = (double)t;
    return (net_adam){
        .beta1 = (eng_real)settings->beta1,
        .beta2 = (eng_real)settings->beta2,
        .one_minus_beta1 = (eng_real)(1 - settings->beta1),
        .one_minus_beta2 = (eng_real)(1 - settings->beta2),
        .step_size = (eng_real)(settings->learning_rate / (1 - pow(settings->beta1, steps))),
        .correction_sqrt = (eng_real)sqrt(1 - pow(settings->beta2, steps)),
        .eps = (eng_real)settings->eps,
    };
}
