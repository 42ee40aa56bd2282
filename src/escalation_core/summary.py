"""Summaries of many cases: counts, medians and 90th percentiles by any key, in one pass.

Rule 1: the memory depends on the number of keys, not of cases. A distribution is a histogram of at most 2,300 counters.
Rule 2: a quantile is a nearest-rank quantile, with an error of at most one percent and a microsecond. The histogram is
that of DDSketch (Masson, Rim and Lee, VLDB 2019), with buckets that grow by a constant factor.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from datetime import timedelta
from itertools import accumulate
from math import ceil, log
from typing import TypeVar

from escalation_core.checks import must_be
from escalation_core.clocks import ClockKind
from escalation_core.escalation import EscalationStatus
from escalation_core.measures import Measures, Span
from escalation_core.table import ESCALATION
from escalation_core.values import Value, frozen

K = TypeVar("K", bound=Hashable)

_ACCURACY = 0.01
_GROWTH = (1 + _ACCURACY) / (1 - _ACCURACY)
_TICK = timedelta.resolution


@frozen(kw_only=True)
class Quantiles(Value):
    """The distribution of a time over many cases."""

    count: int  #: The number of cases that have this time; if it is 0, the quantiles are None.
    median: timedelta | None  #: With an error of at most one percent, like ``p90``.
    p90: timedelta | None  #: Nine in ten cases have this time or less.


@frozen(kw_only=True)
class Distribution(Value):
    """A time, as elapsed time and as working time."""

    elapsed: Quantiles
    working: Quantiles


@frozen(kw_only=True)
class Summary(Value):
    """The figures of all cases with one key; ``Measures`` defines each figure."""

    cases: int
    escalations: int
    canceled: int
    closed: int
    rejections: int
    updates_promised: int
    updates_kept: int
    breaches: tuple[tuple[ClockKind, int], ...]  #: The number of each kind, in the order of ``ClockKind``.
    to_acknowledge: Distribution
    to_first_proposal: Distribution
    to_acceptance: Distribution
    to_close: Distribution
    longest_silence: Distribution
    in_status: tuple[tuple[EscalationStatus, Distribution], ...]  #: Each status that is not terminal, in order.


def summarize(measures: Iterable[Measures], *, key: Callable[[Measures], K]) -> dict[K, Summary]:
    """Return the figures of many cases by a key, in the order in which the keys first occur.

    Args:
        measures: the measures of each case; a stream is read once.
        key: the key of a case, for example ``lambda measures: measures.case.kind``.

    Raises:
        TypeError: an item is not ``Measures``.
    """
    sums: dict[K, _Sum] = {}
    for one in measures:
        if not isinstance(one, Measures):
            raise TypeError(must_be("measures", "values of Measures", one))
        sums.setdefault(key(one), _Sum()).add(one)
    return {found: total.summary() for found, total in sums.items()}


class _Histogram:
    """Counters of durations, in buckets that grow by two percent each."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def add(self, length: timedelta) -> None:
        ticks = length // _TICK
        self._counts[ceil(log(ticks, _GROWTH)) if ticks else -1] += 1

    def quantiles(self) -> Quantiles:
        count = self._counts.total()
        if not count:
            return Quantiles(count=0, median=None, p90=None)
        return Quantiles(count=count, median=self._at(-(-count // 2)), p90=self._at(-(-count * 9 // 10)))

    def _at(self, rank: int) -> timedelta:
        """Return the duration of the case of this rank, counted from 1, as the middle of its bucket."""
        buckets = sorted(self._counts)
        ranks = accumulate(self._counts[bucket] for bucket in buckets)
        bucket = next(bucket for bucket, last in zip(buckets, ranks, strict=True) if last >= rank)
        return timedelta(0) if bucket < 0 else 2 * _GROWTH**bucket / (_GROWTH + 1) * _TICK


class _Times:
    """One time of many cases, while cases are added."""

    def __init__(self) -> None:
        self._elapsed, self._working = _Histogram(), _Histogram()

    def add(self, span: Span | None) -> None:
        if span is not None:
            self._elapsed.add(span.elapsed)
            self._working.add(span.working)

    def distribution(self) -> Distribution:
        return Distribution(elapsed=self._elapsed.quantiles(), working=self._working.quantiles())


_NUMBERS = ("rejections", "updates_promised", "updates_kept")
_TIMES = ("to_acknowledge", "to_first_proposal", "to_acceptance", "to_close", "longest_silence")


class _Sum:
    """A summary, while cases are added."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._breaches: Counter[ClockKind] = Counter()
        self._times = {name: _Times() for name in _TIMES}
        self._in_status = {status: _Times() for status in EscalationStatus if status not in ESCALATION.terminal}

    def add(self, measures: Measures) -> None:
        escalation = measures.case.escalation
        self._counts["cases"] += 1
        if escalation is not None:
            self._counts["escalations"] += 1
            self._counts["canceled"] += escalation.status is EscalationStatus.CANCELED
            self._counts["closed"] += escalation.status is EscalationStatus.CLOSED
        for name in _NUMBERS:
            self._counts[name] += getattr(measures, name)
        self._breaches.update(breach.kind for breach in measures.breaches)
        for name, times in self._times.items():
            times.add(getattr(measures, name))
        for status, span in measures.in_status:
            self._in_status[status].add(span)

    def summary(self) -> Summary:
        counts, times = self._counts, {name: times.distribution() for name, times in self._times.items()}
        return Summary(
            cases=counts["cases"],
            escalations=counts["escalations"],
            canceled=counts["canceled"],
            closed=counts["closed"],
            rejections=counts["rejections"],
            updates_promised=counts["updates_promised"],
            updates_kept=counts["updates_kept"],
            breaches=tuple((kind, self._breaches[kind]) for kind in ClockKind),
            to_acknowledge=times["to_acknowledge"],
            to_first_proposal=times["to_first_proposal"],
            to_acceptance=times["to_acceptance"],
            to_close=times["to_close"],
            longest_silence=times["longest_silence"],
            in_status=tuple((status, spent.distribution()) for status, spent in self._in_status.items()),
        )
