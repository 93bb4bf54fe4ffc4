"""Reads the dashboards as Grafana does, from their JSON, and says what is wrong with them before anything runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.observability.grafana.panel import anchor

#: units of Grafana that are used, and what an axis calls them
UNITS = {
    "s": "seconds",
    "d": "days",
    "short": "",
    "ops": "a second",
    "reqps": "requests a second",
    "percentunit": "share",
    "bytes": "bytes",
    "Bps": "bytes a second",
    "currencyUSD": "US dollars",
}


@dataclass(frozen=True)
class Shown:
    """Represents a panel as Grafana has it. `steps` are pairs of a limit (None: from the start) and a colour."""

    page: str
    title: str
    says: str
    kind: str
    unit: str
    queries: Sequence[tuple[str, str]]
    steps: Sequence[tuple[float | None, str]]
    links: Sequence[str]
    place: tuple[int, int, int, int]  # column, line, width, height

    @property
    def name(self) -> str:
        return f"{self.page}: {self.title}"


@dataclass(frozen=True)
class Board:
    """Represents a dashboard as Grafana has it."""

    uid: str
    title: str
    variables: dict[str, str]
    tags: Sequence[str]
    links: Sequence[dict[str, Any]]
    rows: Sequence[tuple[str, int]]  # with the line in which it stands
    panels: Sequence[Shown]


def read(texts: Iterable[str]) -> list[Board]:
    """Reads dashboards from their JSON."""
    return [_board(json.loads(text)) for text in texts]


def committed(folder: Path) -> list[Board]:
    """Reads the dashboards of a folder, in the order of their titles."""
    return sorted(read(path.read_text(encoding="utf-8") for path in folder.glob("*.json")), key=lambda each: each.title)


def faults(boards: Sequence[Board], runbook: str) -> list[str]:
    """Returns what an operator could not use: without a unit, a description or a link, or with links to nowhere."""
    anchors = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", runbook, re.MULTILINE)}
    uids = {board.uid for board in boards}
    found = []
    for board in boards:
        titles = [panel.title for panel in board.panels]
        found += [f"{board.uid}: two panels {title}" for title in sorted({t for t in titles if titles.count(t) > 1})]
        if not {"source", "component", "instance", "runbook"} <= board.variables.keys():
            found.append(f"{board.uid}: a variable is missing")
        if not any(link["type"] == "dashboards" and set(link["tags"]) <= set(board.tags) for link in board.links):
            found.append(f"{board.uid}: no way to the other dashboards")
        for panel in board.panels:
            found += [f"{panel.name}: {fault}" for fault in _faults(panel, anchors, uids)]
    return found


def _faults(panel: Shown, anchors: set[str], uids: set[str]) -> list[str]:
    found = []
    if len(panel.says) < 40 or not panel.says.endswith("."):
        found.append("says nothing")
    if panel.unit not in UNITS:
        found.append(f"unit {panel.unit!r}")
    if not panel.steps or panel.steps[0][0] is not None:
        found.append("no thresholds")
    if len({step for step, _ in panel.steps}) < len(panel.steps) or list(panel.steps) != sorted(
        panel.steps, key=lambda step: float("-inf") if step[0] is None else step[0]
    ):
        found.append("thresholds out of order")
    if not panel.queries or not all(expression.strip() for expression, _ in panel.queries):
        found.append("asks nothing")
    to_runbook = [link.partition("#")[2] for link in panel.links if link.startswith("${runbook}#")]
    if not to_runbook:
        found.append("no link to the runbook")
    found += [f"no heading #{each} in the runbook" for each in to_runbook if each not in anchors]
    there = re.findall(r"/d/([\w-]+)", " ".join(panel.links))
    return found + [f"no dashboard {uid}" for uid in there if uid not in uids]


def _board(made: dict[str, Any]) -> Board:
    uid = made["uid"]
    return Board(
        uid,
        made["title"],
        {each["name"]: str(each.get("query", "")) for each in made["templating"]["list"]},
        made["tags"],
        made.get("links", []),
        [(each["title"], each["gridPos"]["y"]) for each in made["panels"] if each["type"] == "row"],
        [_shown(uid, each) for each in made["panels"] if each["type"] != "row"],
    )


def _shown(uid: str, made: dict[str, Any]) -> Shown:
    defaults, place = made["fieldConfig"]["defaults"], made["gridPos"]
    steps = defaults.get("thresholds", {}).get("steps", [])
    stacked = defaults.get("custom", {}).get("stacking", {}).get("mode") == "normal"
    return Shown(
        uid,
        made["title"],
        made.get("description", ""),
        "stacked" if stacked else {"timeseries": "lines", "stat": "stat", "bargauge": "bars"}[made["type"]],
        defaults.get("unit", ""),
        [(target["expr"], target.get("legendFormat", "")) for target in made["targets"]],
        [(step.get("value"), step["color"]) for step in steps],
        [link["url"] for link in made.get("links", [])],
        (place["x"], place["y"], place["w"], place["h"]),
    )
