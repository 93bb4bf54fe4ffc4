"""POST /R/{id}/…: what does something to one, in the request."""

from __future__ import annotations

import asyncio

import pytest

from chassis.conformance import Resource
from chassis.message.envelope import new_id
from tests.conformance.resources.conftest import Served


def has(resource: Resource) -> bool:
    """Tells whether a resource is tested here."""
    return bool(resource.acts)


def acts(served: Served, path: str) -> list[str]:
    """Returns where each verb is done to one."""
    return [act.path.replace(served.resource.item, path) for act in served.resource.acts]


async def test_it_answers_with_what_the_list_shows_then(served: Served) -> None:
    path, one = await served.made()
    for target in acts(served, path):
        answer = await served.writer("POST", target)
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.json()["id"] == one["id"]
        assert (await served.list())["items"] == [answer.json()]


async def test_a_key_does_it_once_also_at_once(served: Served) -> None:
    path, _ = await served.made()
    for target in acts(served, path):
        key = {"Idempotency-Key": target[-200:]}
        answers = await asyncio.gather(*(served.writer("POST", target, headers=key) for _ in range(4)))
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        assert sum("idempotency-replayed" in answer.headers for answer in answers) == 3


async def test_another_one_under_its_key_is_refused(served: Served) -> None:
    (path, _), (other, _) = await served.made(), await served.made(1)
    for target, elsewhere in zip(acts(served, path), acts(served, other), strict=True):
        key = {"Idempotency-Key": target[-200:]}
        await served.writer("POST", target, headers=key)
        answer = await served.writer("POST", elsewhere, headers=key)
        assert (answer.status, answer.problem) == (422, "idempotency-conflict")


async def test_a_request_sent_once_more_is_answered_alike(served: Served) -> None:
    path, _ = await served.made()
    for target in acts(served, path):
        operation = new_id()
        first = await served.writer("POST", target, operation_id=operation)
        again = await served.writer("POST", target, operation_id=operation)
        assert (again.status, again.body, again.headers["idempotency-replayed"]) == (200, first.body, "true")


@pytest.mark.parametrize("name", ["absent", "x", "0", "%00"])
async def test_what_does_not_exist_is_404_whatever_it_is_called(served: Served, name: str) -> None:
    for target in acts(served, f"{served.path}/{new_id() if name == 'absent' else name}"):
        answer = await served.writer("POST", target)
        assert (answer.status, answer.problem) == (404, "not-found")


async def test_who_may_not_do_it_changes_nothing(served: Served) -> None:
    path, one = await served.made()
    for target in acts(served, path):
        stranger = await served.stranger("POST", target)
        assert stranger.status == (404 if served.resource.is_own else 403)
        assert (await served.anonymous("POST", target)).status == 401
    assert (await served.list())["items"] == [one]


async def test_an_unknown_parameter_is_named(served: Served) -> None:
    path, _ = await served.made()
    for target in acts(served, path):
        answer = await served.writer("POST", f"{target}?dry=1")
        assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "dry")


async def test_a_deadline_that_has_passed_writes_nothing(served: Served) -> None:
    path, one = await served.made()
    for target in acts(served, path):
        answer = await served.writer("POST", target, patience=0)
        assert (answer.status, answer.problem, answer.headers["voxbus-not-written"]) == (503, "unavailable", "1")
    assert (await served.list())["items"] == [one]


async def test_each_says_one_fact_if_any(served: Served) -> None:
    path, _ = await served.made()
    before = await served.facts()
    for target in acts(served, path):
        for _ in range(2):
            await served.writer("POST", target, headers={"Idempotency-Key": target[-200:]})
    assert len(await served.facts() - before) == sum(act.emits for act in served.resource.acts)
