#!/usr/bin/env python3
"""Print engine/cpu/tanh_pieces.c: the polynomials of tanh_pieces.h, computed with NumPy alone.

`python3 make_tanh_pieces.py >../../engine/cpu/tanh_pieces.c`. Each polynomial is the one of degree 5 whose greatest relative
error in its interval is least (Lawson's iteration), with coefficients rounded to float32; what that costs is printed
on standard error.
"""
import sys

import numpy as np

INTERVALS, DEGREE, WIDTH = 32, 5, 9 / 32


def chebyshev(low, high, n=400):
    return (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (np.arange(n) + 0.5) / n)


def fit(t, wanted, lowest):
    """Coefficients of t^lowest to t^DEGREE for the least greatest relative error, and that error."""
    powers = np.arange(lowest, DEGREE + 1)
    scale = np.abs(t).max() ** powers
    matrix = t[:, None] ** powers / scale
    weights = 1 / np.abs(wanted)
    for _ in range(60):
        solution = np.linalg.lstsq(matrix * weights[:, None], wanted * weights, rcond=None)[0]
        error = np.abs(matrix @ solution / wanted - 1)
        weights *= np.sqrt(error / error.max() + 1e-3)
        weights /= weights.max()
    return np.concatenate([np.zeros(lowest), solution / scale]), error.max()


def interval(k):
    if k == 0:  # through the origin, so that it keeps its relative precision there
        t = chebyshev(0, WIDTH / 2)
        return fit(t, np.tanh(t), 1)
    if k == INTERVALS - 1:  # half a unit in the last place from 1, and beyond
        return np.eye(1, DEGREE + 1)[0], 1 - np.tanh((k - 0.5) * WIDTH)
    t = chebyshev(-WIDTH / 2, WIDTH / 2)
    return fit(t, np.tanh(k * WIDTH + t), 0)


def literal(number):
    digits = f"{np.float32(number):.9g}"
    return (digits if "." in digits or "e" in digits else digits + ".0") + "f"


fits = [interval(k) for k in range(INTERVALS)]
print(f"{max(error for _, error in fits):.2g} relative", file=sys.stderr)
print("/* Made by tests/reference/make_tanh_pieces.py; do not edit. */")
print('#include "engine/cpu/tanh_pieces.h"')
print("\n/* clang-format off */\n")
print("const _Alignas(64) float tanh_pieces[TANH_COEFFICIENTS][TANH_PIECES] = {")
for power in range(DEGREE + 1):
    row = [literal(coefficients[power]) for coefficients, _ in fits]
    lines = [", ".join(row[at : at + 6]) for at in range(0, INTERVALS, 6)]
    print("    {" + ",\n     ".join(lines) + "},")
print("};")
