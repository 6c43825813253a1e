/* Streams, events and graphs. Work is queued, and done only when the host waits for it: a host that
 * reads too early reads old values. */
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <set>

#include "standin_priv.h"

using namespace standin;

struct CUgraph_st {
    std::vector<operation> operations;
};

struct CUgraphExec_st {
    std::vector<operation> operations;
};

struct CUstream_st {
    std::deque<operation> queue;
    std::unique_ptr<CUgraph_st> capture;
    bool invalidated;
};

struct CUevent_st {
    cudaStream_t stream; /* that it was last recorded in */
    unsigned long recorded, reached;
};

namespace standin
{
namespace
{
CUstream_st default_stream;
std::set<cudaStream_t> live_streams = {&default_stream};
std::set<cudaEvent_t> live_events;
std::set<cudaGraph_t> live_graphs;
std::set<cudaGraphExec_t> live_execs;

cudaStream_t resolve(cudaStream_t stream)
{
    return stream ? stream : &default_stream;
}

void drain(cudaStream_t stream)
{
    if (stream->queue.empty())
        return;
    {
        device_access open;
        while (!stream->queue.empty()) {
            operation op = std::move(stream->queue.front());
            stream->queue.pop_front();
            op.run();
        }
    }
    check_red_zones("a synchronisation");
}

/* Begin a call that waits on a stream, which a capture does not allow. */
cudaError_t enter_waiting(const char *call, cudaStream_t stream)
{
    cudaError_t error = enter(call, cudaErrorLaunchFailure);
    if (error != cudaSuccess)
        return error;
    if (!is_stream(stream))
        return fail(cudaErrorInvalidResourceHandle);
    return refuse_in_capture() ? fail(cudaErrorStreamCaptureUnsupported) : cudaSuccess;
}
} // namespace

bool is_stream(cudaStream_t stream)
{
    return live_streams.count(resolve(stream)) == 1;
}

bool is_capturing(cudaStream_t stream)
{
    return resolve(stream)->capture != nullptr;
}

bool refuse_in_capture()
{
    bool any = false;
    for (cudaStream_t stream : live_streams) {
        if (stream->capture)
            any = stream->invalidated = true;
    }
    return any;
}

cudaError_t enqueue(cudaStream_t stream, operation op)
{
    if (!is_stream(stream))
        return fail(cudaErrorInvalidResourceHandle);
    stream = resolve(stream);
    if (stream->invalidated)
        return fail(cudaErrorStreamCaptureInvalidated);
    if (stream->capture)
        stream->capture->operations.push_back(std::move(op));
    else
        stream->queue.push_back(std::move(op));
    return cudaSuccess;
}

void run_everything()
{
    std::vector<cudaStream_t> order(live_streams.begin(), live_streams.end());
    if (current_seed() % 2)
        std::reverse(order.begin(), order.end());
    for (cudaStream_t stream : order)
        drain(stream);
}
} // namespace standin

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned flags)
{
    cudaError_t error = enter("cudaStreamCreateWithFlags");
    if (error != cudaSuccess)
        return error;
    if (flags > cudaStreamNonBlocking)
        return fail(cudaErrorInvalidValue);
    *out = new CUstream_st();
    live_streams.insert(*out);
    streams.live++;
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    cudaError_t error = enter("cudaStreamDestroy");
    if (!stream || live_streams.count(stream) == 0)
        return fail(cudaErrorInvalidResourceHandle);
    drain(stream);
    live_streams.erase(stream);
    delete stream;
    streams.live--;
    return error;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    cudaError_t error = enter_waiting("cudaStreamSynchronize", stream);
    if (error != cudaSuccess)
        return error;
    /* Other streams may be ahead of this one, or behind. */
    if (current_seed() % 4 >= 2)
        run_everything();
    else
        drain(resolve(stream));
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void)
{
    cudaError_t error = enter_waiting("cudaDeviceSynchronize", nullptr);
    if (error == cudaSuccess)
        run_everything();
    return error;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode)
{
    cudaError_t error = enter("cudaStreamBeginCapture");
    if (error != cudaSuccess)
        return error;
    /* The default stream cannot be captured. */
    if (!stream || !is_stream(stream))
        return fail(cudaErrorStreamCaptureUnsupported);
    if (stream->capture)
        return fail(cudaErrorInvalidValue);
    stream->capture = std::make_unique<CUgraph_st>();
    stream->invalidated = false;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *out)
{
    cudaError_t error = enter("cudaStreamEndCapture");
    *out = nullptr;
    if (!stream || !is_stream(stream) || !stream->capture)
        return fail(cudaErrorInvalidValue);
    std::unique_ptr<CUgraph_st> graph = std::move(stream->capture);
    bool invalidated = stream->invalidated;
    stream->invalidated = false;
    if (error != cudaSuccess)
        return error;
    if (invalidated)
        return fail(cudaErrorStreamCaptureInvalidated);
    *out = graph.release();
    live_graphs.insert(*out);
    graphs.live++;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long)
{
    cudaError_t error = enter("cudaGraphInstantiate", cudaErrorMemoryAllocation);
    if (error != cudaSuccess)
        return error;
    if (live_graphs.count(graph) == 0)
        return fail(cudaErrorInvalidValue);
    *out = new CUgraphExec_st{graph->operations};
    live_execs.insert(*out);
    graph_execs.live++;
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    cudaError_t error = enter("cudaGraphLaunch", cudaErrorLaunchFailure);
    if (error != cudaSuccess)
        return error;
    if (live_execs.count(exec) == 0 || !is_stream(stream))
        return fail(cudaErrorInvalidValue);
    for (const operation &op : exec->operations) {
        error = enqueue(stream, op);
        if (error != cudaSuccess)
            return error;
    }
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    cudaError_t error = enter("cudaGraphExecDestroy");
    if (live_execs.erase(exec) == 0)
        return fail(cudaErrorInvalidValue);
    delete exec;
    graph_execs.live--;
    return error;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    cudaError_t error = enter("cudaGraphDestroy");
    if (live_graphs.erase(graph) == 0)
        return fail(cudaErrorInvalidValue);
    delete graph;
    graphs.live--;
    return error;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *out, unsigned)
{
    cudaError_t error = enter("cudaEventCreateWithFlags");
    if (error != cudaSuccess)
        return error;
    *out = new CUevent_st();
    live_events.insert(*out);
    events.live++;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    cudaError_t error = enter("cudaEventRecord");
    if (error != cudaSuccess)
        return error;
    if (live_events.count(event) == 0)
        return fail(cudaErrorInvalidResourceHandle);
    if (!is_stream(stream) || is_capturing(stream))
        return fail(cudaErrorStreamCaptureUnsupported);
    event->stream = resolve(stream);
    unsigned long number = ++event->recorded;
    return enqueue(stream, {"cudaEventRecord", [event, number] { event->reached = number; }});
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    cudaError_t error = enter_waiting("cudaEventSynchronize", nullptr);
    if (error != cudaSuccess)
        return error;
    if (live_events.count(event) == 0)
        return fail(cudaErrorInvalidResourceHandle);
    device_access open;
    /* Only up to the event: later work in the queue is not waited for. */
    while (event->reached < event->recorded) {
        operation op = std::move(event->stream->queue.front());
        event->stream->queue.pop_front();
        op.run();
    }
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    cudaError_t error = enter("cudaEventDestroy");
    if (live_events.count(event) == 0)
        return fail(cudaErrorInvalidResourceHandle);
    run_everything();
    live_events.erase(event);
    delete event;
    events.live--;
    return error;
}

