"""Tests copies of everything about a person at the gateway: who may have one, how often, for how long, and its end."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import time
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx2 import Response

from chassis.delivery.export_part import write_part
from chassis.handler import Unit
from chassis.message.envelope import new_id
from chassis.privacy.export import Source, export_of
from chassis.privacy.retention import retention
from chassis.storage.database import open_database
from chassis.storage.media import open_media
from chassis.stores_in_memory import keys_beside
from contracts.base import Event
from contracts.common import ExportPartWritten
from contracts.gateway import ExportGathered, ExportMade
from contracts.services import SERVICES
from gateway.exports.declared import EXPORT
from gateway.exports.handlers import ExportDeps, collect_export, make_export
from gateway.jobs.archives import Archives
from gateway.jobs.erase_person import erase_person
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import PASSWORD, House, Robin, problem, sign_up
from services.gateway.tests.integration.test_door import KEY, opened
from services.gateway.tests.integration.test_guardians import family

__all__ = ["family"]

KEPT = retention().classes["export"].keep


@dataclass
class Said:
    """Stands in for a unit: it runs statements, and keeps what is emitted."""

    tx: Any
    events: list[Event] = field(default_factory=list)

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        return await self.tx.execute(statement, parameters)

    def emit(self, event: Event, cause: Any = None) -> None:
        self.events.append(event)


class Maker:
    """Does what the services and the gateway's handlers do, in a process without loops."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench = bench
        self.folder = folder
        self.media = open_media(None, folder)
        self.archives = Archives(bench.database, self.media, KEPT)

    async def part(self, export: UUID, person: UUID, service: str) -> ExportPartWritten:
        declared = EXPORT if service == "gateway" else export_of(sa.MetaData())
        source = Source(service, person, self.bench.database, self.bench.keys)
        place, size = await write_part(declared, source, self.media, export)
        return ExportPartWritten(export_id=export, service=service, place=place, size=size)

    async def collect(self, *parts: ExportPartWritten) -> list[Event]:
        async with self.bench.database.transaction() as tx:
            said: Any = Said(tx)
            await collect_export.function(parts, None, said)  # type: ignore[arg-type]
        events: list[Event] = said.events
        return events

    async def archive(self, gathered: Event) -> list[Event]:
        events: list[Event] = []

        @asynccontextmanager
        async def unit() -> AsyncIterator[Unit]:
            async with self.bench.database.transaction() as tx:
                said: Any = Said(tx, events)
                yield said

        deps = ExportDeps(unit=unit, database=self.bench.database, keys=self.bench.keys, media=self.media, kept=KEPT)
        await make_export.function(gathered, deps)  # type: ignore[arg-type]
        return events

    async def make(self, asked: Response, person: str) -> UUID:
        """Makes the archive of an export that was accepted, and ends its job."""
        assert asked.status_code == 202, asked.text
        export = UUID(asked.json()["export"]["id"])
        parts = [await self.part(export, UUID(person), service) for service in SERVICES]
        [gathered] = await self.collect(*parts)
        [made] = await self.archive(gathered)
        assert isinstance(made, ExportMade)
        await self.bench.succeed(export)
        return export

    def files(self) -> list[Path]:
        return [path for path in (self.folder / "media" / "exports").rglob("*") if path.is_file()]

    async def retire(self) -> None:
        """Deletes what is due, as the worker does, and its files."""
        await self.bench.retire(retires={"exports": self.archives})
        await self.deleted()

    async def deleted(self) -> None:
        """Deletes the objects whose deletion was asked for, as the loop does."""
        rows = await self.bench.database.fetch("SELECT ref FROM media_deletions WHERE ref LIKE 'exports/%'")
        await self.media.delete([row.ref for row in rows])

    def age(self, hours: float) -> None:
        for path in self.files():
            os.utime(path, (time.time() - 3600 * hours,) * 2)


@pytest.fixture
def maker(bench: Bench, tmp_path: Path) -> Maker:
    return Maker(bench, tmp_path)


async def ask(house: House, who: Robin, **headers: str) -> Response:
    return await house.one.post("/me/export", headers=who.headers | headers)


async def fetch(house: House, who: Robin, export: UUID, **headers: str) -> Response:
    return await house.other.get(f"/me/export/{export}", headers=who.headers | headers)


async def listed(house: House, who: Robin) -> list[dict[str, Any]]:
    found = await house.other.get("/me/export", headers=who.headers)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def events(house: House, who: Robin) -> list[str]:
    rows = await house.bench.database.fetch(
        "SELECT event FROM security_events WHERE person_id = $1 AND event LIKE 'export%' ORDER BY id", UUID(who.id)
    )
    return [row.event for row in rows]


