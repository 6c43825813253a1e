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
    char *stack;      /* lowest byte that may be used; below it lies a page that may not */
};

/* Give a fiber a stack, number `index` of those that are kept from one block to the next. */
void fiber_init(fiber *f, unsigned index);

/* Let it begin with `entry` when it is next switched to; `entry` never returns. */
void fiber_start(fiber *f, void (*entry)());

/* Go on with `to`, and come back when somebody switches to `from`. A fiber that is `over` is not
 * come back to. */
void fiber_switch(fiber *from, fiber *to, bool over);

/* The first thing that `entry` does. */
void fiber_arrive(fiber *self);
} // namespace standin

#endif
