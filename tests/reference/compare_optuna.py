#!/usr/bin/env python3
"""Compare the exact form of TPE with Optuna 5.0.0, suggestion by suggestion.

    compare_optuna.py PROGRAM [--seeds N] [--trials N] [--slots K]...

PROGRAM is tests/runner/suggest_as_optuna of a build. Each function is searched with every seed, with
and without the constant liar; with --slots K results come back K trials late, so that the liar has
running trials to look at. Optuna sorts kernels by numpy's argsort, which is not stable; it is made
stable here, as it is in the program. Exit 77 where optuna 5 is missing, 1 when a suggestion differs
by more than 1e-9 of its range.
"""
import argparse
import math
import subprocess
import sys

try:
    import numpy as np
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
    from optuna.samplers._tpe import parzen_estimator
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
if not optuna.__version__.startswith("5."):
    print(f"skipped: optuna is {optuna.__version__}, expected 5")
    sys.exit(77)
optuna.logging.set_verbosity(optuna.logging.ERROR)


class StableNumpy:
    """numpy, but for argsort."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def argsort(values):
        return np.argsort(values, kind="stable")


parzen_estimator.np = StableNumpy()

ACT = ("relu", "tanh", "gelu")
SPACES = {
    "sphere5": {f"x{i}": FloatDistribution(-5, 5) for i in range(5)},
    "branin": {"x": FloatDistribution(-5, 10), "y": FloatDistribution(0, 15)},
    "hartmann6": {f"x{i}": FloatDistribution(0, 1) for i in range(6)},
    "mixed5": {
        "act": CategoricalDistribution(ACT),
        "drop": FloatDistribution(0, 0.5),
        "hidden": IntDistribution(2, 128, log=True),
        "layers": IntDistribution(1, 3),
        "lr": FloatDistribution(1e-5, 1e-1, log=True),
    },
}


def internal(distribution, value):
    """A value as the program writes it."""
    return distribution.to_internal_repr(value)


def difference(distribution, ours, theirs):
    """Of two values, as a share of the range."""
    if isinstance(distribution, CategoricalDistribution):
        return 0.0 if ours == theirs else 1.0
    low, high = distribution.low, distribution.high
    if distribution.log:
        ours, theirs, low, high = map(math.log, (ours, theirs, low, high))
    return abs(ours - theirs) / (high - low)


def run_program(program, function, seed, trials, slots, liar):
    words = [program, function, str(seed), str(trials), str(slots)]
    text = subprocess.run(words + ([] if liar else ["no-liar"]), check=True, capture_output=True,
                          text=True).stdout
    return [[float(word) for word in line.split()] for line in text.splitlines()]


def compare(program, function, seed, trials, slots, liar):
    """The largest difference, and the first trial that differs."""
    rows = run_program(program, function, seed, trials, slots, liar)
    space = SPACES[function]
    sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=liar)
    study = optuna.create_study(sampler=sampler)
    asked, worst = [], 0.0
    for number, row in enumerate(rows):
        if number >= slots:
            study.tell(asked[number - slots], rows[number - slots][-1])
        trial = study.ask()
        for name, distribution in space.items():
            trial._suggest(name, distribution)
        asked.append(trial)
        for ours, (name, distribution) in zip(row, space.items()):
            theirs = internal(distribution, trial.params[name])
            worst = max(worst, difference(distribution, ours, theirs))
        if worst > 1e-9:
            return worst, number
    return worst, None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--slots", type=int, action="append")
    options = parser.parse_args()
    failures, compared, worst_of_all = 0, 0, 0.0
    for function in SPACES:
        for liar in (True, False):
            for slots in options.slots or [1, 8]:
                for seed in range(options.seeds):
                    worst, number = compare(options.program, function, seed, options.trials,
                                            slots, liar)
                    compared += options.trials
                    worst_of_all = max(worst_of_all, worst)
                    if number is not None:
                        failures += 1
                        print(f"{function} seed {seed} slots {slots} liar {liar}: trial {number} "
                              f"differs by {worst:.3g} of the range")
    print(f"{compared} suggestions, {failures} searches differ, largest difference "
          f"{worst_of_all:.2g} of a range")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
