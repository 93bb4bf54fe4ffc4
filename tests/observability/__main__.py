"""Checks every expression of dashboards and rules against a Prometheus that scraped a running system under faults.

Run by `make dashboards-check`; with `--pictures` it also renders each dashboard into docs/img.
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from deploy.observability.grafana.written import FOLDER
from tests.observability.empty import EMPTY, SOMETIMES
from tests.observability.fault_run import run
from tests.observability.installation import installation
from tests.observability.looked import answers, judged, rules_wrong, table
from tests.observability.panels import Board, committed
from tests.observability.pictures import render
from tests.prometheus import MISSING, PROGRAM, Prometheus

_ROOT = Path(__file__).parents[2]
RULES = sorted((_ROOT / "deploy" / "observability" / "rules").glob("*.yml"))
_EVERY_S = 1.0


def main(arguments: Sequence[str]) -> int:
    """Returns 0 where nothing is wrong. Without Prometheus nothing was checked, which is 1."""
    if PROGRAM is None:
        print(MISSING, file=sys.stderr)
        return 1
    return 1 if asyncio.run(_check("--pictures" in arguments)) else 0


async def _check(with_pictures: bool) -> list[str]:
    began = time.monotonic()
    boards = committed(FOLDER)
    async with installation(RULES, _EVERY_S) as here:
        await here.prometheus.scraped()
        done = await run(here)
        found = await answers(boards, here.prometheus, done.began, done.ended)
        verdict = judged(found, EMPTY, SOMETIMES)
        expressions = {f"{name} of {path.name}": each for path in RULES for name, each in _expressions(path)}
        wrong = [*verdict.wrong, *await rules_wrong(expressions, here.prometheus)]
        wrong += [
            f"rule {each['name']}: {each['lastError']}"
            for each in await here.prometheus.rules()
            if each["health"] == "err"
        ]
        wrong += await _unfound(boards, here.prometheus, done.began, done.ended)
    lines = [*table(boards, verdict), f"{len(expressions)} expressions of rules; {time.monotonic() - began:.0f} s"]
    print("\n".join([*lines, *(f"WRONG {line}" for line in wrong)]), flush=True)
    if with_pictures:  # when all has ended: drawing takes its time
        render(boards, found, done, _ROOT / "docs" / "img")
    return wrong


def _expressions(path: Path) -> list[tuple[str, str]]:
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return [
        (f"{rule.get('alert') or rule['record']} {number}", rule["expr"])
        for group in groups
        for number, rule in enumerate(group["rules"])
    ]


async def _unfound(boards: Sequence[Board], asks: Prometheus, start: float, end: float) -> list[str]:
    """Breaks a panel in two ways, of which each must be found: else the check above shows nothing."""
    panel = boards[0].panels[0]
    broken = {"a syntax error": "sum by (slo (", "a metric of old": "sum(voxbus_of_old)", "a label": 'up{of_old="x"}'}
    unfound = []
    for name, expression in broken.items():
        copy = dataclasses.replace(boards[0], panels=[dataclasses.replace(panel, queries=[(expression, "")])])
        if not judged(await answers([copy], asks, start, end), {}).wrong:
            unfound.append(f"a broken copy is not found: {name}")
    return unfound


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
