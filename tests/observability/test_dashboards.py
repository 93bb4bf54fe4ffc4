"""Every panel says what it shows, in which unit, from when on it is bad and where to go on reading."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.observability.grafana.written import FOLDER, PAGES, check
from tests.observability.panels import committed, faults, read

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def texts() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}


def test_there_are_eight_dashboards_in_their_order() -> None:
    assert [board.title.partition(":")[0] for board in committed(FOLDER)] == [f"Voxbus {n}" for n in range(1, 9)]


def test_every_panel_can_be_used() -> None:
    assert faults(committed(FOLDER), RUNBOOK) == []


def test_panels_do_not_overlap() -> None:
    for board in committed(FOLDER):
        taken: set[tuple[int, int]] = set()
        for panel in board.panels:
            x, y, width, height = panel.place
            cells = {(column, line) for column in range(x, x + width) for line in range(y, y + height)}
            assert x + width <= 24 and not cells & taken, panel.name
            taken |= cells


def test_what_is_committed_is_what_the_code_says() -> None:
    assert check() == []


def test_a_changed_and_a_foreign_dashboard_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "dashboards"
    shutil.copytree(FOLDER, folder)
    changed = folder / f"{PAGES[0].uid}.json"
    changed.write_text(changed.read_text(encoding="utf-8").replace("0.95", "0.5"), encoding="utf-8")
    (folder / "foreign.json").write_text("{}")
    assert check(folder) == ["foreign.json", changed.name]
    assert check(folder, write=True) == check(folder) == []


def test_every_dashboard_comes_into_a_cluster() -> None:
    maps = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["configMapGenerator"]
    assert {each["name"]: each["files"] for each in maps} == {uid: [f"{uid}.json"] for uid in texts()}


def test_grafana_is_given_the_dashboards_in_compose() -> None:
    composed = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["grafana"]
    mounts = {there: ROOT / here for here, there, _ in (each.split(":") for each in composed["volumes"][:3])}
    [provider] = yaml.safe_load(mounts["/etc/grafana/provisioning/dashboards/voxbus.yml"].read_text())["providers"]
    assert mounts[provider["options"]["path"]].resolve() == FOLDER
    [source] = yaml.safe_load(mounts["/etc/grafana/provisioning/datasources/voxbus.yml"].read_text())["datasources"]
    scraped = yaml.safe_load((ROOT / "deploy" / "observability" / "prometheus.yml").read_text(encoding="utf-8"))
    assert source["jsonData"]["timeInterval"] == scraped["global"]["scrape_interval"]


def without(panel: dict[str, Any], fault: str) -> None:
    """Breaks a panel of a copy."""
    defaults = panel["fieldConfig"]["defaults"]
    match fault:
        case "says nothing":
            panel["description"] = "Latency."
        case "unit 'furlong'":
            defaults["unit"] = "furlong"
        case "no thresholds":
            del defaults["thresholds"]
        case "thresholds out of order":
            defaults["thresholds"]["steps"] += [{"value": 5, "color": "red"}, {"value": 1, "color": "orange"}]
        case "asks nothing":
            panel["targets"][0]["expr"] = " "
        case "no link to the runbook":
            panel["links"] = []
        case "no heading #of-old in the runbook":
            panel["links"][0]["url"] = "${runbook}#of-old"
        case "no dashboard voxbus-of-old":
            panel["links"].append({"url": "/d/voxbus-of-old?${__url_time_range}"})
        case _:
            raise AssertionError(fault)


@pytest.mark.parametrize(
    "fault",
    [
        "says nothing",
        "unit 'furlong'",
        "no thresholds",
        "thresholds out of order",
        "asks nothing",
        "no link to the runbook",
        "no heading #of-old in the runbook",
        "no dashboard voxbus-of-old",
    ],
)
def test_a_panel_that_cannot_be_used_is_named(fault: str) -> None:
    copies = {uid: json.loads(text) for uid, text in texts().items()}
    panel = next(each for each in copies["voxbus-bus"]["panels"] if each["type"] != "row")
    without(panel, fault)
    found = faults(read(json.dumps(copy) for copy in copies.values()), RUNBOOK)
    assert sorted(set(found) - set(faults(committed(FOLDER), RUNBOOK))) == [f"voxbus-bus: {panel['title']}: {fault}"]
