#include "cuda/adam.cuh"

#include <math.h>

static const unsigned THREADS = 256;

/* Thread: one model. Counts the step and moves on to the rows of the next. */
__global__ void __launch_bounds__(THREADS) advance_kernel(const engcu_training p)
{
    const unsigned m = blockIdx.x * THREADS + threadIdx.x;
    if (m == 0)
        *p.cursor += p.batch;
    if (m >= p.n_models)
        return;
    double sum = 0;
    for (unsigned b = 0; b < p.batch; b++)
        sum += p.losses[m * p.loss_stride + b];
    p.epoch_loss[m] += sum;
    const eng_adam adam = p.settings[m];
    const double t = (double)++p.steps[m];
    engcu_adam_step numbers;
    numbers.beta1 = (float)adam.beta1;
    numbers.beta2 = (float)adam.beta2;
    numbers.one_minus_beta1 = (float)(1 - adam.beta1);
    numbers.one_minus_beta2 = (float)(1 - adam.beta2);
    numbers.step_size = (float)(adam.learning_rate / (1 - pow(adam.beta1, t)));
    numbers.scale = 1.0f / (float)sqrt(1 - pow(adam.beta2, t));
    numbers.eps = (float)adam.eps;
    p.numbers[m] = numbers;
}

/* Thread: one weight; block (weights, model). Kingma & Ba 2015, algorithm 1, rounded as PyTorch
 * does.
 */
__global__ void __launch_bounds__(THREADS) adam_kernel(const engcu_training p)
{
    const size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;
    if (i >= p.total)
        return;
    const size_t at = blockIdx.y * p.stride + i;
    const engcu_adam_step s = p.numbers[blockIdx.y];
    const float g = p.gradient[at];
    const float m = fmaf(s.one_minus_beta1, g, p.m[at] * s.beta1);
    const float v = fmaf(g * s.one_minus_beta2, g, p.v[at] * s.beta2);
    p.m[at] = m;
    p.v[at] = v;
    p.weights[at] -= m * s.step_size / fmaf(sqrtf(v), s.scale, s.eps);
}

void engcu_adam(engcu_queue *queue, const engcu_training *training)
{
    const unsigned n_models = training->n_models;
    const unsigned blocks = (unsigned)((training->total + THREADS - 1) / THREADS);
    engcu_launch(queue, "advance", advance_kernel, *training,
                 dim3((n_models + THREADS - 1) / THREADS), dim3(THREADS), 0);
    engcu_launch(queue, "adam", adam_kernel, *training, dim3(blocks, n_models), dim3(THREADS), 0);
}
