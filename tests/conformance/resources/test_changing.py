"""PATCH and DELETE /R/{id}: whose it is, which version one has read, and what is gone."""

from __future__ import annotations

import pytest

from chassis.conformance import Resource
from chassis.message.envelope import new_id
from tests.conformance.resources.conftest import Served


def has(resource: Resource) -> bool:
    """Tells whether a resource is tested here."""
    return resource.has("DELETE", resource.item)


async def test_the_version_one_has_read_is_compared(served: Served, method: str) -> None:
    path, one = await served.made()
    body = served.content(method)
    if served.resource.operation("DELETE", served.resource.item).if_match is None:  # it has no versions
        works = await served.writer(method, path, body, headers={"If-Match": '"999"'})
        assert works.status in (200, 204)
        return
    current = f'"{one["version"]}"'
    for other in ('"999"', f"W/{current}", "rubbish", '"998", "999"'):
        answer = await served.writer(method, path, body, headers={"If-Match": other})
        assert (answer.status, answer.problem, answer.headers["etag"]) == (412, "version-conflict", current)
    assert (await served.reader("GET", path)).json() == one
    works = await served.writer(method, path, body, headers={"If-Match": f'"999", {current}'})
    assert works.status in (200, 204)


async def test_any_version_will_do_where_one_says_so(served: Served, method: str) -> None:
    path, _ = await served.made()
    body = served.content(method)
    assert (await served.writer(method, path, body, headers=served.any_version)).status in (200, 204)


async def test_what_several_people_edit_asks_which_version(served: Served, method: str) -> None:
    path, _ = await served.made()
    answer = await served.writer(method, path, served.content(method))
    if served.resource.operation("DELETE", served.resource.item).if_match == "required":
        assert (answer.status, answer.problem) == (428, "if-match-required")
    else:
        assert answer.status in (200, 204)


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": '"1"'}])
async def test_what_does_not_exist_is_404_before_any_version(
    served: Served, method: str, headers: dict[str, str]
) -> None:
    body = served.content(method)
    answer = await served.writer(method, f"{served.path}/{new_id()}", body, headers=headers)
    assert (answer.status, answer.problem) == (404, "not-found")


async def test_who_may_not_write_changes_nothing(served: Served, method: str) -> None:
    path, one = await served.made()
    body = served.content(method)
    stranger = await served.stranger(method, path, body, headers=served.any_version)
    assert stranger.status == (404 if served.resource.is_own else 403)
    assert (await served.anonymous(method, path, body, headers=served.any_version)).status == 401
    assert (await served.reader("GET", path)).json() == one


async def test_what_is_deleted_is_gone_and_cannot_be_deleted_again(served: Served) -> None:
    path, _ = await served.made()
    first = await served.writer("DELETE", path, headers=served.any_version)
    again = await served.writer("DELETE", path, headers=served.any_version)
    assert (first.status, first.body, again.status) == (204, b"", 404)
    assert (await served.reader("GET", path)).status == 404
    assert (await served.list())["items"] == []


async def test_a_deletion_repeated_under_its_key_is_204(served: Served) -> None:
    path, _ = await served.made()
    headers = served.any_version | {"Idempotency-Key": "k"}
    first = await served.writer("DELETE", path, headers=headers)
    again = await served.writer("DELETE", path, headers=headers)
    assert (first.status, again.status, again.headers["idempotency-replayed"]) == (204, 204, "true")
