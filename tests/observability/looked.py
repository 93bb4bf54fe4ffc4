"""Asks a Prometheus for everything that dashboards and rules ask for, and says what is wrong or empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol

from tests.observability.panels import Board, Shown
from tests.prometheus import QueryError, Sample, Series

#: what Grafana puts in place of its variables
RATE_INTERVAL_S = 15
_STEP_S = 1.0


class Answers(Protocol):
    """Describes what of Prometheus is asked."""

    async def query(self, expression: str, at: float | None = None) -> list[Sample]: ...

    async def query_range(self, expression: str, start: float, end: float, step: float) -> list[Series]: ...


@dataclass(frozen=True)
class Answer:
    """Represents what a query of a panel came to: a series by its labels, or an error. A panel of now has one point."""

    panel: Shown
    expression: str
    legend: str
    series: Sequence[Series] = ()
    error: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(isfinite(value) for _, points in self.series for _, value in points)

    @property
    def name(self) -> str:
        """Names the panel, and its query where it has several."""
        return self.panel.name if len(self.panel.queries) == 1 else f"{self.panel.name} ({self.legend})"


@dataclass
class Verdict:
    """Holds what was found, a line each, and how much was asked by dashboard."""

    wrong: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    series: Counter[str] = field(default_factory=Counter)


def filled(expression: str, span_s: float) -> str:
    """Returns an expression with Grafana's variables replaced: every process, and the whole time."""
    values = {
        "$component": ".*",
        "$instance": ".*",
        "$__rate_interval": f"{RATE_INTERVAL_S}s",
        "$__range": f"{max(1, round(span_s))}s",
    }
    for name, value in values.items():
        expression = expression.replace(name, value)
    return expression


async def answers(boards: Iterable[Board], asks: Answers, start: float, end: float) -> list[Answer]:
    """Asks for every query of every panel: those of a time from start to end, those of now at the end."""
    return [
        await _answer(panel, expression, legend, asks, start, end)
        for board in boards
        for panel in board.panels
        for expression, legend in panel.queries
    ]


async def _answer(panel: Shown, expression: str, legend: str, asks: Answers, start: float, end: float) -> Answer:
    asked = filled(expression, end - start)
    try:
        if panel.kind in ("stat", "bars"):
            now = await asks.query(asked, end)
            return Answer(panel, expression, legend, [(labels, [(end, value)]) for labels, value in now])
        return Answer(panel, expression, legend, await asks.query_range(asked, start, end, _STEP_S))
    except QueryError as error:
        return Answer(panel, expression, legend, error=str(error))


def judged(found: Iterable[Answer], may_be_empty: Mapping[str, str], sometimes: Collection[str] = ()) -> Verdict:
    """Judges answers: none may be an error, and none empty that is not listed with its reason; nor listed in vain."""
    verdict, empty, names = Verdict(), set(), set()
    for each in found:
        page = each.panel.page
        names.add(each.name)
        verdict.asked[page] += 1
        verdict.series[page] += len(each.series)
        if each.error:
            verdict.wrong.append(f"{each.name}: {each.error}")
        elif each.is_empty:
            empty.add(each.name)
            verdict.empty[page] += 1
            if each.name not in may_be_empty and each.name not in sometimes:
                verdict.wrong.append(f"{each.name}: empty: {each.expression}")
    verdict.wrong += [f"{name}: listed as empty, and is not" for name in sorted((may_be_empty.keys() & names) - empty)]
    verdict.wrong += [f"{name}: listed as empty, and is no panel" for name in sorted(may_be_empty.keys() - names)]
    return verdict


async def rules_wrong(expressions: Mapping[str, str], asks: Answers) -> list[str]:
    """Runs the expressions of rules by name; returns those that Prometheus refuses, with what it says."""
    wrong = []
    for name, expression in expressions.items():
        try:
            await asks.query(expression)
        except QueryError as error:
            wrong.append(f"rule {name}: {error}")
    return wrong


def table(boards: Sequence[Board], verdict: Verdict) -> list[str]:
    """Returns the table of what was looked at."""
    rows = [f"{'dashboard':46} {'panels':>6} {'queries':>8} {'series':>7} {'empty, listed':>14}"]
    for board in boards:
        counts = verdict.asked[board.uid], verdict.series[board.uid], verdict.empty[board.uid]
        rows.append(f"{board.title:46} {len(board.panels):6} {counts[0]:8} {counts[1]:7} {counts[2]:14}")
    sums = [sum(each.values()) for each in (verdict.asked, verdict.series, verdict.empty)]
    return [*rows, f"{'all':46} {sum(len(each.panels) for each in boards):6} {sums[0]:8} {sums[1]:7} {sums[2]:14}"]
