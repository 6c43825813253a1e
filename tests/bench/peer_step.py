#!/usr/bin/env python3
"""Times PyTorch or JAX for peers.py: one JSON request a line in, one JSON answer a line out.

A request has kind (train, eval), arch, E, batch, budget (seconds); for JAX also models, unroll and
way: auto (automatic differentiation), hand (a backward pass by hand, with one product per gradient),
lanes (models in the last dimension), vmap. The answer has the medians wall_us and cpu_us of one
model's step, or of one evaluated sequence. The models are those of tests/reference/make_reference.py; JAX trains in one jit,
with scans over sequences and over time and Adam by hand.
"""
import json
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "reference"))
T = 140

def measure(work, budget):
    """Median times of what `work` returns a count of, after one run that warms up."""
    work()
    wall, cpu, end = [], [], time.perf_counter() + budget
    while time.perf_counter() < end or len(wall) < 3:
        begin, cpu_begin = time.perf_counter(), time.process_time()
        count = work()
        cpu.append((time.process_time() - cpu_begin) * 1e6 / count)
        wall.append((time.perf_counter() - begin) * 1e6 / count)
    return {"wall_us": statistics.median(wall), "cpu_us": statistics.median(cpu)}


def torch_peer():
    import torch
    from make_reference import ARCH, beats

    torch.set_num_threads(1)

    def build(r):
        torch.manual_seed(42)
        model = ARCH[r["arch"]](r["E"])
        x = torch.tensor(beats(r["batch"], 42)).unsqueeze(2)
        loss_of = torch.nn.L1Loss(reduction="sum")

        def evaluate():
            with torch.inference_mode():
                (model(x) - x).abs().sum((1, 2))
            return r["batch"]

        if r["kind"] == "eval":
            return evaluate
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

        def train():
            optimizer.zero_grad()
            loss_of(model(x), x).backward()
            optimizer.step()
            return 1

        return train

    return torch.__version__, build