async def test_a_copy_is_made_once_and_fetched_by_its_owner_alone(house: House, maker: Maker) -> None:
    robin, other = await sign_up(house.one), await sign_up(house.one)
    both = await asyncio.gather(ask(house, robin), house.other.post("/me/export", headers=robin.headers))
    [asked] = [each for each in both if each.status_code == 202]
    [refused] = [each for each in both if each.status_code != 202]
    assert problem(refused) == (429, "export-open")
    assert refused.headers["retry-after"]
    [pending] = await listed(house, robin)
    assert (pending["state"], pending["size"], pending["child_id"]) == ("pending", None, None)
    assert asked.headers["location"] == f"/jobs/{pending['id']}"
    waiting = await fetch(house, robin, UUID(pending["id"]))
    assert problem(waiting) == (409, "export-not-ready")

    export = await maker.make(asked, robin.id)
    fetched = await fetch(house, robin, export)
    [ready] = await listed(house, robin)
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "application/zip")
    assert fetched.headers["cache-control"] == "no-store"
    assert (ready["state"], ready["size"]) == ("ready", len(fetched.content))
    assert ready["sha256"] == hashlib.sha256(fetched.content).hexdigest()
    rest = await fetch(house, robin, export, Range="bytes=100-", **{"If-Range": fetched.headers["etag"]})
    assert (rest.status_code, rest.content) == (206, fetched.content[100:])
    assert problem(await fetch(house, robin, export, Range=f"bytes={ready['size']}-")) == (416, "range-not-satisfiable")
    assert problem(await fetch(house, other, export)) == (404, "not-found")
    assert problem(await fetch(house, robin, new_id())) == (404, "not-found")
    assert (await house.one.get(f"/me/export/{export}")).status_code == 401
    assert await listed(house, other) == []
    assert await events(house, robin) == ["export_asked", "export_downloaded"]
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        account = json.loads(archive.read("account.json"))
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert (account["email"], account["has_password"]) == (robin.email, True)
    assert b"argon2" not in whole
    assert robin.headers["Authorization"].removeprefix("Bearer ").encode() not in whole
    sealed = b"".join(path.read_bytes() for path in maker.files())
    assert b"PK\x03\x04" not in sealed


async def test_many_ask_at_a_time_over_a_single_connection(bench: Bench, gateway_url: str, tmp_path: Path) -> None:
    single = open_database(gateway_url, "gateway", size=1)
    own = GatewaySettings(secret_key=KEY)
    async with opened(Bench(single, bench.bus, store=keys_beside(gateway_url)), tmp_path, own) as door:
        people = [await sign_up(door) for _ in range(4)]
        asked = await asyncio.gather(*(door.post("/me/export", headers=each.headers) for each in people))
    await single.close()
    assert [each.status_code for each in asked] == [202] * 4


async def test_the_parts_are_deleted_with_the_archive_s_making_and_the_archive_after_seven_days(
    house: House, maker: Maker
) -> None:
    robin = await sign_up(house.one)
    export = await maker.make(await ask(house, robin), robin.id)
    await maker.deleted()
    assert {path.parts[-3] for path in maker.files()} == {"archive"}
    maker.age(48)
    await maker.retire()
    assert (await fetch(house, robin, export)).status_code == 200
    await house.bench.database.fetch("UPDATE exports SET expires_at = now() WHERE id = $1", export)
    assert problem(await fetch(house, robin, export)) == (410, "export-expired")
    await maker.retire()
    assert maker.files() == []
    assert problem(await fetch(house, robin, export)) == (410, "export-expired")
    assert [each["state"] for each in await listed(house, robin)] == ["expired"]
    long_ago = "UPDATE exports SET expires_at = now() - interval '8 days' WHERE id = $1"
    await house.bench.database.fetch(long_ago, export)
    await maker.retire()
    assert await listed(house, robin) == []


async def test_what_a_killed_try_has_left_is_deleted_and_what_is_wanted_stays(house: House, maker: Maker) -> None:
    robin = await sign_up(house.one)
    asked = await ask(house, robin)
    export = UUID(asked.json()["export"]["id"])
    lost = await maker.part(export, UUID(robin.id), "speech")  # nobody heard of it
    await maker.part(new_id(), UUID(robin.id), "speech")  # of no export
    maker.age(3)
    await maker.retire()
    left = {path.relative_to(maker.folder / "media").as_posix().rpartition("/")[0] for path in maker.files()}
    assert left == {lost.place}  # its export is being made
    await maker.make(asked, robin.id)
    maker.age(3)
    await maker.retire()
    assert {path.parts[-3] for path in maker.files()} == {"archive"}


