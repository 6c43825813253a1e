#!/usr/bin/env python3
"""Training steps and evaluation of sweep, PyTorch and JAX in turns, one thread each, on one core.

`sweep_bench --peers` starts it. PyTorch and JAX come from PyPI into a virtual environment, which is
made on the first run; without a network the comparison is skipped with a message. In every round
each program is measured for the same time, and ratios are taken within rounds: a table shows their
median and, in brackets, the least and the greatest. What one thread does is measured in processor
time, which other programs on the machine disturb least, and on one core for all; two threads by the
clock. (PyPI's PyTorch brings gigabytes for GPUs. pip's own settings, such as PIP_INDEX_URL, choose
an index with wheels for processors.)
"""
import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = ("torch==2.15.*", "jax==0.10.*", "numpy")
EVALUATED = 256  # sequences that the peers evaluate at once

# kind, architecture, E, batch, models side by side, cores that sweep may use
CASES = (
    [("train", "single", dim, 1, 1, 1) for dim in (2, 4, 8, 16, 32, 64, 128, 256)]
    + [("train", "single", dim, 1, 1, 2) for dim in (128, 256)]
    + [("train", "single", dim, 1, 16, 1) for dim in (2, 4, 8, 16, 32)]
    + [("train", "single", dim, batch, 1, 1) for dim in (8, 64, 128) for batch in (32, 256)]
    + [("train", "stacked", dim, 32, 1, 1) for dim in (8, 128)]
    + [("eval", "single", dim, 1, 1, 1) for dim in (8, 64, 128)]
    + [("eval", "stacked", dim, 1, 1, 1) for dim in (8, 128)]
)
QUICK = (("train", "single", 8, 1, 1, 1), ("train", "single", 64, 32, 1, 1))


def name_of(case):
    kind, arch, dim, batch, models, cores = case
    if kind == "eval":
        return f"evaluate, {arch} E={dim}"
    more = f", of {models}" if models > 1 else ", two cores" if cores > 1 else ""
    return f"{arch} E={dim} batch {batch}{more}"


def find_python(folder):
    """The virtual environment's python, with both peers in it; None, with the reason, without."""
    python = folder / "bin" / "python"
    have = [str(python), "-c", "import torch, jax, numpy"]
    if python.exists() and subprocess.run(have, capture_output=True, check=False).returncode == 0:
        return python, ""
    print(f"installing {', '.join(PACKAGES)} into {folder}", flush=True)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", *PACKAGES],
        have,
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            return None, " ".join(last) or f"{command[0]} failed"
    return python, ""


def environment(isa):
    """One thread; of the peers' instruction sets the one that sweep is held to."""
    env = dict(os.environ, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    for key in [key for key in env if key.startswith("OPENBLAS_")]:
        del env[key]
    flags = [
        "--xla_cpu_multi_thread_eigen=false",
        "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000",
    ]
    if isa == "avx2":
        env.update(ATEN_CPU_CAPABILITY="avx2", MKL_ENABLE_INSTRUCTIONS="AVX2")
        flags.append("--xla_cpu_max_isa=AVX2")
    else:
        flags.append("--xla_cpu_prefer_vector_width=512")
    env["XLA_FLAGS"] = " ".join(flags)
    return env


class Program:
    """A program that answers each line with one line of JSON."""

    def __init__(self, command, env):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )

    def run_on(self, cores):
        """Hold all its threads to these cores: those of a virtual machine are not equally fast."""
        for thread in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), cores)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"peers.py: {self.process.args[-1]} ended: {line}")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def requests_of(case):
    """What to ask each peer: some ways of JAX, of which the fastest counts."""
    kind, arch, dim, batch, models, _ = case
    same = {"kind": kind, "arch": arch, "E": dim, "batch": EVALUATED if kind == "eval" else batch}
    jax = []
    if kind == "eval":
        jax.append(same)
    elif models > 1:
        jax += [dict(same, models=models, way=way) for way in ("lanes", "vmap")]
    else:
        ways = ("hand",) if dim >= 64 else ("auto",)
        jax += [dict(same, way=way, unroll=unroll) for way in ways for unroll in (1, 4)]
    torch = [] if models > 1 else [same]
    return {"torch": torch, "jax": jax}


def measure(case, programs, rounds, budget, isa):
    kind, arch, dim, batch, models, cores = case
    line = f"{kind} {arch} {dim} {batch} {models} {cores} {isa} {budget}"
    clock = "wall_us" if cores > 1 else "cpu_us"
    usable = os.sched_getaffinity(0)
    for program in programs.values():
        program.run_on(usable if cores > 1 else {max(usable)})
    times = {name: [] for name in programs}
    for _ in range(rounds):
        times["sweep"].append(programs["sweep"].ask(line)[clock])
        for peer, requests in requests_of(case).items():
            answers = [programs[peer].ask(json.dumps(dict(r, budget=budget))) for r in requests]
            found = [a[clock] for a in answers if clock in a]
            if found:
                times[peer].append(min(found))
    row = {"name": name_of(case), "sweep_us": statistics.median(times["sweep"])}
    for peer in ("torch", "jax"):
        if len(times[peer]) == rounds:
            ratios = sorted(p / s for p, s in zip(times[peer], times["sweep"]))
            row[f"{peer}_us"] = statistics.median(times[peer])
            row[f"{peer}_ratio"] = [statistics.median(ratios), ratios[0], ratios[-1]]
    return row


def show(row):
    text = f"{row['name']:32}{row['sweep_us']:12.1f}"
    for peer in ("torch", "jax"):
        if f"{peer}_us" not in row:
            text += f"{'-':>12}{'':22}"
            continue
        median, least, most = row[f"{peer}_ratio"]
        text += f"{row[f'{peer}_us']:12.1f}{median:8.2f} [{least:.2f}..{most:.2f}]".ljust(34)
    print(text.rstrip(), flush=True)


def processor():
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True, help="the program sweep_bench")
    parser.add_argument("--venv", required=True, type=Path)
    parser.add_argument("--isa", default="best")
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("-o", dest="out", type=Path)
    options = parser.parse_args()
    python, reason = find_python(options.venv)
    if not python:
        print(f"peers are skipped: {reason}")
        return
    env = environment(options.isa)
    step = str(HERE / "peer_step.py")
    programs = {"sweep": Program([options.bench, "--serve"], env)}
    for peer in ("torch", "jax"):
        programs[peer] = Program([str(python), step, peer], env)
    versions = {peer: programs[peer].ask("{}")["version"] for peer in ("torch", "jax")}
    rounds, budget = (3, 0.05) if options.quick else (9, 0.1)
    load = os.getloadavg()[0]
    print(f"{processor()}, {options.isa}, PyTorch {versions['torch']}, JAX {versions['jax']},")
    print(f"{rounds} rounds, load average {load:.2f} before; us, and peer / sweep [least..most]\n")
    print(f"{'':32}{'sweep':>12}{'PyTorch':>12}{'':22}{'JAX':>12}")
    rows = []
    for case in QUICK if options.quick else CASES:
        if options.only in name_of(case):
            rows.append(measure(case, programs, rounds, budget, options.isa))
            show(rows[-1])
    for program in programs.values():
        program.close()
    if options.out:
        whole = {"cpu": processor(), "isa": options.isa, "load_average": load, "rows": rows}
        whole.update(versions=versions, rounds=rounds)
        options.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
