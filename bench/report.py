"""Reports the figures of all rounds: medians and spread, as a table and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

#: a figure, and the two sides of its ratio, taken within a round, in which both sides ran under the same conditions
Ratio = tuple[str, str, str]
#: what an accept costs beside the bare insert, without sign-in and with the check of a session
ACCEPTS: tuple[Ratio, ...] = (
    ("accepts", "accept_side", "accept_baseline"),
    ("accepts", "accept_signed_in", "accept_baseline"),
    ("accepts", "accept_signed_in", "accept_baseline_signed_in"),
    ("accepts", "accept_signed_in", "accept_side"),
)
_RATIOS: tuple[Ratio, ...] = (
    *(
        (figure, "chassis_side", baseline)
        for figure in ("drain", "live", "drain_cpu", "live_cpu")
        for baseline in ("baseline_per_message", "baseline_batched")
    ),
    *ACCEPTS,
)


@dataclass
class Report:
    """Collects figures. `rounds`: by side, then by figure, a value each round; `latencies`: by side, samples in ms."""

    conditions: Mapping[str, Any]
    rounds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    latencies: dict[str, list[float]] = field(default_factory=dict)
    compared: list[Ratio] = field(default_factory=lambda: list(_RATIOS))
    #: a figure, and the two sides of its difference
    added: list[Ratio] = field(default_factory=list)

    def add(self, side: str, values: Mapping[str, float], latencies: Sequence[float] = ()) -> None:
        """Adds the figures of one round of one side."""
        for name, value in values.items():
            self.rounds.setdefault(side, {}).setdefault(name, []).append(value)
        if latencies:
            self.latencies.setdefault(side, []).extend(latencies)
            for share in (50, 99):
                figures = self.rounds.setdefault(side, {})
                figures.setdefault(f"latency_p{share}", []).append(percentile(latencies, share))

    def ratios(self) -> dict[str, dict[str, float]]:
        """Returns median and spread of each ratio."""
        found = {}
        for figure, above, below in self.compared:
            pairs = zip(self.rounds[above][figure], self.rounds[below][figure], strict=True)
            # processor time has ticks of 10 ms: a short turn may show none
            if ratios := [one / other for one, other in pairs if other]:
                found[f"{figure}: {above} / {below}"] = spread(ratios)
        return found

    def differences(self) -> dict[str, dict[str, float]]:
        """Returns median and spread of what one side has more than another, within a round."""
        found = {}
        for figure, above, below in self.added:
            pairs = zip(self.rounds[above][figure], self.rounds[below][figure], strict=True)
            found[f"{figure}: {above} - {below}"] = spread([one - other for one, other in pairs])
        return found

    def summary(self) -> dict[str, Any]:
        """Returns everything in a form for JSON."""
        return {
            "conditions": self.conditions,
            "figures": {
                side: {name: spread(values) for name, values in figures.items()}
                for side, figures in self.rounds.items()
            },
            "ratios": self.ratios(),
            "differences": self.differences(),
            "latency_of_all_rounds": {
                side: {"samples": len(found), "p50": percentile(found, 50), "p99": percentile(found, 99)}
                for side, found in self.latencies.items()
            },
            "rounds": self.rounds,
        }

    def write(self, path: Path) -> None:
        """Writes the summary as JSON."""
        path.write_text(json.dumps(self.summary(), indent=1, default=str) + "\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """Returns a table: median (lowest to highest)."""
        summary = self.summary()
        found = []
        for side, figures in summary["figures"].items():
            found.append(side)
            found += [_line(name, values) for name, values in figures.items()]
            if side in self.latencies:
                of_all = summary["latency_of_all_rounds"][side]
                found.append(f"  all samples: p50 {of_all['p50']:.1f} ms, p99 {of_all['p99']:.1f} ms")
        found.append("ratios, each within a round")
        found += [_line(name, values) for name, values in summary["ratios"].items()]
        found.append("differences, each within a round")
        return found + [_line(name, values) for name, values in summary["differences"].items()]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Returns median, lowest and highest, to three digits."""
    return {"median": _short(median(values)), "min": _short(min(values)), "max": _short(max(values))}


def percentile(values: Sequence[float], share: int) -> float:
    """Returns the nearest rank: the smallest value that `share` percent of all do not exceed."""
    return _short(sorted(values)[math.ceil(len(values) * share / 100) - 1])


def _line(name: str, values: Mapping[str, float]) -> str:
    return f"  {name:<45} {values['median']:>8g}   ({values['min']:g} to {values['max']:g})"


def _short(value: float) -> float:
    return float(f"{value:.3g}") if abs(value) < 100 else float(round(value))
