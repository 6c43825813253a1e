/* Makes what is kept of a model: the .safetensors file with its metadata, and the reconstructions.
 */
#include "runner/backend/snapshot.h"

#include <stdio.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/safetensors.h"
#include "runner/version.h"

_Static_assert(sizeof(eng_real) == sizeof(float), "reconstructions are kept as float32");

static swp_status reconstruct(run_snapshot *out, const run_model *model, swp_err *err)
{
    const run_split *split = model->split;
    size_t length = model->set->length;
    out->n_reconstructions = split->n_samples * length;
    out->reconstructions = swp_alloc(out->n_reconstructions, sizeof *out->reconstructions);
    if (!out->reconstructions)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu reconstructions", split->n_samples);
    swp_status status = SWP_OK;
    for (size_t i = 0; i < split->n_samples && status == SWP_OK; i++)
        status = model->api->reconstruct(model->cohort, model->index, split->samples[i].row,
                                         out->reconstructions + i * length, err);
    return status;
}

static swp_status encode(run_snapshot *out, const run_model *model, swp_err *err)
{
    const cfg_settings *settings = model->settings;
    const eng_dataset *set = model->set;
    char dim[24], length[24], seed[24], number[24];
    char train_loss[SWP_NUMBER_SIZE], val_loss[SWP_NUMBER_SIZE];
    snprintf(dim, sizeof dim, "%zu", settings->shape.embedding_dim);
    snprintf(length, sizeof length, "%zu", set->length);
    snprintf(seed, sizeof seed, "%lu", (unsigned long)settings->seed);
    snprintf(number, sizeof number, "%zu", model->step);
    swp_format_double(model->train_loss, train_loss);
    swp_format_double(model->val_loss, val_loss);
    const eng_note notes[] = {
        {"format", "pt"}, /* what tells other programs that the names are PyTorch's */
        {"program", "sweep " SWEEP_VERSION},
        {"arch", eng_arch_name(settings->shape.arch)},
        {"embedding_dim", dim},
        {"loss", eng_loss_name(settings->loss)},
        {"length", length},
        {"data", set->name},
        {"data_fingerprint", set->fingerprint},
        {"synthetic", set->synthetic ? "true" : "false"},
        {"normal_class", settings->split.normal_class},
        {"seed", seed},
        {"epoch", number},
        {"train_loss", train_loss},
        {"val_loss", val_loss},
    };
    eng_layout layout = eng_layout_of(settings->shape);
    return eng_safetensors_encode(&layout, model->weights, notes, sizeof notes / sizeof notes[0],
                                  &out->weights, &out->weights_bytes, err);
}

swp_status run_snapshot_init(run_snapshot *out, const run_model *model, swp_err *err)
{
    *out = (run_snapshot){0};
    swp_status status = reconstruct(out, model, err);
    return status == SWP_OK ? encode(out, model, err) : status;
}

void run_snapshot_deinit(run_snapshot *snapshot)
{
    swp_free(snapshot->weights);
    swp_free(snapshot->reconstructions);
    *snapshot = (run_snapshot){0};
}
