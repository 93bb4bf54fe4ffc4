"""Tests recordings that are kept after use: by whose word, where, for how long, in a copy, and their end."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from chassis.delivery.export_part import write_part
from chassis.message.envelope import new_id
from chassis.privacy.consents import Consents
from chassis.privacy.export import Source
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.storage.sealed_stream import read_sealed
from chassis.storage.stored_consent import ConsentAnswer
from chassis.stores_in_memory import KeysInMemory
from gateway.consents.kept_recordings import KEEP, kept_key, there
from gateway.consents.notices import VERSIONS
from gateway.exports.declared import EXPORT
from gateway.jobs.erase_person import erase_person
from gateway.jobs.retires import KeptRecordings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import House, Robin, sign_up
from services.gateway.tests.integration.test_door import WEBM, send
from services.gateway.tests.integration.test_guardians import family

__all__ = ["family"]

OF_ME = "/me/consents/keep_recordings/voxbus"


def files(folder: Path) -> dict[str, bytes]:
    """Returns what is kept, by the id of its attempt."""
    return {path.name: path.read_bytes() for path in (folder / "media" / "kept").glob("*")}


async def attempt(house: House, who: Robin) -> str:
    sent = await send(house.one, who.headers)
    assert sent.status_code == 202, sent.text
    return str(sent.json()["attempt"]["id"])


async def is_kept(house: House, id: str) -> bool:
    return UUID(id) in await there(house.bench.database, [UUID(id)])


async def agree(house: House, who: Robin) -> Response:
    return await house.one.put(OF_ME, json={"notice_version": VERSIONS[-1].version}, headers=who.headers)


async def asked(bench: Bench) -> set[str]:
    """Returns of what is kept whose deletion was asked for."""
    return {row.ref for row in await bench.database.fetch("SELECT ref FROM media_deletions WHERE ref LIKE 'kept/%'")}


async def test_a_childs_recording_is_kept_by_the_guardians_word_until_it_is_taken_back(
    house: House, family: Any, tmp_path: Path
) -> None:
    assert (await family.give()).status_code == 200
    before = await attempt(house, family.child)
    assert (await family.give("keep_recordings/voxbus")).status_code == 200
    kept = await attempt(house, family.child)
    assert not await is_kept(house, before)
    assert await is_kept(house, kept)
    [(name, content)] = files(tmp_path).items()
    assert name == kept
    assert WEBM not in content
    [shown] = [each for each in (await family.ask("GET", "")).json()["stored"] if each["class"] == "recording"]
    assert shown["items"] == 3  # two are at work, and one is kept
    assert (await family.take_back("keep_recordings/voxbus")).status_code == 200
    assert not await is_kept(house, kept)
    assert kept_key(UUID(kept)) in await asked(house.bench)


async def test_a_grown_up_says_so_and_the_copy_has_it_as_it_was_sent(house: House, tmp_path: Path) -> None:
    robin = await sign_up(house.one, birth_date="1985-02-03")
    await attempt(house, robin)
    assert files(tmp_path) == {}  # to use Voxbus is not to agree to this
    assert (await agree(house, robin)).status_code == 200
    kept = await attempt(house, robin)
    media, key = open_media(None, tmp_path), house.bench.store.keys[UUID(robin.id)]
    assert key is not None
    source = Source("gateway", UUID(robin.id), house.bench.database, house.bench.keys)
    place, size = await write_part(EXPORT, source, media, new_id())
    whole = b"".join([some async for some in read_sealed(media, key, place, 0, size)])
    assert whole.endswith(WEBM)
    assert f'"{kept}"'.encode() in whole  # in the table of what is kept


async def test_what_is_kept_dies_with_its_person(house: House) -> None:
    robin = await sign_up(house.one, birth_date="1985-02-03")
    assert (await agree(house, robin)).status_code == 200
    kept = await attempt(house, robin)
    bench = house.bench
    await erase_person(bench.database, bench.keys, bench.ledger, UUID(robin.id))
    assert kept_key(UUID(kept)) in await asked(bench)
    [work] = await bench.database.fetch("SELECT media, refs FROM erasure_work WHERE person_id = $1", UUID(robin.id))
    assert work.media == 2  # with the recording of the open job
    assert kept_key(UUID(kept)) in work.refs


@pytest.mark.parametrize("why", ["after a year", "when nobody agrees any more", "when no job refers to it"])
async def test_it_goes(house: House, tmp_path: Path, why: str) -> None:
    robin, bench = await sign_up(house.one, birth_date="1985-02-03"), house.bench
    assert (await agree(house, robin)).status_code == 200
    gone, stays = await attempt(house, robin), await attempt(house, await agreed(house))
    match why:
        case "after a year":
            old = "UPDATE kept_recordings SET created_at = now() - $2::interval WHERE id = $1"
            await bench.database.fetch(old, UUID(gone), timedelta(days=365))
        case "when nobody agrees any more":
            del bench.store.decided[(UUID(robin.id), *KEEP)]
        case _:
            await bench.database.fetch("DELETE FROM kept_recordings WHERE id = $1", UUID(gone))
            for path in (tmp_path / "media" / "kept").glob("*"):
                os.utime(path, (time.time() - 3 * 3600,) * 2)
    worker = KeptRecordings(bench.database, open_media(None, tmp_path), Consents(bench.keys))
    await bench.retire(retires={"kept": worker})
    assert kept_key(UUID(gone)) in await asked(bench)
    assert kept_key(UUID(stays)) not in await asked(bench)
    assert not await bench.database.fetch("SELECT FROM kept_recordings WHERE id = $1", UUID(gone))


class Away(KeysInMemory):
    """Answers no question about consents."""

    async def read_consents(self, persons: Collection[UUID], purpose: str) -> dict[tuple[UUID, str], ConsentAnswer]:
        raise TimeoutError


async def test_it_stays_while_nobody_can_say_who_agrees_and_goes_all_the_same_after_a_year(
    house: House, tmp_path: Path
) -> None:
    robin, bench = await agreed(house), house.bench
    stays, old = await attempt(house, robin), await attempt(house, robin)
    aged = "UPDATE kept_recordings SET created_at = now() - $2::interval WHERE id = $1"
    await bench.database.fetch(aged, UUID(old), timedelta(days=365))
    away = KeptRecordings(bench.database, open_media(None, tmp_path), Consents(Keys(Away())))
    await bench.retire(retires={"kept": away})
    assert await is_kept(house, stays)
    assert kept_key(UUID(stays)) not in await asked(bench)
    assert kept_key(UUID(old)) in await asked(bench)
    back = KeptRecordings(bench.database, open_media(None, tmp_path), Consents(Keys(KeysInMemory())))
    await bench.retire(retires={"kept": back})  # as if nobody had agreed
    assert not await is_kept(house, stays)


async def agreed(house: House) -> Robin:
    who = await sign_up(house.one, birth_date="1985-02-03")
    assert (await agree(house, who)).status_code == 200
    return who
