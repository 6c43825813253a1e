/* Shapes of models, the order and names of their weights as PyTorch has them, and initial weights
 * as PyTorch draws them from its generator. */
#include "engine/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Append one tensor. Everything that one PyTorch module owns is drawn with the same bound. */
static size_t add_param(eng_layout *layout, const char *module, const char *tensor, size_t rows,
                        size_t cols, size_t fan)
{
    eng_param *param = &layout->params[layout->n_params++];
    snprintf(param->name, sizeof param->name, "%s.%s", module, tensor);
    param->rows = rows;
    param->cols = cols;
    param->rank = strncmp(tensor, "bias", 4) == 0 ? 1 : 2;
    param->offset = layout->total;
    param->bound = (float)(1.0 / sqrt((double)fan));
    layout->total += rows * cols;
    return param->offset;
}

static void add_lstm(eng_layout *layout, const char *module, size_t in, size_t hidden)
{
    eng_layer *layer = &layout->layers[layout->n_layers++];
    layer->in = in;
    layer->hidden = hidden;
    layer->w_ih = add_param(layout, module, "weight_ih_l0", 4 * hidden, in, hidden);
    layer->w_hh = add_param(layout, module, "weight_hh_l0", 4 * hidden, hidden, hidden);
    layer->b_ih = add_param(layout, module, "bias_ih_l0", 4 * hidden, 1, hidden);
    layer->b_hh = add_param(layout, module, "bias_hh_l0", 4 * hidden, 1, hidden);
}

eng_layout eng_layout_of(eng_shape shape)
{
    eng_layout layout = {.shape = shape};
    size_t e = shape.embedding_dim;
    if (shape.arch == ENG_SINGLE) {
        add_lstm(&layout, "encoder.rnn1", 1, e);
        layout.n_encoder = layout.n_layers;
        add_lstm(&layout, "decoder.rnn1", e, e);
    } else {
        add_lstm(&layout, "encoder.rnn1", 1, 2 * e);
        add_lstm(&layout, "encoder.rnn2", 2 * e, e);
        layout.n_encoder = layout.n_layers;
        add_lstm(&layout, "decoder.rnn1", e, e);
        add_lstm(&layout, "decoder.rnn2", e, 2 * e);
    }
    layout.out_features = layout.layers[layout.n_layers - 1].hidden;
    layout.w_out = add_param(&layout, "decoder.output_layer", "weight", 1, layout.out_features,
                             layout.out_features);
    layout.b_out = add_param(&layout, "decoder.output_layer", "bias", 1, 1, layout.out_features);
    return layout;
}

void eng_init_weights(const eng_layout *layout, eng_rng *rng, eng_real *weights)
{
    enum { CHUNK = 256 };
    float drawn[CHUNK];
    for (size_t p = 0; p < layout->n_params; p++) {
        const eng_param *param = &layout->params[p];
        size_t n = param->rows * param->cols;
        for (size_t at = 0; at < n; at += CHUNK) {
            size_t take = n - at < CHUNK ? n - at : CHUNK;
            eng_rng_torch_uniform(rng, -param->bound, param->bound, drawn, take);
            for (size_t i = 0; weights && i < take; i++)
                weights[param->offset + at + i] = (eng_real)drawn[i];
        }
    }
}

const char *eng_arch_name(eng_arch arch)
{
    return arch == ENG_SINGLE ? "single" : "stacked";
}

const char *eng_loss_name(eng_loss loss)
{
    return loss == ENG_L1 ? "l1" : "mse";
}
