"""PATCH /R/{id}: merge patches, versions, and that a key does it once."""

from __future__ import annotations

import asyncio

import pytest

from chassis.conformance import Resource
from chassis.message.envelope import new_id
from tests.conformance.resources.conftest import Served


def has(resource: Resource) -> bool:
    """Tells whether a resource is tested here."""
    return resource.has("PATCH", resource.item)


async def test_a_change_is_a_new_version(served: Served) -> None:
    path, one = await served.made()
    answer = await served.writer("PATCH", path, served.resource.patch, headers={"If-Match": f'"{one["version"]}"'})
    assert (answer.status, answer.headers["etag"]) == (200, f'"{one["version"] + 1}"')
    moved = {"version", "updated_at"}
    kept = {name: value for name, value in answer.json().items() if name not in moved}
    assert kept == {name: value for name, value in (one | served.resource.patch).items() if name not in moved}
    found = await served.reader("GET", path)
    assert (found.json(), found.headers["etag"]) == (answer.json(), answer.headers["etag"])


@pytest.mark.parametrize(
    "kind", ["application/json", "application/merge-patch+json", "application/json; charset=utf-8"]
)
async def test_it_may_come_as_either_type(served: Served, kind: str) -> None:
    path, _ = await served.made()
    headers = served.any_version | {"Content-Type": kind}
    assert (await served.writer("PATCH", path, served.resource.patch, headers=headers)).status == 200


async def test_a_patch_that_changes_nothing_changes_nothing(served: Served) -> None:
    path, one = await served.made()
    before = await served.facts()
    for patch in ({}, served.resource.body(0)):
        answer = await served.writer("PATCH", path, patch, headers=served.any_version)
        assert (answer.status, answer.json(), answer.headers["etag"]) == (200, one, f'"{one["version"]}"')
    assert await served.facts() == before


@pytest.mark.parametrize("name", ["id", "version", "created_at", "person_id", "nothing"])
async def test_what_cannot_be_changed_is_named(served: Served, name: str) -> None:
    path, _ = await served.made()
    answer = await served.writer("PATCH", path, {name: str(new_id())}, headers=served.any_version)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, name)


async def test_an_unknown_field_names_the_nearest(served: Served) -> None:
    path, _ = await served.made()
    known = next(iter(served.body_schema()["properties"]))
    answer = await served.writer("PATCH", path, {f"{known}x": 1}, headers=served.any_version)
    assert f"“{known}”" in answer.json()["errors"][0]["message"]


async def test_what_is_required_cannot_be_removed(served: Served) -> None:
    path, one = await served.made()
    for name in served.body_schema().get("required", []):
        answer = await served.writer("PATCH", path, {name: None}, headers=served.any_version)
        assert (answer.status, answer.json()["errors"][0]["field"]) == (422, name)
    assert (await served.reader("GET", path)).json() == one


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b"{"])
async def test_a_patch_is_an_object(served: Served, body: bytes) -> None:
    path, _ = await served.made()
    assert (await served.writer("PATCH", path, body, headers=served.any_version)).status == 422


async def test_of_two_who_have_read_the_same_version_one_changes_it(served: Served) -> None:
    path, one = await served.made()
    wanted = {"If-Match": f'"{one["version"]}"'}
    answers = await asyncio.gather(
        *(served.writer("PATCH", path, served.resource.patch, headers=wanted) for _ in range(4))
    )
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]


async def test_a_key_changes_it_once(served: Served) -> None:
    path, one = await served.made()
    headers = {"If-Match": f'"{one["version"]}"', "Idempotency-Key": "k"}
    first = await served.writer("PATCH", path, served.resource.patch, headers=headers)
    again = await served.writer("PATCH", path, served.resource.patch, headers=headers)
    assert (again.status, again.body, again.headers["etag"]) == (200, first.body, first.headers["etag"])
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    other = await served.writer("PATCH", path, {}, headers=headers)
    assert (other.status, other.problem) == (422, "idempotency-conflict")


async def test_a_change_repeated_after_its_deletion_is_404(served: Served) -> None:
    path, _ = await served.made()
    headers = served.any_version | {"Idempotency-Key": "k"}
    await served.writer("PATCH", path, served.resource.patch, headers=headers)
    await served.writer("DELETE", path, headers=served.any_version)
    again = await served.writer("PATCH", path, served.resource.patch, headers=headers)
    assert (again.status, again.headers["idempotency-replayed"]) == (404, "true")


async def test_each_change_says_one_fact(served: Served) -> None:
    before = await served.facts()
    path, _ = await served.made()
    await served.writer("PATCH", path, served.resource.patch, headers=served.any_version)
    await served.writer("DELETE", path, headers=served.any_version)
    operations = [
        served.resource.operation("POST", served.path),
        served.resource.operation("PATCH", served.resource.item),
        served.resource.operation("DELETE", served.resource.item),
    ]
    assert len(await served.facts() - before) == sum(operation.emits for operation in operations)
