/* Switching between stacks: a dozen instructions on x86-64, ucontext elsewhere. */
#include "fiber.h"

#include <cstdint>
#include <cstring>
#include <sys/mman.h>

#include "standin_priv.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#ifndef __x86_64__
#include <ucontext.h>
#include <vector>
#endif

namespace standin
{
namespace
{
constexpr size_t PAGE = 4096;
char *stacks[1024];

char *map_stack()
{
    void *at = mmap(nullptr, PAGE + FIBER_STACK, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED || mprotect(at, PAGE, PROT_NONE) != 0)
        fault("no memory for the stacks of a block's threads");
    return static_cast<char *>(at) + PAGE;
}
} // namespace

void fiber_init(fiber *f, unsigned index)
{
    if (!stacks[index])
        stacks[index] = map_stack();
    *f = {nullptr, nullptr, stacks[index]};
}

#ifdef __x86_64__
/* void swap_stacks(void **save, void *load): registers that a callee may change need not be saved.
 */
asm(R"(
    .text
    .local standin_swap_stacks
    .type standin_swap_stacks, @function
standin_swap_stacks:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size standin_swap_stacks, . - standin_swap_stacks
)");
extern "C" void standin_swap_stacks(void **save, void *load);

void fiber_start(fiber *f, void (*entry)())
{
    /* Stacks begin at different lines of a page; else all tops would share a few sets of the
     * first-level cache. */
    uintptr_t number = (uintptr_t)f->stack / (PAGE + FIBER_STACK);
    char *top = f->stack + FIBER_STACK - 64 * (number * 5 % 32);
    /* Six registers, the entry, and a return address of 0 that leaves the stack as after a call. */
    uintptr_t frame[8] = {0, 0, 0, 0, 0, 0, (uintptr_t)entry, 0};
    f->stack_pointer = top - sizeof frame;
    memcpy(f->stack_pointer, frame, sizeof frame);
    f->fake_stack = nullptr;
}

static void swap(fiber *from, fiber *to)
{
    standin_swap_stacks(&from->stack_pointer, to->stack_pointer);
}
#else
/* One context for each stack, in the stack's lowest bytes. */
static ucontext_t *context_of(fiber *f)
{
    if (!f->stack_pointer)
        f->stack_pointer = new ucontext_t();
    return static_cast<ucontext_t *>(f->stack_pointer);
}

void fiber_start(fiber *f, void (*entry)())
{
    ucontext_t *context = context_of(f);
    getcontext(context);
    context->uc_stack.ss_sp = f->stack;
    context->uc_stack.ss_size = FIBER_STACK;
    makecontext(context, entry, 0);
    f->fake_stack = nullptr;
}

static void swap(fiber *from, fiber *to)
{
    swapcontext(context_of(from), context_of(to));
}
#endif

#ifdef __SANITIZE_ADDRESS__
/* The host's stack, as reported by AddressSanitizer at the first switch. */
static const void *host_stack;
static size_t host_stack_size;

void fiber_switch(fiber *from, fiber *to, bool over)
{
    const void *bottom = to->stack ? to->stack : host_stack;
    __sanitizer_start_switch_fiber(over ? nullptr : &from->fake_stack, bottom,
                                   to->stack ? FIBER_STACK : host_stack_size);
    swap(from, to);
    fiber_arrive(from);
}

void fiber_arrive(fiber *self)
{
    const void *bottom;
    size_t size;
    __sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &size);
    if (!host_stack) {
        host_stack = bottom;
        host_stack_size = size;
    }
}
#else
void fiber_switch(fiber *from, fiber *to, bool)
{
    swap(from, to);
}

void fiber_arrive(fiber *)
{
}
#endif
} // namespace standin
