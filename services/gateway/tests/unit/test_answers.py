"""Tests that what clients ask for never takes the series of a route of the API."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from httpx2 import AsyncClient

from chassis.observe import metrics
from gateway.edge.answers import Answers, counts_slow
from gateway.edge.openapi import read_document

ROUTES = tuple(read_document().table.routes)
FAMILIES = (metrics.HTTP_REQUESTS, metrics.HTTP_SLOW, metrics.JOB_REQUESTS)


def value(name: str, labels: dict[str, str]) -> float | None:
    """Returns the value of a series. Only its own family is read: for each route that of all takes seconds."""
    families = metrics.REGISTRY.restricted_registry([name]).collect()
    found = (each for family in families for each in family.samples if (each.name, each.labels) == (name, labels))
    return next((each.value for each in found), None)


def counted(method: str, route: str, status: str) -> float | None:
    return value("voxbus_http_requests_total", {"method": method, "route": route, "status": status})


def asked(kind: str, outcome: str) -> float | None:
    return value("voxbus_job_requests_total", {"kind": kind, "outcome": outcome})


def failures(status: int) -> float:
    return value("voxbus_http_failures_total", {"status": str(status)}) or 0


def how_many() -> int:
    return sum(len(family.samples) for each in FAMILIES for family in each.collect())


@pytest.fixture(autouse=True)
def fresh() -> None:
    for family in FAMILIES:
        family.clear()


def test_a_scanner_takes_no_route_its_series() -> None:
    answers = Answers(ROUTES)
    for route, status in product(ROUTES, (304, 400, 401, 403, 404, 405, 422, 429)):
        answers.count(route.method, route.path, status, 0.01)
    answers.count("GET", "unmatched", 404, 0.01)
    answers.count("OPTIONS", "/attempts", 204, 0.01)
    answers.count("POST", "/attempts", 202, 0.01)
    answers.count("POST", "/attempts", 503, 0.01)
    assert counted("POST", "/attempts", "2xx") == 1
    assert counted("POST", "/attempts", "5xx") == 1
    assert counted("any", "any", "404") == len(ROUTES) + 1
    assert counted("any", "any", "304") == len(ROUTES)
    assert counted("any", "any", "204") == 1


def test_when_everything_fails_each_route_has_its_failures_and_each_status_its_own() -> None:
    answers = Answers(ROUTES)
    before = {status: failures(status) for status in (500, 503)}
    for route, status in product(ROUTES, (500, 503)):
        answers.count(route.method, route.path, status, 0.01)
    for route in ROUTES:
        assert counted(route.method, route.path, "5xx") == 2, route.path
    for status in (500, 503):
        assert failures(status) - before[status] == len(ROUTES)
    answers.count("GET", "/jobs", 599, 0.01)
    assert counted("GET", "/jobs", "5xx") == 3


def test_each_route_of_the_gateways_own_has_its_slow_answers() -> None:
    answers = Answers(ROUTES)
    for route in ROUTES:
        for seconds, status in ((0.2, 200), (1.5, 200), (9.0, 503)):
            answers.count(route.method, route.path, status, seconds)
    slow = {(route.method, route.path) for route in ROUTES if counts_slow(route)}
    assert ("POST", "/ai/hint") in slow, "it may wait for its job"
    for route in ROUTES:
        labels = {"method": route.method, "route": route.path}
        expected = 1 if (route.method, route.path) in slow else None
        assert value("voxbus_http_slow_requests_total", labels) == expected


def test_a_route_counts_from_nothing_and_costs_three_series() -> None:
    Answers(ROUTES)
    before = how_many()
    forwarded = replace(ROUTES[0], method="PUT", path="/things", job=None, service="content")
    Answers([replace(forwarded, service="gateway", method="GET"), forwarded])
    assert how_many() == before + 3 + 2
    for status in ("2xx", "5xx"):
        assert counted("GET", "/things", status) == 0
    Answers([replace(forwarded, method="POST", job="thing")])
    assert [asked("thing", outcome) for outcome in ("accepted", "refused", "unavailable", "failed")] == [0] * 4


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, "accepted"), (202, "accepted"), (401, "refused"), (429, "refused")),
        *((500, "failed"), (503, "unavailable"), (504, "unavailable")),
    ],
)
def test_a_request_for_a_job_counts_by_its_answer(status: int, outcome: str) -> None:
    answers = Answers(ROUTES)
    answers.count("POST", "/attempts", status, 0.01)
    answers.count("GET", "/attempts", status, 0.01)
    assert asked("attempt", outcome) == 1


async def test_while_the_database_is_away_each_request_for_a_job_is_bad(client: AsyncClient, access_token: str) -> None:
    """Asks while the database's socket does not exist, so that nothing reaches acceptance."""
    headers = {"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"}
    makers = [route for route in ROUTES if route.job]
    assert len(makers) == 5
    for route in makers:
        assert route.job is not None
        before = asked(route.job, "unavailable") or 0, asked(route.job, "refused") or 0
        path = route.path.replace("{id}", "018f6a1e-0000-7000-8000-000000000001")
        answer = await client.request(route.method, path, content=b"{}", headers=headers)
        assert answer.status_code == 503, route
        assert (await client.get(path, headers=headers)).status_code >= 400
        assert (await client.request(route.method, path, content=b"{}")).status_code == 401
        assert counted(route.method, route.path, "5xx") == 1
        assert (asked(route.job, "unavailable"), asked(route.job, "refused")) == (before[0] + 1, before[1] + 1)
