"""Provides one owner for each resource of the table, emptied for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from chassis.conformance import Resource, owner_alone
from chassis.service import Service
from chassis.storage.media import Media, open_media
from chassis.testing import Harness
from chassis.web.document import fragment_of
from chassis.web.testing import Answer, Caller
from contracts.base import Json
from tests.conformance.resources.described import described
from tests.conformance.resources.table import RESOURCES

#: tables of the chassis that no resource writes
_KEPT = {"inbox", "cancelled_jobs", "dead_letters"}


@dataclass(frozen=True)
class Served:
    """Holds a resource, and callers of its routes: its writer, a stranger, and an anonymous one."""

    resource: Resource
    harness: Harness
    writer: Caller
    stranger: Caller
    anonymous: Caller
    fragment: Json

    @property
    def reader(self) -> Caller:
        """Returns a caller who may read it without having written it, if there is one."""
        return self.anonymous if self.resource.is_public else self.writer

    @property
    def path(self) -> str:
        return self.resource.path

    @property
    def any_version(self) -> dict[str, str]:
        return {"If-Match": "*"}

    async def make(self, number: int = 0, **headers: str) -> Answer:
        """Makes another item."""
        answer = await self.writer("POST", self.path, self.resource.body(number), headers=headers)
        assert answer.status == 201, answer.body
        return answer

    async def made(self, number: int = 0) -> tuple[str, Json]:
        """Makes another item, and returns its path and representation."""
        if self.resource.seed is None:
            answer = await self.make(number)
            return answer.headers["location"], self.shown(answer)
        assert self.writer.principal.id is not None
        made = str(await self.resource.seed(self.harness, self.writer.principal.id, number))
        [one] = [each for each in (await self.list("?limit=100"))["items"] if each["id"] == made]
        return f"{self.path}/{made}", one

    def shown(self, answer: Answer) -> Json:
        """Returns the representation of a new item to those who have not made it."""
        return {name: value for name, value in answer.json().items() if name not in self.resource.shown_once}

    def content(self, method: str) -> Json | None:
        """Returns the body of a request that changes the first item."""
        return self.resource.patch if method == "PATCH" else None

    async def list(self, query: str = "") -> Json:
        answer = await self.reader("GET", self.path + query)
        assert answer.status == 200, answer.body
        found: Json = answer.json()
        return found

    async def facts(self) -> set[UUID]:
        """Returns the ids of all facts that have gone over the bus."""
        await self.harness.until_settled(self.resource.service.name)
        return {envelope.id for envelope in self.harness.heard}

    def body_schema(self) -> Json:
        """Returns the schema of the POSTed body."""
        content = self.fragment["paths"][self.path]["post"]["requestBody"]["content"]["application/json"]
        schema: Json = self.fragment["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        return schema


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Gives a test each resource that has what its module is about (`has`), each `method` too if it asks."""
    if "running" not in metafunc.fixturenames:
        return
    found = {name: each for name, each in RESOURCES.items() if metafunc.module.has(each)}
    if "method" not in metafunc.fixturenames:
        metafunc.parametrize("running", [*found.values()], ids=[*found], indirect=True, scope="module")
        return
    pairs = [
        pytest.param(each, method, id=f"{name}-{method}") for name, each in found.items() for method in each.changing
    ]
    metafunc.parametrize(("running", "method"), pairs, indirect=["running"], scope="module")


class Owners:
    """Runs a service from the first test of one of its resources on, and knows its fragment."""

    def __init__(self, server_url: str, media: Media, stack: AsyncExitStack) -> None:
        self._server_url, self._media, self._stack = server_url, media, stack
        self._running: dict[str, tuple[Harness, Caller, Json]] = {}

    async def get(self, service: Service) -> tuple[Harness, Caller, Json]:
        """Returns a service at work, a caller whose answers are compared with the fragment, and the fragment."""
        if service.name not in self._running:
            alone = owner_alone(service, self._server_url, self._media)
            harness, caller = await self._stack.enter_async_context(alone)
            fragment = fragment_of(service.name, service.routes)
            compared = replace(caller, exchange=described(caller.exchange, fragment))
            self._running[service.name] = harness, compared, fragment
        return self._running[service.name]


@pytest.fixture(scope="package")
async def owners(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Owners]:
    """Runs each service once for all tests of its resources: to start it takes longer than most of them."""
    async with AsyncExitStack() as stack:
        yield Owners(postgres_url, open_media(None, tmp_path_factory.mktemp("media")), stack)


@pytest.fixture(scope="module")
async def running(request: pytest.FixtureRequest, owners: Owners) -> tuple[Resource, Harness, Caller, Json]:
    """Provides the resource's service at work."""
    resource: Resource = request.param
    return (resource, *await owners.get(resource.service))


@pytest.fixture
async def served(running: tuple[Resource, Harness, Caller, Json]) -> Served:
    """Provides the resource without any item."""
    resource, harness, caller, fragment = running
    service = resource.service
    tables = [table.name for table in reversed(service.metadata.sorted_tables) if table.name not in _KEPT]
    emptied = " ".join(f"DELETE FROM {name};" for name in tables)  # for so few rows quicker than TRUNCATE
    await harness.rows(service.name, f"DO $$ BEGIN {emptied} END $$")
    return Served(
        resource,
        harness,
        writer=caller.by(resource.writer()),
        stranger=caller.by(resource.stranger()),
        anonymous=caller,
        fragment=fragment,
    )
