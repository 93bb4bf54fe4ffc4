"""Tests every list of the whole product with forged cursors: a 422 that names the parameter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from chassis.message.envelope import new_id
from chassis.settings import Settings
from chassis.storage.database import open_database
from chassis.web.listing import PageQuery
from chassis.web.testing import forged_cursor
from gateway.edge.admin import PeopleQuery
from gateway.edge.attempts.routes import AttemptsQuery
from gateway.edge.audit import EventsQuery, OwnEventsQuery
from gateway.edge.children import ChildrenQuery, DecisionsQuery
from gateway.edge.dead_letters import DeadLettersQuery
from gateway.edge.evidence import FormsQuery
from gateway.edge.exports import ExportsQuery
from gateway.edge.identities import IdentitiesQuery
from gateway.edge.jobs import JobsQuery
from gateway.edge.logged_events import LoggedEventsQuery
from gateway.edge.operator_acts import ActsQuery
from gateway.edge.operator_jobs import AdminJobsQuery
from gateway.edge.retention import ReceiptsQuery
from gateway.edge.sessions import SessionsQuery
from tests.e2e.conftest import PASSWORD, sign_up
from voxbus.accounts import grant
from voxbus.local.reach import reach_database
from voxbus.services import SERVICES

#: what each list reads its query as, by its operationId
QUERIES: dict[str, type[PageQuery]] = {
    "listAttempts": AttemptsQuery,
    "listChildren": ChildrenQuery,
    "listDecisions": DecisionsQuery,
    "listEvidence": FormsQuery,
    "listExports": ExportsQuery,
    "listIdentities": IdentitiesQuery,
    "listJobs": JobsQuery,
    "listSessions": SessionsQuery,
    "listPeople": PeopleQuery,
    "listReceipts": ReceiptsQuery,
    "listOwnEvents": OwnEventsQuery,
    "listEvents": EventsQuery,
    "listActs": ActsQuery,
    "listDeadLetters": DeadLettersQuery,
    "listAllJobs": AdminJobsQuery,
    "listLoggedEvents": LoggedEventsQuery,
} | {
    operation.id: hints["query"]
    for service in SERVICES
    for routes in service.routes
    for operation in routes.operations
    if issubclass((hints := get_type_hints(operation.function)).get("query", object), PageQuery)
}
_CONVERSATIONS = "/api/conversation/sessions"
ID = str(new_id())
#: sort keys that count, in a column that holds the first of the numbers below
COUNTED = ("number", "-number", "turn", "-turn")
#: sort keys that are texts
TEXTS = ("position", "-position")
#: a sort key that the column holds, where it is not an id
HELD: dict[str, Any] = {
    "difficulty": 3,
    "at": "2026-11-28T10:00:00Z",
    "-at": "2026-11-28T10:00:00Z",
    "-updated_at": "2026-11-28T10:00:00Z",
    **dict.fromkeys(TEXTS, "001/internet/002"),
    **dict.fromkeys(COUNTED, 3),
}
#: numbers beyond the smallest column, then beyond any, a value of no column's type, and no number
KEYS = """
32768 2147483648 -9223372036854775809 1000000000000000000000000000000 1.5 1e400 NaN -Infinity true null [] {} "" "x"
"\\u0000" "\\ud800" "0001-01-01T00:00:00+14:00" "9999-12-31T23:59:59-14:00"
""".split()
IDS = ["null", "7", "1" + "0" * 30, "NaN", "true", "[]", '""', '"x"', '"\\u0000"']
#: lists whose cursors a list is asked with in short; of one list's orders there are as many at most
NEIGHBOURS = 6
NO_PLACES = ["", "{}", "null", "[]", f'["{ID}"]', f'["{ID}", "{ID}", 1]', f'{{"0": "{ID}", "1": "{ID}"}}', "[" * 600]

in_short_and_in_full = pytest.mark.parametrize(
    "in_full", [False, pytest.param(True, marks=pytest.mark.in_full)], ids=["in short", "in full"]
)


@dataclass(frozen=True)
class List:
    """Describes one list in one order."""

    operation: str
    path: str
    sort: str | None
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        return {**dict(self.filters), **({} if self.sort is None else {"sort": self.sort})}

    @property
    def query(self) -> PageQuery:
        return QUERIES[self.operation].model_validate(self.parameters)

    @property
    def key(self) -> str:
        return json.dumps(HELD.get(self.sort or "", ID))

    def cursor(self, position: str | bytes) -> str:
        return forged_cursor(position if isinstance(position, bytes) else position.encode(), self.query)

    @property
    def good(self) -> str:
        return self.cursor(f'[{self.key}, "{ID}"]')

    def forged(self, some: slice | None = None) -> Iterator[str]:
        """Yields what the order refuses; only `some` of the keys alone, if that is given."""
        keys = KEYS[1:] if self.sort in COUNTED else KEYS
        if self.sort in TEXTS:  # any other text is a key
            keys = [key for key in KEYS if not key.startswith('"') or "\\u" in key]
        yield from (self.cursor(f'[{key}, "{ID}"]') for key in keys[some or slice(None)])
        if some is not None:
            return
        yield from (self.cursor(f"[{self.key}, {id}]") for id in IDS)
        yield from (self.cursor(position) for position in NO_PLACES)
        yield self.cursor(b'["\xff", "\xfe"]')


@pytest.fixture
async def http(all_in_one: str, data_dir: Path) -> AsyncIterator[AsyncClient]:
    """Provides a client signed in as an admin, whom every list answers."""
    email = sign_up(all_in_one)
    await grant(Settings(data_dir=data_dir), email, "admin")
    async with AsyncClient(base_url=all_in_one, timeout=60) as client:
        session = await client.post("/auth/login", json={"email": email, "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {session.raise_for_status().json()['access_token']}"
        yield client


@pytest.fixture
async def lists(http: AsyncClient, data_dir: Path) -> list[List]:
    """Provides every list of the public document, in each of its orders."""
    hook = {"url": "https://8.8.8.8/", "events": ["job.failed"]}
    made = (await http.post("/webhooks", json=hook)).raise_for_status().headers["Location"]
    session = (await http.post(_CONVERSATIONS, json={})).raise_for_status().headers["Location"]
    child = await _child(http, data_dir)
    found = []
    for path, methods in (await http.get("/openapi.json")).json()["paths"].items():
        given = {each["name"]: each for each in methods.get("get", {}).get("parameters", ())}
        if "cursor" in given:
            sorts = given["sort"]["schema"]["enum"] if "sort" in given else [None]
            for template, there in (("/webhooks", made), ("/guardian/children", child), (_CONVERSATIONS, session)):
                path = path.replace(f"{template}/{{id}}", there)
            found += [List(methods["get"]["operationId"], path, sort) for sort in sorts]
    assert {each.operation for each in found} == QUERIES.keys()
    return found


async def _child(http: AsyncClient, data_dir: Path) -> str:
    """Makes a child of whoever asks; returns the path of the child."""
    child, guardian = new_id(), UUID((await http.get("/me")).raise_for_status().json()["id"])
    async with reach_database(Settings(data_dir=data_dir)) as url:
        database = open_database(url, "gateway", size=1)
        await database.fetch("INSERT INTO people (id, username, birth_date) VALUES ($1, 'Sam', '2018-04-05')", child)
        await database.fetch("INSERT INTO guardians (person_id, guardian_id) VALUES ($1, $2)", child, guardian)
        await database.close()
    return f"/guardian/children/{child}"


def _neighbours(lists: list[List]) -> Iterator[tuple[List, List]]:
    """Returns each list with those that follow it, the first after the last."""
    for place, each in enumerate(lists):
        yield from ((each, lists[(place + further) % len(lists)]) for further in range(1, NEIGHBOURS + 1))


async def answered(http: AsyncClient, asked: list[tuple[List, str]]) -> list[tuple[List, str, int, list[str]]]:
    """Asks for the page at each cursor; returns the statuses, with the fields that are named."""
    free = asyncio.Semaphore(8)

    async def one(each: List, cursor: str) -> tuple[List, str, int, list[str]]:
        async with free:
            answer = await http.get(each.path, params={**each.parameters, "cursor": cursor})
        errors = answer.json().get("errors", ()) if answer.status_code != 200 else ()
        return each, cursor, answer.status_code, [error["field"] for error in errors]

    return await asyncio.gather(*(one(*each) for each in asked))


@in_short_and_in_full
@pytest.mark.landing
async def test_a_forged_cursor_is_refused_by_every_list(http: AsyncClient, lists: list[List], in_full: bool) -> None:
    """Tests all keys in the first order of each list, with ids and what is no place, which no order reads otherwise.

    In the others it tests every fourth key, in full all of them.
    """
    known = await answered(http, [(each, each.good) for each in lists])
    assert [each for each in known if each[2] != 200] == []  # so the others are refused for what they hold alone
    firsts = {each.operation: each for each in reversed(lists)}.values()
    asked = []
    for number, each in enumerate(lists):
        some = None if in_full or each in firsts else slice(number % 4, None, 4)
        asked += [(each, cursor) for cursor in each.forged(some)]
    found = await answered(http, asked)
    assert [each for each in found if each[2:] != (422, ["cursor"])] == []


@in_short_and_in_full
async def test_a_cursor_of_another_list_order_or_filter_is_refused(
    http: AsyncClient, lists: list[List], in_full: bool
) -> None:
    """Tests each list with the cursors of the next ones, which have another order or are another list; in full of all.

    No list knows of another: what a cursor belongs to is a hash in it.
    """
    filtered = [List("listTwisters", "/twisters", "id", (("language", "en"),))]
    filtered += [List("listTwisters", "/twisters", "id", (("difficulty", value),)) for value in "12"]
    of_all = [*lists, *filtered]
    pairs = permutations(of_all, 2) if in_full else _neighbours(of_all)
    found = await answered(http, [(each, other.good) for each, other in pairs])
    assert [each for each in found if each[2:] != (422, ["cursor"])] == []