/* A copy with one side on the device: that side, at an address that the host may access. */
static cudaError_t copy_between(void *device_view, void *to, const void *from, size_t size,
                                bool to_device, cudaStream_t stream)
{
    const void *host = to_device ? from : to;
    if (is_device_address(host))
        return fail(cudaErrorInvalidValue);
    if (is_pinned(host, size))
        return enqueue(stream, {"cudaMemcpyAsync", [=] {
                                    memcpy(to_device ? device_view : to,
                                           to_device ? from : device_view, size);
                                }});
    /* Pageable memory: copies to the device read it at once, copies from it are complete on return.
     */
    if (is_capturing(stream)) {
        refuse_in_capture();
        return fail(cudaErrorStreamCaptureUnsupported);
    }
    if (!to_device) {
        drain(resolve(stream));
        memcpy(to, device_view, size);
        return cudaSuccess;
    }
    const char *bytes = static_cast<const char *>(from);
    auto staged = std::make_shared<std::vector<char>>(bytes, bytes + size);
    return enqueue(
        stream, {"cudaMemcpyAsync", [=] { memcpy(device_view, staged->data(), staged->size()); }});
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size, cudaMemcpyKind kind,
                            cudaStream_t stream)
{
    cudaError_t error = enter("cudaMemcpyAsync");
    if (error != cudaSuccess)
        return error;
    if (!is_stream(stream))
        return fail(cudaErrorInvalidResourceHandle);
    if (size == 0)
        return cudaSuccess;
    void *to_view = host_view(to, size), *from_view = host_view(from, size);
    switch (kind) {
    case cudaMemcpyHostToDevice:
        return to_view ? copy_between(to_view, to, from, size, true, stream)
                       : fail(cudaErrorInvalidValue);
    case cudaMemcpyDeviceToHost:
        return from_view ? copy_between(from_view, to, from, size, false, stream)
                         : fail(cudaErrorInvalidValue);
    case cudaMemcpyDeviceToDevice:
        if (!to_view || !from_view)
            return fail(cudaErrorInvalidValue);
        return enqueue(stream, {"cudaMemcpyAsync", [=] { memmove(to_view, from_view, size); }});
    default:
        return fail(cudaErrorInvalidMemcpyDirection);
    }
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t stream)
{
    cudaError_t error = enter("cudaMemsetAsync");
    if (error != cudaSuccess)
        return error;
    void *view = host_view(to, size);
    if (!view)
        return fail(cudaErrorInvalidValue);
    return enqueue(stream, {"cudaMemsetAsync", [=] { memset(view, value, size); }});
}
