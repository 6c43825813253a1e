#include "cuda/net.cuh"

#include "cuda/recurrence.cuh"

void *engcu_take(unsigned char *block, size_t *used, size_t count, size_t size)
{
    const size_t line = 256; /* what cudaMalloc aligns to */
    size_t at = *used;
    *used += (count * size + line - 1) / line * line;
    return block ? block + at : NULL;
}

static engcu_layer layer_of(const eng_layout *layout, size_t l, size_t shared_most)
{
    engcu_layer layer = {};
    layer.at = layout->layers[l];
    layer.input = l == 0 ? ENGCU_SAMPLES : l == layout->n_encoder ? ENGCU_CODE : ENGCU_STATES;
    layer.above = l + 1 == layout->n_layers    ? ENGCU_FROM_READOUT
                  : l + 1 == layout->n_encoder ? ENGCU_FROM_CODE
                                               : ENGCU_FROM_STATES;
    layer.resident = layer.at.hidden <= ENGCU_RESIDENT_MOST &&
                     engcu_resident_bytes(layer.at.hidden) <= shared_most;
    return layer;
}

engcu_net engcu_net_of(eng_shape shape, size_t length, size_t shared_most)
{
    engcu_net net = {};
    net.layout = eng_layout_of(shape);
    net.length = length;
    net.n_layers = net.layout.n_layers;
    net.n_encoder = net.layout.n_encoder;
    net.stride = (net.layout.total + 63) / 64 * 64;
    for (size_t l = 0; l < net.n_layers; l++) {
        net.layers[l] = layer_of(&net.layout, l, shared_most);
        net.layers[l].sum_at = net.n_sums;
        net.n_sums += (uint32_t)(4 * net.layers[l].at.hidden);
    }
    net.sum_samples = net.n_sums;
    net.sum_readout = net.sum_samples + (uint32_t)(4 * net.layers[0].at.hidden);
    net.sum_readout_bias = net.sum_readout + (uint32_t)net.layout.out_features;
    net.n_sums = net.sum_readout_bias + 1;
    return net;
}

static float *floats(unsigned char *block, size_t *used, bool wanted, size_t count)
{
    return wanted ? static_cast<float *>(engcu_take(block, used, count, sizeof(float))) : NULL;
}

size_t engcu_work_of(const engcu_net *net, size_t batch, bool keep, unsigned char *block,
                     engcu_work *out)
{
    size_t used = 0, rows = batch * net->length;
    for (size_t l = 0; l < net->n_layers; l++) {
        const engcu_layer *layer = &net->layers[l];
        engcu_work::engcu_history *to = &out->layers[l];
        size_t H = layer->at.hidden;
        bool steps = !layer->resident;
        to->gates =
            floats(block, &used, keep || steps || layer->input == ENGCU_STATES, rows * 4 * H);
        to->c = floats(block, &used, keep || steps, rows * H);
        to->h = floats(block, &used, true, rows * H);
        to->dh =
            floats(block, &used, keep && (steps || layer->above == ENGCU_FROM_STATES), rows * H);
        to->dc = floats(block, &used, keep && steps, batch * H);
        to->code = floats(block, &used, steps && layer->input == ENGCU_CODE, batch * 4 * H);
    }
    out->y = floats(block, &used, true, rows);
    out->dy = floats(block, &used, keep, rows);
    out->sums = floats(block, &used, keep, batch * net->n_sums);
    out->stride = used / sizeof(float);
    return used;
}
