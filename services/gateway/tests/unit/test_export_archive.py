"""Tests the archive of an export: its bytes, what may be in it, and that nothing half is handed out."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from chassis.delivery.export_part import index_key, write_part
from chassis.message.crypto import Key, Tampered, new_key
from chassis.privacy.export import LeftOut, MadeFile, Source, export_of
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.media import Gone, Media, open_media
from chassis.storage.sealed_stream import PIECE, SealedWriter, read_sealed, read_whole, write_whole
from chassis.stores_in_memory import KeysInMemory
from gateway.exports.archive import make_archive

PERSON, EXPORT_ID = UUID(int=1), UUID(int=2)
AT = datetime(2026, 11, 29, tzinfo=UTC)
NO_DATABASE = cast(Database, None)


def made(name: str, *items: bytes, head: bytes = b"") -> MadeFile:
    async def make(_: Source) -> AsyncIterator[bytes]:
        for item in items:
            yield item

    return MadeFile(name=name, kind="account", about="About it.", columns={"a": "an a"}, make=make, head=head)


class Shelf:
    """Holds a media store, and writes parts and archives into it."""

    def __init__(self, media: Media) -> None:
        self.media = media
        self.store = KeysInMemory()
        self.store.keys[PERSON] = new_key()

    @property
    def key(self) -> Key:
        key = self.store.keys[PERSON]
        assert key is not None
        return key

    async def part(self, *files: MadeFile, service: str = "gateway", left_out: tuple[LeftOut, ...] = ()) -> str:
        source = Source(service, PERSON, NO_DATABASE, Keys(self.store))
        export = export_of(sa.MetaData(), files=files, left_out=left_out)
        return (await write_part(export, source, self.media, EXPORT_ID))[0]

    async def archive(self, *parts: str, created_at: datetime = AT) -> bytes:
        place = f"exports/{EXPORT_ID}/archive/{uuid4()}"
        writer = SealedWriter(self.media, self.key, place)
        told = await make_archive(self.media, self.key, parts, writer, person=PERSON, created_at=created_at)
        content = b"".join([piece async for piece in read_sealed(self.media, self.key, place, 0, told.size)])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (told.size, told.sha256)
        return content


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(open_media(None, tmp_path))


def opened(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


async def test_the_archive_of_the_same_parts_has_the_same_bytes(shelf: Shelf) -> None:
    files = (made("account.json", b"{}\n"), made("content/progress.csv", b"R,1\r\n", head=b"sound,attempts\r\n"))
    one, other = await shelf.part(*files), await shelf.part(*files)
    first = await shelf.archive(one)
    assert first == await shelf.archive(one) == await shelf.archive(other)
    later = opened(await shelf.archive(one, created_at=AT.replace(year=2027)))
    assert {name for name, content in opened(first).items() if content != later[name]} == {"manifest.json"}


async def test_the_manifest_says_what_is_in_it_and_what_is_not(shelf: Shelf) -> None:
    why = LeftOut("tickets", "It lives for minutes.")
    gateway = await shelf.part(made("jobs.jsonl", b"1\n", b"2\n"), made("account.json", b"{}\n"), left_out=(why,))
    speech = await shelf.part(made("speech/assessments.jsonl"), made("xapi.jsonl", b"3\n"), service="speech")
    files = opened(await shelf.archive(speech, gateway))
    manifest = json.loads(files.pop("manifest.json"))
    assert list(files) == ["README.txt", "account.json", "jobs.jsonl", "xapi.jsonl", "speech/assessments.jsonl"]
    assert (manifest["person_id"], manifest["created_at"]) == (str(PERSON), "2026-11-29T00:00:00Z")
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert [(each["service"], each["items"]) for each in manifest["files"]][2:] == [
        ("gateway", 2),
        ("speech", 1),
        ("speech", 0),
    ]
    assert manifest["excluded"] == [{"table": "gateway.tickets", "class": "ticket", "why": "It lives for minutes."}]
    told = files["README.txt"].decode()
    assert all(name in told for name in (*list(files)[1:], "gateway.tickets", "a: an a", "It lives for minutes."))


async def test_a_name_that_leads_out_of_the_folder_is_in_no_archive(shelf: Shelf) -> None:
    for name in (
        "../account.json",
        "/etc/passwd",
        "a/b/c.json",
        "A.json",
        "a\\b.json",
        "..",
        "a.json\n",
        "a/../b.json",
    ):
        with pytest.raises(Tampered):
            await shelf.archive(await shelf.part(made(name, b"x")))


async def test_a_part_that_is_not_what_its_index_says_makes_no_archive(shelf: Shelf) -> None:
    place = await shelf.part(made("account.json", b"{}\n"))
    index = json.loads(await read_whole(shelf.media, shelf.key, index_key(place)))
    index["files"][0]["sha256"] = "0" * 64
    await write_whole(shelf.media, shelf.key, index_key(place), json.dumps(index).encode())
    with pytest.raises(Tampered):
        await shelf.archive(place)


async def test_nobody_reads_what_another_key_has_sealed_nor_what_was_moved_or_deleted(shelf: Shelf) -> None:
    size = PIECE + 10
    writer = SealedWriter(shelf.media, shelf.key, "exports/a")
    await writer.write(b"a" * size)
    await writer.close()
    assert b"aaaa" not in await shelf.media.read_key("exports/a/000001")

    async def read(key: Key, place: str = "exports/a", **part: Any) -> bytes:
        return b"".join(
            [each async for each in read_sealed(shelf.media, key, place, **({"start": 0, "end": size} | part))]
        )

    assert await read(shelf.key) == b"a" * size
    assert await read(shelf.key, start=PIECE - 1, end=PIECE + 1) == b"aa"
    with pytest.raises(Tampered):
        await read(replace(new_key(), id=shelf.key.id))
    for number in (0, 1):
        sealed = await shelf.media.read_key(f"exports/a/00000{1 - number}")
        await shelf.media.write(f"exports/b/00000{number}", sealed, "")
    with pytest.raises(Tampered):
        await read(shelf.key, "exports/b")
    await shelf.media.delete(["exports/a/000001"])
    with pytest.raises(Gone):
        await read(shelf.key)


async def test_a_part_is_written_in_pieces_wherever_its_items_end(shelf: Shelf) -> None:
    items = [bytes([n]) * (PIECE // 2 + 1) + b"\n" for n in range(5)]
    files = opened(await shelf.archive(await shelf.part(made("jobs.jsonl", *items), made("account.json", b"{}\n"))))
    assert (files["jobs.jsonl"], files["account.json"]) == (b"".join(items), b"{}\n")
