"""Makes metrics whose labels have declared values and whose number of series is bounded.

A label's values are listed, or a `Source` says where they come from: tests read both (`DECLARED`). A family with `cap`
never has more sets of values than that: what comes later counts under `OTHER`, so that no client, file of models or
fault can make series without end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Self, TypeVar, cast

import prometheus_client
from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.metrics import MetricWrapperBase

from chassis.observe.metrics.exemplars import sampled_trace
from chassis.observe.metrics.values import Source, Values

# else each counter and histogram has a second series, the time of its making, which no dashboard uses
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry(auto_describe=True)
#: the value of a folded label
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Declared:
    """Says what a family may have: its labels with their values, and how many sets of label values at most.

    `cap` None: as many as the declared values allow. `folded` are the labels that become `OTHER` beyond it.
    """

    metric: MetricWrapperBase
    labels: Mapping[str, Values]
    cap: int | None
    folded: Sequence[str]


#: by the name that a scrape has
DECLARED: dict[str, Declared] = {}


class _Capped(MetricWrapperBase):
    """Folds what exceeds its cap."""

    cap: int | None = None
    folded: frozenset[str] = frozenset()
    #: the sets of values that have series of their own
    sets: set[tuple[str, ...]]

    def labels(self, *labelvalues: Any, **labelkwargs: Any) -> Self:
        """Returns the child of these values, or of `OTHER` in place of the folded ones where the cap is reached."""
        if labelvalues and (known := self._metrics.get(labelvalues)) is not None:
            return cast("Self", known)  # as nearly always, without the library's checks and its lock
        if self.cap is None:
            return super().labels(*labelvalues, **labelkwargs)
        values = tuple(map(str, labelvalues)) or tuple(str(labelkwargs[name]) for name in self._labelnames)
        if values not in self.sets:
            if len(self.sets) >= self.cap:
                pairs = zip(self._labelnames, values, strict=True)
                values = tuple(OTHER if name in self.folded else value for name, value in pairs)
                FOLDED.labels(name_of(self)).inc()
            else:
                self.sets.add(values)
        return super().labels(*values)

    def remove(self, *labelvalues: Any) -> None:
        """Removes a child, and makes room for another."""
        if self.cap is not None:
            self.sets.discard(tuple(map(str, labelvalues)))
        super().remove(*labelvalues)

    def clear(self) -> None:
        """Removes all children."""
        self.sets.clear()
        super().clear()


F = TypeVar("F", bound=_Capped)


class Counter(_Capped, prometheus_client.Counter):
    """Counts what only grows."""


class Gauge(_Capped, prometheus_client.Gauge):
    """Holds a value that goes up and down."""


class Histogram(_Capped, prometheus_client.Histogram):
    """Counts values by bucket; each bucket keeps the trace of its last value in a sampled span (OpenMetrics)."""

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """Observes a value within the current span."""
        super().observe(amount, sampled_trace() if exemplar is None else exemplar)


def counter(
    name: str,
    says: str,
    labels: Mapping[str, Values] | None = None,
    *,
    cap: int | None = None,
    fold: Sequence[str] = (),
) -> Counter:
    """Declares a counter; `says` is its HELP."""
    return _declared(name, Counter(name, says, tuple(labels or ()), registry=REGISTRY), labels, cap, fold)


def gauge(
    name: str,
    says: str,
    labels: Mapping[str, Values] | None = None,
    *,
    cap: int | None = None,
    fold: Sequence[str] = (),
) -> Gauge:
    """Declares a gauge; `says` is its HELP."""
    return _declared(name, Gauge(name, says, tuple(labels or ()), registry=REGISTRY), labels, cap, fold)


def histogram(
    name: str,
    says: str,
    buckets: Sequence[float],
    labels: Mapping[str, Values] | None = None,
    *,
    cap: int | None = None,
    fold: Sequence[str] = (),
) -> Histogram:
    """Declares a histogram; `says` is its HELP, `buckets` are in the unit of its name."""
    made = Histogram(name, says, tuple(labels or ()), buckets=buckets, registry=REGISTRY)
    return _declared(name, made, labels, cap, fold)


def _declared(name: str, made: F, labels: Mapping[str, Values] | None, cap: int | None, fold: Sequence[str]) -> F:
    made.cap, made.folded, made.sets = cap, frozenset(fold), set()
    DECLARED[name] = Declared(made, labels or {}, cap, tuple(fold))
    if cap is not None:
        FOLDED.labels(name)
    if isinstance(made, Counter):
        _begin(made, labels or {})
    return made


def name_of(metric: MetricWrapperBase) -> str:
    """Returns the name of a family as a scrape has it."""
    return f"{metric._name}_total" if metric._type == "counter" else metric._name


def _begin(made: Counter, labels: Mapping[str, Values]) -> None:
    """Makes every child where the values are listed: a series that begins with its first event shows no increase."""
    listed = [values for values in labels.values() if not isinstance(values, Source)]
    if labels and len(listed) == len(labels):
        for values in product(*listed):
            made.labels(*values)


FOLDED = counter(
    "voxbus_metrics_folded_total",
    "Values of a family that counted under `other`, since the process has as many series of the family as it may. What "
    "the family says by that label is incomplete until the process is started again.",
    {"family": Source("families", 16, "a family with a cap")},
)
