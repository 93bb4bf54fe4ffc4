"""The Prometheus of the tests scrapes what it is told, evaluates rules, and says what is wrong with an expression."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, start_http_server

from chassis.testing import until
from deploy.observability import make_rules
from tests.prometheus import Prometheus, QueryError, Scrape, needs_prometheus, prometheus

pytestmark = [needs_prometheus, pytest.mark.in_full]

_RULES = """
groups:
  - name: some
    rules:
      - {record: "toys:rate", expr: "rate(toys_total[5s])"}
      - {alert: ToysMade, expr: "toys_total > 4"}
"""


@asynccontextmanager
async def scraping(counter: Counter, registry: CollectorRegistry, *rules: Path) -> AsyncIterator[Prometheus]:
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    try:
        target = Scrape("toys", [f"127.0.0.1:{server.server_port}"], {"service": "shop"})
        async with prometheus([target], rules, every=0.2) as running:
            await running.scraped()
            yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_what_is_scraped_is_answered_and_fires(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES)
    registry = CollectorRegistry()
    made = Counter("toys_total", "Toys.", ["colour"], registry=registry)
    made.labels("red").inc(3)
    async with scraping(made, registry, rules) as running:
        [(labels, value)] = await running.query("toys_total")
        assert (labels["service"], labels["colour"], value) == ("shop", "red", 3)
        assert await running.alerts() == []
        made.labels("red").inc(2)

        async def fires() -> bool:
            return [each["labels"]["alertname"] for each in await running.alerts()] == ["ToysMade"]

        await until(fires)
        assert {rule["name"]: rule["health"] for rule in await running.rules()} == {"toys:rate": "ok", "ToysMade": "ok"}
        with pytest.raises(QueryError, match="parse error"):
            await running.query("rate(toys_total")


async def test_a_component_that_is_found_no_more_fires_and_is_over_when_it_is_back(tmp_path: Path) -> None:
    """Runs the rule of ScrapeFails with durations of a hundredth; a target that is gone is none that is down."""
    rules = tmp_path / "alerts.yml"
    rules.write_text(make_rules.documents(make_rules.whole(0.01), 0.01)["alerts.yml"])
    server, thread = start_http_server(0, addr="127.0.0.1", registry=CollectorRegistry())
    address = [f"127.0.0.1:{server.server_port}"]
    scrapes = [Scrape("voxbus", address, {"component": name}) for name in make_rules.components()]

    async def missed() -> set[str]:
        found = await running.query('ALERTS{alertname="ScrapeFails",alertstate="firing"}')
        return {labels["component"] for labels, _ in found}

    async def speech_is_missed() -> bool:
        return await missed() == {"speech"}

    async def nothing_is_missed() -> bool:
        return await missed() == set()

    try:
        async with prometheus(scrapes, [rules], every=0.5) as running:
            await running.scraped()
            await until(nothing_is_missed)
            running.lose(component="speech")
            await until(speech_is_missed)
            assert {each["labels"]["component"] for each in await running.targets()} == set(make_rules.components()) - {
                "speech"
            }
            running.find_again()
            await until(nothing_is_missed)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_rule_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES.replace("rate(toys_total[5s])", "rate(toys_total"))
    with pytest.raises(RuntimeError, match="toys:rate"):
        async with prometheus([], [rules]):
            raise AssertionError("it has started")