async def test_parts_may_come_twice_and_in_any_order_and_the_last_one_is_followed_by_one_archive(
    house: House, maker: Maker
) -> None:
    robin = await sign_up(house.one)
    export = UUID((await ask(house, robin)).json()["export"]["id"])
    [first, *middle, last] = [await maker.part(export, UUID(robin.id), service) for service in SERVICES]
    assert await maker.collect(first, *reversed(middle)) == []
    assert await maker.collect(first, first) == []
    again = await maker.part(export, UUID(robin.id), last.service)
    found = await asyncio.gather(maker.collect(last), maker.collect(again))
    [gathered] = [event for each in found for event in each]
    assert isinstance(gathered, ExportGathered)
    await maker.archive(gathered)
    assert await maker.collect(await maker.part(export, UUID(robin.id), "speech")) == []  # late


async def test_three_a_day_and_the_same_key_is_the_same_copy(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY, rate_limits='{"export": "3/86400"}')
    async with opened(bench, tmp_path, own) as door:
        house = House(door, door, bench)
        robin = await sign_up(door)
        asked: list[Response] = []
        for _ in range(3):
            asked.append(await ask(house, robin, **{"Idempotency-Key": f"k{len(asked)}"}))
            await bench.succeed(UUID(asked[-1].json()["export"]["id"]))
        again = await ask(house, robin, **{"Idempotency-Key": "k0"})
        assert (again.status_code, again.json()["export"]) == (202, asked[0].json()["export"])
        assert problem(await ask(house, robin)) == (429, "rate-limited")
        assert len(await listed(house, robin)) == 3
        assert (await ask(house, await sign_up(door))).status_code == 202


async def test_a_guardian_has_a_copy_of_a_child_s_as_long_as_they_are_linked(
    house: House, maker: Maker, family: Any
) -> None:
    stranger = await sign_up(house.one, birth_date="1985-02-03")
    assert (await family.ask("POST", "/export", who=stranger)).status_code == 404
    assert (await family.ask("POST", "/export", who=family.child)).status_code == 404
    export = await maker.make(await family.ask("POST", "/export"), family.child.id)
    [shown] = await listed(house, family.guardian)
    assert (shown["id"], shown["child_id"]) == (str(export), family.child.id)
    assert await listed(house, family.child) == []
    assert problem(await fetch(house, family.child, export)) == (404, "not-found")
    fetched = await fetch(house, family.guardian, export)
    assert fetched.status_code == 200, fetched.text
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
        assert json.loads(archive.read("manifest.json"))["person_id"] == family.child.id
        whole = b"".join(archive.read(name) for name in archive.namelist())
        happened = [json.loads(line) for line in archive.read("security.jsonl").splitlines()]
    networks = {(each["event"], each["by"]): each["network"] for each in happened}
    assert networks["signed_up", "you"] is not None
    assert networks["guardian_linked", "somebody else"] is None  # it is the guardian's
    assert family.guardian.id.encode() not in whole
    assert family.guardian.email.encode() not in whole
    assert await events(house, family.child) == ["export_asked", "export_downloaded"]
    assert (await family.ask("DELETE", "/link")).status_code == 204
    assert problem(await fetch(house, family.guardian, export)) == (404, "not-found")


@pytest.mark.parametrize("who", ["child", "guardian"])
async def test_an_archive_dies_with_whom_it_is_about_and_with_whoever_has_asked(
    house: House, maker: Maker, family: Any, who: str
) -> None:
    await maker.make(await family.ask("POST", "/export"), family.child.id)
    bench = house.bench
    await erase_person(bench.database, bench.keys, bench.ledger, UUID(getattr(family, who).id))
    await maker.deleted()
    assert maker.files() == []
    left = "SELECT FROM exports WHERE person_id = $1 OR owner_id = $2"
    assert not await bench.database.fetch(left, UUID(family.child.id), UUID(family.guardian.id))


async def test_nothing_is_made_of_somebody_who_is_erased_meanwhile(house: House, maker: Maker) -> None:
    robin = await sign_up(house.one)
    export = UUID((await ask(house, robin)).json()["export"]["id"])
    parts = [await maker.part(export, UUID(robin.id), service) for service in SERVICES]
    [gathered] = await maker.collect(*parts)
    deleted = await house.one.request("DELETE", "/me", headers=robin.headers, json={"password": PASSWORD})
    assert deleted.status_code == 202
    with pytest.raises(Exception, match=robin.id):
        await maker.archive(gathered)
    await maker.deleted()
    assert maker.files() == []
