"""Print the numbers of tests/results/test_importance.c, from statsmodels and NumPy.

usage: make_importance.py
"""

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.polynomial import legendre


def chance(*of):
    """Pseudo-random whole numbers below 101, scaled to 0..1."""
    x = 0
    for i in of:
        x = (x * 31 + i * i * 7 + i * 13 + 5) % 101
    return x / 101


def full_grid():
    rows = [(a, b, c, s) for a in range(3) for b in range(2) for c in range(4) for s in range(2)]
    frame = pd.DataFrame(rows, columns=list("abcs"))
    frame["y"] = [(a - 1) ** 2 * 0.5 + b * 0.7 + 0.3 * c * b + 0.2 * chance(a, b, c, s)
                  for a, b, c, s in rows]
    means = frame.groupby(["a", "b", "c"]).y.mean().reset_index()
    total = means.y.var(ddof=0)
    anova = sm.stats.anova_lm(smf.ols("y ~ C(a) * C(b) * C(c)", frame).fit())
    noise = anova.loc["Residual", "mean_sq"]
    for name, levels in ("a", 3), ("b", 2), ("c", 4):
        share = means.groupby(name).y.mean().var(ddof=0) / total
        by_anova = anova.loc[f"C({name})", "sum_sq"] / 48 / total
        assert abs(share - by_anova) < 1e-12
        print(name, repr(float(share)), "floor", repr(float(noise * (levels - 1) / 48 / total)))
    print("interactions floor", repr(float(noise * (23 - 6) / 48 / total)))
    print("noise", repr(float(np.sqrt(noise))))


def scattered(n, degree):
    u = np.array([chance(i, 1) for i in range(n)])
    v = np.array([chance(i, 2) for i in range(n)])
    w = np.arange(n) % 3
    noise = np.array([chance(i, 3) for i in range(n)])
    y = np.sin(3 * u) + 0.4 * v + 0.5 * (w == 1) + 0.1 * noise

    def polynomials(x):
        x = 2 * (x - x.min()) / (x.max() - x.min()) - 1
        return np.stack([legendre.legval(x, [0] * k + [1]) for k in range(1, degree + 1)], 1)

    words = np.stack([(w == k).astype(float) for k in (1, 2)], 1)
    matrix = np.concatenate([np.ones((n, 1)), polynomials(u), polynomials(v), words], 1)
    fitted = np.linalg.lstsq(matrix, y, rcond=None)[0]
    inverse = np.linalg.inv(matrix.T @ matrix)
    residuals = y - matrix @ fitted
    residual = residuals @ residuals / (n - matrix.shape[1])
    of_polynomials = np.diag([1 / (2 * k + 1) for k in range(1, degree + 1)])
    of_words = np.eye(2) / 3 - np.ones((2, 2)) / 9
    variances, floors, at = [], [], 1
    for form in of_polynomials, of_polynomials, of_words:
        own = slice(at, at + len(form))
        variances.append(fitted[own] @ form @ fitted[own])
        floors.append(residual * np.trace(inverse[own, own] @ form))
        at += len(form)
    total = sum(variances) + residual
    print(n, "shares", [float(x / total) for x in variances],
          "floors", [float(x / total) for x in floors], "rest", float(residual / total))


full_grid()
scattered(40, 3)
scattered(12, 2)
scattered(9, 1)
