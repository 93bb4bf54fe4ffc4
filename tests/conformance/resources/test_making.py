"""POST /R: what it makes, what it refuses, and that a key makes one."""

from __future__ import annotations

import asyncio

import pytest

from chassis.conformance import Resource
from chassis.message.envelope import new_id
from chassis.web.testing import Answer
from tests.conformance.resources.conftest import Served


def has(resource: Resource) -> bool:
    """Tells whether a resource is tested here."""
    return resource.has("POST", resource.path)


async def test_it_says_where_it_is_and_which_version(served: Served) -> None:
    answer = await served.make()
    assert (answer.status, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.headers["location"] == f"{served.path}/{answer.json()['id']}"
    found = await served.reader("GET", answer.headers["location"])
    assert found.json() == served.shown(answer)
    if served.resource.is_versioned:
        assert found.headers["etag"] == answer.headers["etag"]
    assert "idempotency-replayed" not in answer.headers


async def test_what_was_sent_is_there(served: Served) -> None:
    body = served.resource.body(1)
    one = (await served.make(1)).json()
    assert {name: one[name] for name in body} == body


async def test_what_is_required_is_named_where_it_is_missing(served: Served) -> None:
    for name in served.body_schema().get("required", []):
        body = {key: value for key, value in served.resource.body(0).items() if key != name}
        answer = await served.writer("POST", served.path, body)
        assert (answer.status, [error["field"] for error in answer.json()["errors"]]) == (422, [name])


async def test_an_unknown_field_names_the_nearest(served: Served) -> None:
    known = next(iter(served.body_schema()["properties"]))
    answer = await served.writer("POST", served.path, served.resource.body(0) | {f"{known}x": 1})
    [error] = answer.json()["errors"]
    assert (answer.status, error["field"]) == (422, f"{known}x")
    assert f"“{known}”" in error["message"]


@pytest.mark.parametrize("name", ["id", "version", "created_at", "person_id"])
async def test_what_is_not_the_callers_to_set_is_refused(served: Served, name: str) -> None:
    answer = await served.writer("POST", served.path, served.resource.body(0) | {name: str(new_id())})
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, name)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b"[" * 50_000, b"\xff", b'{"\\u0000": 1}'])
async def test_what_is_no_such_object_is_refused(served: Served, body: bytes) -> None:
    answer = await served.writer("POST", served.path, body)
    assert answer.status in (400, 422)
    assert (await served.list())["items"] == []


async def test_nothing_is_not_enough(served: Served) -> None:
    assert (await served.writer("POST", served.path)).status == 422


async def test_texts_that_cannot_be_stored_are_refused(served: Served) -> None:
    texts = [name for name, value in served.resource.body(0).items() if isinstance(value, str)]
    for name in texts:
        for text in ("a\0b", "\ud800"):
            assert (await served.writer("POST", served.path, served.resource.body(0) | {name: text})).status == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/merge-patch+json", "multipart/form-data", ""])
async def test_what_does_not_say_that_it_is_json_is_refused(served: Served, kind: str) -> None:
    answer = await served.writer("POST", served.path, served.resource.body(0), headers={"Content-Type": kind})
    assert (answer.status, answer.problem) == (415, "unsupported-media-type")


async def test_what_is_too_large_is_refused(served: Served) -> None:
    most = served.resource.operation("POST", served.path).max_body
    assert (await served.writer("POST", served.path, b" " * (most + 1))).status == 413


async def test_who_may_not_write_is_told_so_before_anything_is_read(served: Served) -> None:
    assert (await served.anonymous("POST", served.path, b"{")).status == 401
    if not served.resource.is_own:
        assert (await served.stranger("POST", served.path, b"{")).status == 403
    assert (await served.list())["items"] == []


async def test_an_unknown_parameter_is_named(served: Served) -> None:
    answer = await served.writer("POST", f"{served.path}?dry=1", served.resource.body(0))
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "dry")


async def test_a_key_makes_one_also_at_once(served: Served) -> None:
    key = {"Idempotency-Key": "k"}
    body = served.resource.body(0)

    async def made() -> Answer:
        """Makes it as a client does: a 503 on a loaded machine says that nothing was written, and to repeat it."""
        while (answer := await served.writer("POST", served.path, body, headers=key)).status == 503:
            assert answer.problem in ("busy", "unavailable")
            await asyncio.sleep(int(answer.headers["retry-after"]))
        return answer

    answers = await asyncio.gather(*(made() for _ in range(5)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 4
    assert len((await served.list())["items"]) == 1


async def test_the_order_of_names_is_no_content(served: Served) -> None:
    first = await served.make(0, **{"Idempotency-Key": "k"})
    body = dict(reversed(served.resource.body(0).items()))
    again = await served.writer("POST", served.path, body, headers={"Idempotency-Key": "k"})
    assert (again.status, again.body, again.headers["idempotency-replayed"]) == (201, first.body, "true")


async def test_other_content_under_a_key_is_refused(served: Served) -> None:
    await served.make(0, **{"Idempotency-Key": "k"})
    answer = await served.writer("POST", served.path, served.resource.body(1), headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.problem) == (422, "idempotency-conflict")


async def test_a_request_sent_once_more_is_answered_alike(served: Served) -> None:
    operation = new_id()
    body = served.resource.body(0)
    first = await served.writer("POST", served.path, body, operation_id=operation)
    again = await served.writer("POST", served.path, body, operation_id=operation)
    assert (again.status, again.body, again.headers["location"]) == (201, first.body, first.headers["location"])


async def test_what_is_gone_is_404_when_its_making_is_repeated(served: Served) -> None:
    made = await served.make(0, **{"Idempotency-Key": "k"})
    await served.writer("DELETE", made.headers["location"], headers=served.any_version)
    answer = await served.writer("POST", served.path, served.resource.body(0), headers={"Idempotency-Key": "k"})
    assert (answer.status, answer.headers["idempotency-replayed"]) == (404, "true")


@pytest.mark.parametrize("key", [" ", "x" * 256, "ä"])
async def test_a_key_that_is_none_is_named(served: Served, key: str) -> None:
    answer = await served.writer("POST", served.path, served.resource.body(0), headers={"Idempotency-Key": key})
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_a_deadline_that_has_passed_writes_nothing(served: Served) -> None:
    answer = await served.writer("POST", served.path, served.resource.body(0), patience=0)
    assert (answer.status, answer.problem, answer.headers["voxbus-not-written"]) == (503, "unavailable", "1")
    assert (await served.list())["items"] == []


async def test_a_fact_is_said_once_however_often_it_is_sent(served: Served) -> None:
    before = await served.facts()
    for _ in range(3):
        await served.make(0, **{"Idempotency-Key": "k"})
    assert len(await served.facts() - before) == served.resource.operation("POST", served.path).emits
