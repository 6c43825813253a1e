/* A list that grows by doubling; taken numbers stay in front of the others. */
#include "runner/search/numbers.h"

#include "engine/base/mem.h"

swp_status run_numbers_add(run_numbers *numbers, size_t number, swp_err *err)
{
    size_t *list = swp_grow(numbers->list, numbers->end, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for a search");
    numbers->list = list;
    list[numbers->end++] = number;
    return SWP_OK;
}

size_t run_numbers_take_smallest(run_numbers *numbers)
{
    size_t at = numbers->first;
    for (size_t i = numbers->first + 1; i < numbers->end; i++) {
        if (numbers->list[i] < numbers->list[at])
            at = i;
    }
    size_t number = numbers->list[at];
    numbers->list[at] = numbers->list[numbers->first++];
    return number;
}

void run_numbers_remove(run_numbers *numbers, size_t number)
{
    size_t at = numbers->first;
    while (numbers->list[at] != number)
        at++;
    numbers->list[at] = numbers->list[--numbers->end];
}
