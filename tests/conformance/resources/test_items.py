"""GET /R/{id}: versions, conditions, and what does not exist."""

from __future__ import annotations

import pytest

from chassis.conformance import Resource
from chassis.message.envelope import new_id
from tests.conformance.resources.conftest import Served


def has(resource: Resource) -> bool:
    """Tells whether a resource is tested here."""
    return resource.has("GET", resource.item)


async def test_its_tag_is_its_version_or_a_mark_of_its_content(served: Served) -> None:
    path, one = await served.made()
    answer = await served.reader("GET", path)
    assert (answer.status, answer.json()) == (200, one)
    if served.resource.is_versioned:
        assert answer.headers["etag"] == f'"{one["version"]}"'
    else:
        assert answer.headers["etag"].startswith('W/"')


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"x", {tag}', "*"])
async def test_who_has_it_gets_304(served: Served, form: str) -> None:
    path, _ = await served.made()
    tag = (await served.reader("GET", path)).headers["etag"]
    given = form.format(tag=tag.removeprefix("W/"))
    answer = await served.reader("GET", path, headers={"If-None-Match": given})
    assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("header", ['"999"', "1", "rubbish", '""'])
async def test_who_has_another_gets_it(served: Served, header: str) -> None:
    path, one = await served.made()
    answer = await served.reader("GET", path, headers={"If-None-Match": header})
    assert (answer.status, answer.json()) == (200, one)


async def test_head_answers_as_get(served: Served) -> None:
    path, _ = await served.made()
    for headers in ({}, {"If-None-Match": "*"}):
        get = await served.reader("GET", path, headers=headers)
        head = await served.reader("HEAD", path, headers=headers)
        assert (head.status, head.body, dict(head.headers)) == (get.status, b"", dict(get.headers))


@pytest.mark.parametrize("name", ["absent", "x", "0", "018f6a1e-0000-7000-8000-00000000000g", "%00"])
async def test_what_does_not_exist_is_404_whatever_it_is_called(served: Served, name: str) -> None:
    answer = await served.reader("GET", f"{served.path}/{new_id() if name == 'absent' else name}")
    assert (answer.status, answer.problem) == (404, "not-found")
    assert answer.headers["cache-control"] == "no-store"


async def test_someone_elses_is_as_if_it_were_not(served: Served) -> None:
    path, _ = await served.made()
    answer = await served.stranger("GET", path)
    absent = await served.stranger("GET", f"{served.path}/{new_id()}")
    if served.resource.is_own:
        assert (answer.status, answer.said) == (404, absent.said)
    else:
        assert answer.status == 200
    assert (await served.anonymous("GET", path)).status == (200 if served.resource.is_public else 401)


async def test_an_unknown_parameter_is_named(served: Served) -> None:
    path, _ = await served.made()
    answer = await served.reader("GET", f"{path}?verbose=1")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "verbose")


async def test_only_what_everybody_may_see_is_cached(served: Served) -> None:
    path, _ = await served.made()
    rule = (await served.reader("GET", path)).headers["cache-control"]
    assert rule == ("public, max-age=60, stale-while-revalidate=300" if served.resource.is_public else "no-store")
