"""GET /R: pages, sorts, filters, cursors, and refused values."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from chassis.conformance import Resource
from contracts.base import Json
from tests.conformance.resources.conftest import Served


def has(_: Resource) -> bool:
    """Tells whether a resource is tested here."""
    return True


def ordered(items: list[Json], sort: str) -> list[Json]:
    return sorted(items, key=lambda item: item[sort.removeprefix("-")], reverse=sort.startswith("-"))


async def pages(served: Served, query: str) -> list[Json]:
    """Reads all items, page by page."""
    items: list[Json] = []
    cursor = None
    while True:
        found = await served.list(query + (f"&cursor={quote(cursor)}" if cursor else ""))
        items += found["items"]
        cursor = found["next_cursor"]
        if cursor is None:
            return items


async def test_without_any_it_is_an_empty_page(served: Served) -> None:
    assert await served.list() == {"items": [], "next_cursor": None}


async def test_it_lists_what_there_is_as_each_looks_alone(served: Served) -> None:
    path, one = await served.made()
    assert await served.list() == {"items": [one], "next_cursor": None}
    if served.resource.has("GET", served.resource.item):
        assert (await served.reader("GET", path)).json() == one


@pytest.mark.parametrize("limit", [1, 2, 7, 8])
async def test_pages_of_any_size_hold_each_once(served: Served, limit: int) -> None:
    made = [(await served.made(number))[1] for number in range(7)]
    assert await pages(served, f"?limit={limit}") == ordered(made, served.resource.sorts[0])


async def test_each_sort_orders_and_loses_none(served: Served) -> None:
    made = [(await served.made(number))[1] for number in (3, 0, 4, 1, 2)]
    for sort in served.resource.sorts:
        assert await pages(served, f"?limit=2&sort={sort}") == ordered(made, sort)


async def test_a_list_that_grows_while_it_is_read_shows_none_twice(served: Served) -> None:
    for number in range(3):
        await served.made(number)
    first = await served.list("?limit=2")
    await served.made(3)
    rest = await served.list(f"?limit=100&cursor={quote(first['next_cursor'])}")
    ids = [item["id"] for item in [*first["items"], *rest["items"]]]
    assert len(ids) == len(set(ids)) >= 3


async def test_each_filter_lets_through_what_it_says(served: Served) -> None:
    made = [(await served.made(number))[1] for number in range(6)]
    for name, each in served.resource.filters.items():
        wanted = [item for item in made if each.lets_through(item)]
        assert 0 < len(wanted) < len(made)
        assert await pages(served, f"?limit=1&{name}={each.value}") == ordered(wanted, served.resource.sorts[0])


async def test_a_filter_value_that_is_none_is_named(served: Served) -> None:
    for name, each in served.resource.filters.items():
        answer = await served.reader("GET", f"{served.path}?{name}={quote(each.wrong)}")
        assert (answer.status, answer.json()["errors"][0]["field"]) == (422, name)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", ""])
async def test_a_limit_is_1_to_100(served: Served, limit: str) -> None:
    answer = await served.reader("GET", f"{served.path}?limit={limit}")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "limit")


@pytest.mark.parametrize("sort", ["weight", "--id", "id desc", ""])
async def test_a_sort_it_does_not_have_is_named(served: Served, sort: str) -> None:
    answer = await served.reader("GET", f"{served.path}?sort={quote(sort)}")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "sort")


async def test_an_unknown_parameter_names_the_nearest(served: Served) -> None:
    answer = await served.reader("GET", f"{served.path}?limt=3")
    [error] = answer.json()["errors"]
    assert (answer.status, error["field"]) == (422, "limt")
    assert "“limit”" in error["message"]


async def cursor_of(served: Served, query: str = "") -> str:
    for number in range(3):
        await served.made(number)
    return str((await served.list(f"?limit=1{query}"))["next_cursor"])


async def refused(served: Served, query: str) -> bool:
    answer = await served.reader("GET", served.path + query)
    return answer.status == 422 and answer.json()["errors"][0]["field"] == "cursor"


async def test_a_cursor_of_another_sort_or_filter_is_refused(served: Served) -> None:
    cursor = quote(await cursor_of(served))
    for sort in served.resource.sorts[1:]:
        assert await refused(served, f"?sort={sort}&cursor={cursor}")
    for name, each in served.resource.filters.items():
        assert await refused(served, f"?{name}={each.value}&cursor={cursor}")
    assert not await refused(served, f"?limit=100&cursor={cursor}")


async def test_a_cursor_that_was_changed_is_refused(served: Served) -> None:
    cursor = await cursor_of(served)
    for place in range(0, len(cursor), 9):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert await refused(served, f"?cursor={changed}")


@pytest.mark.parametrize("cursor", ["", "x", "0", "%00", "AAAA", "018f6a1e-0000-7000-8000-000000000001", "x" * 2000])
async def test_what_is_no_cursor_is_refused(served: Served, cursor: str) -> None:
    answer = await served.reader("GET", f"{served.path}?cursor={cursor}")
    assert (answer.status, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_its_tag_is_weak_and_follows_the_content(served: Served) -> None:
    await served.made()
    first = await served.reader("GET", served.path)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    same = await served.reader("GET", served.path, headers={"If-None-Match": tag})
    assert (same.status, same.body, same.headers["etag"]) == (304, b"", tag)
    await served.made(1)
    changed = await served.reader("GET", served.path, headers={"If-None-Match": tag})
    assert (changed.status, changed.headers["etag"] == tag) == (200, False)


async def test_head_answers_as_get(served: Served) -> None:
    await served.made()
    get, head = await served.reader("GET", served.path), await served.reader("HEAD", served.path)
    assert (head.status, head.body, dict(head.headers)) == (200, b"", dict(get.headers))


async def test_only_what_everybody_may_see_is_cached(served: Served) -> None:
    rule = (await served.reader("GET", served.path)).headers["cache-control"]
    assert rule == ("public, max-age=60, stale-while-revalidate=300" if served.resource.is_public else "no-store")
    assert (await served.reader("GET", f"{served.path}?limit=x")).headers["cache-control"] == "no-store"


async def test_strangers_see_what_they_may(served: Served) -> None:
    await served.made()
    answer = await served.stranger("GET", served.path)
    assert (answer.status, len(answer.json()["items"])) == (200, 0 if served.resource.is_own else 1)
    assert (await served.anonymous("GET", served.path)).status == (200 if served.resource.is_public else 401)
