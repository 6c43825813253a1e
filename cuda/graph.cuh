/* A sequence of launches, recorded once and replayed as one. */
#ifndef ENGCU_GRAPH_CUH
#define ENGCU_GRAPH_CUH

#include "cuda/queue.cuh"

struct engcu_graph {
    cudaGraphExec_t exec; /* NULL: nothing recorded */
};

/* Between begin and end, what is queued is recorded instead of done. `end` must be called even if
 * something failed in between; the graph is then empty.   owns   graph: engcu_graph_deinit */
void engcu_graph_begin(engcu_queue *queue);
void engcu_graph_end(engcu_queue *queue, engcu_graph *graph);

void engcu_graph_replay(engcu_queue *queue, const engcu_graph *graph);
void engcu_graph_deinit(engcu_graph *graph);

#endif