def jax_peer():
    import jax, jax.numpy as jnp
    from jax import lax
    from make_reference import beats
    jax.config.update("jax_enable_x64", False)
    def init_layer(key, I, H):
        k = 1 / np.sqrt(H)
        ks = jax.random.split(key, 3)
        u = lambda k_, s: jax.random.uniform(k_, s, jnp.float32, -k, k)
        return dict(wi=u(ks[0], (I, 4 * H)), wh=u(ks[1], (H, 4 * H)), b=u(ks[2], (4 * H,)))
    def cell(xw, h, c, wh):
        g = xw + h @ wh
        H = h.shape[-1]
        i, f, gg, o = g[..., :H], g[..., H:2*H], g[..., 2*H:3*H], g[..., 3*H:]
        i, f, gg, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(gg), jax.nn.sigmoid(o)
        c = f * c + i * gg
        tc = jnp.tanh(c)
        return o * tc, c, (i, f, gg, o, tc)
    # autodiff: xs (T,B,I) or one repeated input
    def lstm_auto(p, xw, unroll):
        B, H = xw.shape[1], p["wh"].shape[0]
        def f(hc, xw_t):
            h, c, _ = cell(xw_t, *hc, p["wh"])
            return (h, c), h
        z = jnp.zeros((B, H), jnp.float32)
        _, hs = lax.scan(f, (z, z), xw, unroll=unroll)
        return hs
    # hand-written backward
    @partial(jax.custom_vjp, nondiff_argnums=(2,))
    def rec(wh, xw, unroll): return rec_f(wh, xw, unroll)[0]
    def rec_f(wh, xw, unroll):
        B, H = xw.shape[1], wh.shape[0]
        def f(hc, xw_t):
            h0, c0 = hc
            h, c, (i, ff, g, o, tc) = cell(xw_t, h0, c0, wh)
            return (h, c), (h, h0, c0, jnp.concatenate([i, ff, g, o], -1), tc)
        z = jnp.zeros((B, H), jnp.float32)
        _, (hs, h0s, c0s, gs, tcs) = lax.scan(f, (z, z), xw, unroll=unroll)
        return hs, (wh, h0s, c0s, gs, tcs)
    def rec_b(unroll, res, dhs):
        wh, h0s, c0s, gs, tcs = res
        H = wh.shape[0]
        wt = wh.T
        def f(carry, s):
            dh, dc = carry
            dh_t, c0, g4, tc = s
            i, ff, g, o = g4[..., :H], g4[..., H:2*H], g4[..., 2*H:3*H], g4[..., 3*H:]
            dh = dh + dh_t
            dc = dc + dh * o * (1 - tc * tc)
            d = jnp.concatenate([dc * g * i * (1 - i), dc * c0 * ff * (1 - ff), dc * i * (1 - g * g), dh * tc * o * (1 - o)], -1)
            return (d @ wt, dc * ff), d
        z = jnp.zeros_like(c0s[0])
        _, ds = lax.scan(f, (z, z), (dhs, c0s, gs, tcs), reverse=True, unroll=unroll)
        dwh = jnp.einsum("tbh,tbg->hg", h0s, ds)
        return dwh, ds
    rec.defvjp(rec_f, rec_b)
    def lstm_hand(p, xw, unroll): return rec(p["wh"], xw, unroll)
    def model_loss(ps, x, arch, lstm, unroll):   # x (B,T)
        xt = x.T[:, :, None]
        B = x.shape[0]
        def layer(p, xs): return lstm(p, xs @ p["wi"] + p["b"], unroll)
        def rep(p, h): return lstm(p, jnp.broadcast_to((h @ p["wi"] + p["b"])[None], (T, B, p["wh"].shape[1])), unroll)
        p0 = ps[0]
        h = lstm(p0, xt * p0["wi"][0] + p0["b"], unroll)
        if arch == "single":
            hs = rep(ps[1], h[-1])
        else:
            h = layer(ps[1], h)
            hs = rep(ps[2], h[-1])
            hs = layer(ps[3], hs)
        y = hs @ ps[-1]["w"] + ps[-1]["b"]
        return jnp.abs(y - xt[:, :, 0]).sum()
    def init(seed, arch, E):
        k = jax.random.split(jax.random.PRNGKey(seed), 5)
        dims = [(1, E), (E, E)] if arch == "single" else [(1, 2*E), (2*E, E), (E, E), (E, 2*E)]
        return [init_layer(k[i], *d) for i, d in enumerate(dims)] + [dict(w=jax.random.normal(k[4], (dims[-1][1],)) * .1, b=jnp.zeros(()))]
    def adam(ps, gs, m, v, t):
        m = jax.tree.map(lambda m, g: .9 * m + .1 * g, m, gs)
        v = jax.tree.map(lambda v, g: .999 * v + .001 * g * g, v, gs)
        a = 1e-3 / (1 - .9 ** t); s = 1 / (1 - .999 ** t)
        ps = jax.tree.map(lambda p, m, v: p - a * m / (jnp.sqrt(v * s) + 1e-8), ps, m, v)
        return ps, m, v
    # lanes: seeds in the last dimension, products as multiply-reduce; S models, batch 1
    def lanes_loss(ps, x, unroll):  # x (T,), ps leaves (..., S)
        S = ps[0]["b"].shape[-1]
        def lstm(p, xw):
            H = p["wh"].shape[0]
            def f(hc, xw_t):
                h, c = hc
                g = xw_t + (p["wh"] * h[:, None, :]).sum(0)
                i, ff, gg, o = jax.nn.sigmoid(g[:H]), jax.nn.sigmoid(g[H:2*H]), jnp.tanh(g[2*H:3*H]), jax.nn.sigmoid(g[3*H:])
                c = ff * c + i * gg
                h = o * jnp.tanh(c)
                return (h, c), h
            z = jnp.zeros((H, S), jnp.float32)
            return lax.scan(f, (z, z), xw, unroll=unroll)[1]
        p = ps[0]
        hs = lstm(p, x[:, None, None] * p["wi"][0][None] + p["b"][None])
        q = ps[1]
        xw = (q["wi"] * hs[-1][:, None, :]).sum(0) + q["b"]
        hs = lstm(q, jnp.broadcast_to(xw[None], (T,) + xw.shape))
        y = (hs * ps[2]["w"][None]).sum(1) + ps[2]["b"][None]
        return jnp.abs(y - x[:, None]).sum()
    def build(r):
        arch, E, B, way = r["arch"], r["E"], r["batch"], r.get("way", "auto")
        S, unroll = r.get("models", 0), r.get("unroll", 1)
        lstm = lstm_hand if way == "hand" else lstm_auto
        n = 2 if r["kind"] == "eval" else 8
        xs = jnp.asarray(beats(n * B, 42)).reshape(n, B, T)
        if r["kind"] == "eval":
            ps = init(42, arch, E)
            one = lambda ps, x: model_loss(ps, x, arch, lstm, unroll)
            f = jax.jit(lambda ps, xs: lax.map(lambda x: one(ps, x), xs))

            def evaluate():
                f(ps, xs).block_until_ready()
                return n * B

            return evaluate
        ps = init(42, arch, E)
        loss = lambda ps, x: model_loss(ps, x, arch, lstm, unroll)
        if S:
            axis = -1 if way == "lanes" else 0
            ps = jax.tree.map(lambda *a: jnp.stack(a, axis), *(init(s, arch, E) for s in range(S)))
            single = loss
            if way == "lanes":
                loss = lambda ps, x: lanes_loss(ps, x[0], unroll)
            else:
                loss = lambda ps, x: jax.vmap(lambda p: single(p, x))(ps).sum()

        def step(carry, x):
            ps, m, v, t = carry
            l, g = jax.value_and_grad(loss)(ps, x)
            t = t + 1
            return (*adam(ps, g, m, v, t), t), l

        epoch = jax.jit(lambda c, xs: lax.scan(step, c, xs), donate_argnums=0)
        zeros = lambda: jax.tree.map(jnp.zeros_like, ps)
        state = [(ps, zeros(), zeros(), jnp.float32(0))]

        def train():
            state[0], l = epoch(state[0], xs)
            l.block_until_ready()
            return n * max(S, 1)

        return train

    return jax.__version__, build


def main():
    version, build = {"torch": torch_peer, "jax": jax_peer}[sys.argv[1]]()
    built = {}
    for line in sys.stdin:
        request = json.loads(line)
        if not request:
            print(json.dumps({"version": version}), flush=True)
            continue
        budget = request.pop("budget")
        key = json.dumps(request)
        try:
            if key not in built:
                built[key] = build(request)
            answer = measure(built[key], budget)
        except Exception as error:  # a shape that a peer cannot do is a gap in the table
            answer = {"error": repr(error)[:300]}
            print(f"peer_step.py: {key}: {answer['error']}", file=sys.stderr)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
