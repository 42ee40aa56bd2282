"""Functions timed side by side.

Rule 1: ratios hold from machine to machine and absolute times do not; only ratios are compared with a goal.
Rule 2: seconds are CPU time, so that other programs do not count.
Rule 3: every round times every function once, and a ratio is the median of the ratios of the rounds. So noise affects
all functions alike.
"""

import gc
from collections.abc import Callable, Sequence
from itertools import repeat
from statistics import median
from time import process_time

ROUNDS = 31
SECONDS_PER_TIMING = 0.005

Work = Callable[[], object]
Timings = dict[Work, list[float]]


def seconds(work: Work, loops: int) -> float:
    """Return the mean CPU seconds of one call."""
    started = process_time()
    for _ in repeat(None, loops):
        work()
    return (process_time() - started) / loops


def timings(works: Sequence[Work]) -> Timings:
    """Return the seconds of one call of each function, for each round."""
    loops = {work: max(1, int(SECONDS_PER_TIMING / seconds(work, 10))) for work in works}
    found: Timings = {work: [] for work in works}
    gc.disable()
    for _ in range(ROUNDS):
        for work in works:
            found[work].append(seconds(work, loops[work]))
        gc.collect()
    gc.enable()
    return found


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of the ratios of the rounds."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))
