#include "cuda/graph.cuh"

void engcu_graph_begin(engcu_queue *queue)
{
    /* Relaxed: cuBLAS may make calls outside this stream that stricter modes forbid. */
    if (queue->status == SWP_OK)
        engcu_check(queue, cudaStreamBeginCapture(queue->stream, cudaStreamCaptureModeRelaxed),
                    "cudaStreamBeginCapture");
}

void engcu_graph_end(engcu_queue *queue, engcu_graph *graph)
{
    cudaGraph_t recorded = NULL;
    graph->exec = NULL;
    /* After a failure too, or the stream would keep recording. */
    engcu_check(queue, cudaStreamEndCapture(queue->stream, &recorded), "cudaStreamEndCapture");
    if (queue->status == SWP_OK)
        engcu_check(queue, cudaGraphInstantiate(&graph->exec, recorded, 0), "cudaGraphInstantiate");
    if (queue->status != SWP_OK)
        graph->exec = NULL;
    if (recorded)
        (void)cudaGraphDestroy(recorded);
}

void engcu_graph_replay(engcu_queue *queue, const engcu_graph *graph)
{
    if (queue->status == SWP_OK)
        engcu_check(queue, cudaGraphLaunch(graph->exec, queue->stream), "cudaGraphLaunch");
}

void engcu_graph_deinit(engcu_graph *graph)
{
    if (graph->exec)
        (void)cudaGraphExecDestroy(graph->exec);
    graph->exec = NULL;
}
