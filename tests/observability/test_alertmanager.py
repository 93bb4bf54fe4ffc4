"""Alertmanager's file routes each severity somewhere, and Prometheus sends its alerts to where compose runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.observability import make_rules

ROOT = Path(__file__).parents[2]
FILE = make_rules.HERE / "alertmanager.yml"
AMTOOL = shutil.which("amtool")


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def routed(labels: dict[str, str]) -> str:
    """Returns the receiver of the first route whose matchers hold, as Alertmanager does where no route continues."""
    route = read(FILE)["route"]
    for each in route["routes"]:
        [matcher] = each["matchers"]
        label, _, value = matcher.partition(" = ")
        if labels.get(label) == value.strip('"'):
            return str(each["receiver"])
    return str(route["receiver"])


def test_each_severity_has_a_receiver_of_its_own() -> None:
    assert routed({"alertname": "JobsOrphaned", "severity": "page"}) == "pages"
    assert routed({"alertname": "DeadLetters", "severity": "ticket"}) == "tickets"
    assert routed({"alertname": "DeadMansSwitch", "severity": "none"}) == "dead-mans-switch"
    assert {each["name"] for each in read(FILE)["receivers"]} == {"pages", "tickets", "dead-mans-switch"}


def test_prometheus_sends_alerts_to_the_container() -> None:
    [manager] = read(make_rules.HERE / "prometheus.yml")["alerting"]["alertmanagers"]
    [target] = manager["static_configs"][0]["targets"]
    host, _, port = target.partition(":")
    container = read(ROOT / "docker-compose.yml")["services"][host]
    assert container["ports"][0].endswith(f":{port}")
    assert any(each.startswith("./deploy/observability/alertmanager.yml:") for each in container["volumes"])


@pytest.mark.in_full
@pytest.mark.skipif(AMTOOL is None, reason="NOT RUN: amtool is not installed (apt-get install prometheus-alertmanager)")
def test_amtool_finds_nothing_wrong_and_routes_as_it_is_meant() -> None:
    assert AMTOOL is not None
    told = subprocess.run([AMTOOL, "check-config", FILE], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    for severity, receiver in {"page": "pages", "ticket": "tickets"}.items():
        asked = [AMTOOL, "config", "routes", "test", f"--config.file={FILE}", f"severity={severity}"]
        routes = subprocess.run(asked, capture_output=True, text=True, check=True)
        assert routes.stdout.strip() == receiver
