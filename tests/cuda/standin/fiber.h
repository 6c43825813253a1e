/* A thread of a kernel: code with a stack of its own that runs until it waits. */
#ifndef CUDA_STANDIN_FIBER_H
#define CUDA_STANDIN_FIBER_H

#include <cstddef>

namespace standin
{
constexpr size_t FIBER_STACK = 1 << 16;

struct fiber {
    void *stack_pointer;
    void *fake_stack; /* AddressSanitizer's */
    char *stack;      /* lowest usable byte; below it is a guard page */
};

/* Give a fiber a stack: number `index` of those that are reused from block to block. */
void fiber_init(fiber *f, unsigned index);

/* Let it begin with `entry` when it is next switched to; `entry` never returns. */
void fiber_start(fiber *f, void (*entry)());

/* Continue with `to`, until something switches back to `from`. A fiber that is `over` never
 * continues. */
void fiber_switch(fiber *from, fiber *to, bool over);

/* Must be the first call of `entry`. */
void fiber_arrive(fiber *self);
} // namespace standin

#endif
