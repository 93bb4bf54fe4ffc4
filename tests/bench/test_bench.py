"""Tests that each side of the bench does its work; speed is no matter of a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import requests, slow
from bench.__main__ import attacked, bench, fanned_out, grown, pooled_too, served
from bench.place import place
from bench.plan import Plan
from bench.report import Report, percentile, spread
from bench.rows import TABLES
from tests.brokers import Broker

pytestmark = pytest.mark.timeout(600)

_LITTLE = Plan(
    backlog=20,
    live=0.3,
    window=10,
    latency=0.2,
    slow=10,
    accept=0.3,
    warm_up=0.1,
    few=2,
    many=5,
    read=0.3,
    writes=8,
    pooled=8,
    idle=0.3,
    rows_few=10,
    rows_many=100,
    steady=0.2,
    slow_connections=20,
)


def _silent(_line: str) -> None:
    """Does nothing: no test waits for it."""


@pytest.mark.in_full
async def test_a_round_of_every_side(broker: Broker, postgres_url: str, tmp_path: Path) -> None:
    url = await broker.virtual_host()
    async with place(url, postgres_url) as bench_place, place(url, postgres_url) as grown_here:
        report = await bench(bench_place, 1, _LITTLE, _silent)
        await grown(bench_place, grown_here, 1, _LITTLE, report, _silent)
        await fanned_out(bench_place, 1, _LITTLE, report, _silent)
        kept = [await grown_here.admin.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]
    assert min(kept) >= 100
    found = report.summary()
    assert {side: set(figures) for side, figures in report.rounds.items()}.keys() == {
        "chassis_side",
        "baseline_per_message",
        "baseline_batched",
        "accept_side",
        "accept_signed_in",
        "accept_baseline",
        "accept_baseline_signed_in",
        "beside 10 rows",
        "beside 100 rows",
        "2 streams",
        "5 streams",
    }
    assert all(found["figures"]["chassis_side"][name]["min"] > 0 for name in ("drain", "live", "slow", "latency_p50"))
    assert len(report.latencies["chassis_side"]) == 10
    report.write(tmp_path / "latest.json")
    assert report.lines()


@pytest.mark.in_full
async def test_a_round_of_requests_that_owners_serve(broker: Broker, postgres_url: str) -> None:
    url, report = await broker.virtual_host(), Report({}, compared=[])
    async with place(url, postgres_url, services=requests.SERVICES) as owners_here:
        await requests.declare(owners_here)
        await served(owners_here, 1, _LITTLE, report, _silent)
        await attacked(owners_here, 1, _LITTLE, report, _silent)
    assert report.rounds.keys() == {*requests.READS, *requests.WRITES, *slow.SIDES}
    assert all(report.rounds[side]["steady_requests"] == [10] for side in slow.SIDES)
    assert all(report.rounds[side]["reads"][0] > 0 for side in requests.READS)
    assert all(report.rounds[side]["writes_of_16"][0] > 0 for side in requests.WRITES)
    assert report.lines()


@pytest.mark.in_full
async def test_a_round_behind_a_pooler(broker: Broker, postgres_url: str) -> None:
    url, report = await broker.virtual_host(), Report({}, compared=[])
    async with place(url, postgres_url) as bench_place:
        await pooled_too(bench_place, 1, _LITTLE, report, _silent)
    ratios = {name: found["median"] for name, found in report.ratios().items()}
    assert ratios["transaction_trips: pgbouncer_session / direct"] == 1
    assert ratios["statement_trips: pgbouncer_transaction / direct"] > 1


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 50), percentile(values, 99), percentile([7.0], 99)) == (50.0, 99.0, 7.0)
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}
