/* What the tests of the stand-in share: memory, launches, faults in a process of their own. */
#ifndef TEST_KERNEL_TEST_H
#define TEST_KERNEL_TEST_H

#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "tests/cuda/standin/standin.h"

extern "C" {
#include "tests/support/cmocka_all.h"
}

inline cudaStream_t stream;

inline void ok(cudaError_t error)
{
    if (error != cudaSuccess)
        fail_msg("%s", cudaGetErrorName(error));
}

template <typename T> T *device_array(size_t n)
{
    T *out;
    ok(cudaMalloc(&out, n * sizeof(T)));
    return out;
}

template <typename T> T *upload(const std::vector<T> &values)
{
    T *out = device_array<T>(values.size());
    ok(cudaMemcpyAsync(out, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice,
                       stream));
    return out;
}

template <typename T> std::vector<T> download(const T *from, size_t n)
{
    std::vector<T> out(n);
    ok(cudaMemcpyAsync(out.data(), from, n * sizeof(T), cudaMemcpyDeviceToHost, stream));
    ok(cudaStreamSynchronize(stream));
    return out;
}

template <typename... P, typename... A>
cudaError_t launch(void (*kernel)(P...), dim3 grid, dim3 block, size_t shared, A... given)
{
    std::tuple<std::decay_t<P>...> values(given...);
    void *args[sizeof...(P) + 1];
    size_t i = 0;
    std::apply([&](auto &...value) { ((args[i++] = &value), ...); }, values);
    return cudaLaunchKernel(kernel, grid, block, args, shared, stream);
}

/* Run something in a process of its own: it must end in a fault whose message has this text. */
template <typename F> void assert_fault(const char *text, F what)
{
    int ends[2];
    char said[2048] = {};
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        what();
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], said + n, sizeof said - 1 - n)) > 0;)
        n += (size_t)got;
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != STANDIN_EXIT || !strstr(said, text))
        fail_msg("expected a fault with '%s', found status %#x and '%s'", text, status, said);
}

/* For faults in the runtime: a child may not use what its parent began. */
template <typename F> void assert_device_fault(const char *text, F what)
{
    assert_fault(text, [&] {
        standin_adopt_process();
        what();
        cudaStreamSynchronize(stream);
    });
}

inline int open_stream(void **)
{
    ok(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    return 0;
}

inline int close_stream(void **)
{
    ok(cudaStreamDestroy(stream));
    return standin_leaks(1) > 0;
}

#endif
