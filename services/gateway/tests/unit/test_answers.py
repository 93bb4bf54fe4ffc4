"""Tests that what clients ask for never takes the series of a route of the API."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from httpx2 import AsyncClient

from chassis.observe import metrics
from gateway.edge.answers import EXACT_FAILURES, OF_JOBS, Answers
from gateway.edge.openapi import read_document

ROUTES = tuple(read_document().table.routes)

NAME = "voxbus_http_requests_total"


def counted(method: str, route: str, status: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(NAME, {"method": method, "route": route, "status": status})


@pytest.fixture(autouse=True)
def fresh() -> None:
    for family in (metrics.HTTP_REQUESTS, metrics.HTTP_SLOW):
        family.clear()


def test_a_scanner_takes_no_route_its_series() -> None:
    answers = Answers(ROUTES)
    for route, status in product(ROUTES, (400, 401, 403, 404, 405, 422, 429)):
        answers.count(route.method, route.path, status, 0.01)
    answers.count("GET", "unmatched", 404, 0.01)
    answers.count("OPTIONS", "/attempts", 204, 0.01)
    answers.count("POST", "/attempts", 202, 0.01)
    answers.count("POST", "/attempts", 503, 0.01)
    assert counted("POST", "/attempts", "202") == 1
    assert counted("POST", "/attempts", "503") == 1
    assert counted("any", "any", "404") == len(ROUTES) + 1
    assert counted("any", "any", "204") == 1


def test_when_everything_fails_each_route_has_its_failures() -> None:
    answers = Answers(ROUTES)
    before = metrics.REGISTRY.get_sample_value("voxbus_metrics_folded_total", {"family": NAME}) or 0
    for route, status in product(ROUTES, (500, 503)):
        answers.count(route.method, route.path, status, 0.01)
    for route in ROUTES:
        found = [counted(route.method, route.path, status) or 0 for status in ("500", "503", "5xx")]
        assert sum(found) == 2, route.path
    assert counted("POST", "/attempts", "503") == 1
    reserved = sum(status >= 500 for status in OF_JOBS) * sum(route.job is not None for route in ROUTES)
    first = [(r, s) for r, s in product(ROUTES, (500, 503)) if r.job is None][: EXACT_FAILURES - reserved]
    exact = len(first) + 2 * sum(route.job is not None for route in ROUTES)
    folded = metrics.REGISTRY.get_sample_value("voxbus_metrics_folded_total", {"family": NAME})
    assert folded == before + 2 * len(ROUTES) - exact


def test_each_route_has_its_slow_answers() -> None:
    answers = Answers(ROUTES)
    for route in ROUTES:
        for seconds, status in ((0.2, 200), (1.5, 200), (9.0, 503)):
            answers.count(route.method, route.path, status, seconds)
    for route in ROUTES:
        labels = {"method": route.method, "route": route.path}
        assert metrics.REGISTRY.get_sample_value("voxbus_http_slow_requests_total", labels) == 1


def test_a_route_that_makes_jobs_counts_from_nothing() -> None:
    Answers([replace(ROUTES[0], method="POST", path="/things", job="thing"), *ROUTES])
    for status in OF_JOBS:
        assert counted("POST", "/things", str(status)) == 0
        assert counted("POST", "/attempts", str(status)) == 0
    assert counted("GET", "/attempts", "200") is None


async def test_while_the_database_is_away_each_request_for_a_job_is_bad(client: AsyncClient, access_token: str) -> None:
    """Asks while the database's socket does not exist, so that nothing reaches acceptance."""
    headers = {"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"}
    makers = [route for route in ROUTES if route.job]
    assert len(makers) == 5
    for route in makers:
        path = route.path.replace("{id}", "018f6a1e-0000-7000-8000-000000000001")
        answer = await client.request(route.method, path, content=b"{}", headers=headers)
        assert answer.status_code == 503, route
        assert (await client.get(path, headers=headers)).status_code >= 400
        assert (await client.request(route.method, path, content=b"{}")).status_code == 401
        assert counted(route.method, route.path, "503") == 1
