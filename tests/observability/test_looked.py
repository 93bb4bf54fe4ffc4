"""A check names an error, an empty panel without a reason, and a reason in vain, of all that dashboards ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from deploy.observability.grafana.written import FOLDER
from tests.observability.empty import EMPTY, SOMETIMES
from tests.observability.looked import RATE_INTERVAL_S, answers, filled, judged, rules_wrong, table
from tests.observability.panels import Board, Shown, committed
from tests.prometheus import QueryError, Sample, Series

NAN = float("nan")


class Answering:
    """Answers as Prometheus would: a series of one value for what it knows, an error for what cannot be parsed."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values
        self.asked: list[str] = []

    async def query(self, expression: str, at: float | None = None) -> list[Sample]:
        self.asked.append(expression)
        if "(" in expression and not expression.endswith(")"):
            raise QueryError("parse error")
        return [({}, value) for name, value in self.values.items() if name in expression]

    async def query_range(self, expression: str, start: float, end: float, step: float) -> list[Series]:
        return [(labels, [(start, NAN), (end, value)]) for labels, value in await self.query(expression)]


def board(*panels: tuple[str, str, str]) -> Board:
    """Makes a dashboard of panels: title, kind, expression."""
    first = committed(FOLDER)[0]
    shown: list[Shown] = [
        replace(first.panels[0], page="b", title=title, kind=kind, queries=[(expression, "")])
        for title, kind, expression in panels
    ]
    return replace(first, uid="b", title="B", panels=shown)


@pytest.mark.parametrize("kind", ["lines", "stat"])
@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("a_metric", []),
        ("unknown", ["b: P: empty: unknown"]),
        ("a_ratio", ["b: P: empty: a_ratio"]),
        ("sum(a_metric", ["b: P: parse error"]),
    ],
)
async def test_an_error_and_an_empty_panel_are_named(kind: str, expression: str, says: list[str]) -> None:
    found = await answers([board(("P", kind, expression))], Answering({"a_metric": 1.0, "a_ratio": NAN}), 0, 60)
    assert judged(found, {}).wrong == says


async def test_a_reason_excuses_an_empty_panel_and_nothing_else() -> None:
    asks = Answering({"known": 1.0})
    found = await answers([board(("A", "stat", "missing"), ("B", "lines", "known"))], asks, 0, 60)
    assert judged(found, {"b: A": "it is rare"}).wrong == []
    assert judged(found, {"b: A": "it is rare", "b: B": "it is rare", "b: C": "it is gone"}).wrong == [
        "b: B: listed as empty, and is not",
        "b: C: listed as empty, and is no panel",
    ]
    assert table([board()], judged(found, {"b: A": ""}))[-1].split() == ["all", "0", "2", "1", "1"]


async def test_a_rule_that_cannot_be_run_is_named() -> None:
    wrong = await rules_wrong({"Good": "known > 1", "Bad": "sum(known"}, Answering({}))
    assert wrong == ["rule Bad: parse error"]


def test_variables_are_filled_in() -> None:
    asked = filled('rate(a{instance=~"$instance"}[$__rate_interval]) + increase(b[$__range])', 90)
    assert asked == f'rate(a{{instance=~".*"}}[{RATE_INTERVAL_S}s]) + increase(b[90s])'


def test_every_reason_is_a_panels() -> None:
    names = {
        panel.name if len(panel.queries) == 1 else f"{panel.name} ({legend})"
        for board in committed(FOLDER)
        for panel in board.panels
        for _, legend in panel.queries
    }
    assert (EMPTY.keys() | SOMETIMES.keys()) - names == set()
    assert all(len(reason) > 20 for reason in EMPTY.values())
