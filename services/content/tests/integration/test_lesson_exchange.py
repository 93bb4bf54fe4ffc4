"""Tests import and export: all or nothing, whose is whose, and that what is exported imports to the same bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

from chassis.web.testing import Answer, Caller, signed_in
from services.content.tests.integration.test_lessons import FIRST, SECOND, Catalogue, catalogue
from services.content.tests.lesson_sources import lesson_source

__all__ = ["catalogue"]

NEW = "internet/third"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>'
PICTURE = "media: [{name: dot.svg, alt: A dot, licence: CC0-1.0}]\nexercises:"


def pictured(key: str, sequence: int) -> bytes:
    """Returns a lesson with a picture, and with line ends and a mark of bytes that stay as they are."""
    source = lesson_source(key, sequence).replace("exercises:", PICTURE, 1)
    return b"\xef\xbb\xbf" + source.replace("Bits are small.", "Bits.\r\n\r\n![](media:dot.svg)").encode()


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def send(catalogue: Catalogue, by: Caller, data: bytes, headers: Any = None, **fields: Any) -> Answer:
    """Sends a file as the gateway does, which has stored it."""
    digest = hashlib.sha256(data).hexdigest()
    await catalogue.media.write(f"uploads/{digest}", data, "application/octet-stream")
    body = {"file": {"sha256": digest, "size": len(data)}, **fields}
    return await by("POST", "/admin/content/import", body, headers=headers)


def counts(answer: Answer) -> tuple[int, ...]:
    assert answer.status == 200, answer.body
    return tuple(answer.json()[name] for name in ("created", "updated", "unchanged"))


async def test_what_is_exported_imports_to_the_same_bytes(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    files = {f"{NEW}.md": pictured(NEW, 3), f"{NEW}/dot.svg": SVG}
    assert counts(await send(catalogue, admin, packed(files), dry_run=True)) == (1, 0, 0)
    assert (await admin("GET", "/admin/content?status=draft")).json()["items"] == []
    assert counts(await send(catalogue, admin, packed(files))) == (1, 0, 0)
    exported = await admin("GET", "/admin/content/export")
    assert (exported.status, exported.headers["content-type"]) == (200, "application/zip")
    assert (await admin("GET", "/admin/content/export")).body == exported.body
    inside = unpacked(exported.body)
    assert list(inside) == ["cloud/first.md", f"{FIRST}.md", f"{SECOND}.md", f"{NEW}.md", f"{NEW}/dot.svg"]
    assert {name: inside[name] for name in files} == files
    assert counts(await send(catalogue, admin, exported.body)) == (0, 0, 4)
    for table in ("lessons", "entries"):
        await catalogue.database.fetch(f"DELETE FROM {table}")
    assert counts(await send(catalogue, admin, exported.body)) == (4, 0, 0)
    assert (await admin("GET", "/admin/content/export")).body == exported.body


async def test_one_mistake_and_nothing_is_taken(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    files = {
        f"{NEW}.md": lesson_source(NEW, 1).encode(),
        "internet/wrong.md": lesson_source("internet/other", 9).encode(),
        "internet/leaks.md": b"---\nkey: &a x\n---\n",
        "cloud/second.md": lesson_source("cloud/second", 2).replace("exercises:", PICTURE, 1).encode(),
        "cloud/second/more.svg": SVG,
        "notes.txt": b"Nobody reads this.",
    }
    answer = await send(catalogue, admin, packed(files))
    assert counts(answer) == (0, 0, 0)
    assert [(each["file"], each["rule"]) for each in answer.json()["problems"]] == [
        ("cloud/second.md", "picture"),
        ("cloud/second.md", "picture"),
        ("internet/leaks.md", "alias"),
        (f"{NEW}.md", "sequence"),
        ("internet/wrong.md", "key"),
    ]
    assert len((await admin("GET", "/admin/content")).json()["items"]) == 3
    leaking = lesson_source(NEW, 9).replace("Think of sizes.,", "It is a byte.,")
    told = (await send(catalogue, admin, leaking.encode())).json()["problems"]
    assert [(each["file"], each["rule"]) for each in told] == [("file", "leak")]


async def test_a_changed_lesson_is_a_draft_and_keeps_its_pictures(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    await send(catalogue, admin, packed({f"{NEW}.md": pictured(NEW, 3), f"{NEW}/dot.svg": SVG}))
    changed = pictured(NEW, 3).replace(b"title: Bits", b"title: Bytes")
    assert counts(await send(catalogue, admin, changed)) == (0, 1, 0)
    inside = unpacked((await admin("GET", "/admin/content/export?status=draft")).body)
    assert inside == {f"{NEW}.md": changed, f"{NEW}/dot.svg": SVG}
    first = lesson_source(FIRST, 1, title="Newer").encode()
    assert counts(await send(catalogue, admin, first)) == (0, 1, 0)
    assert (await catalogue.read(catalogue.caller, FIRST)).json()["title"] == "First"
    published = unpacked((await admin("GET", "/admin/content/export?status=published")).body)
    assert (f"{NEW}.md" in published, b"title: First" in published[f"{FIRST}.md"]) == (False, True)
    assert unpacked((await admin("GET", "/admin/content/export")).body)[f"{FIRST}.md"] == first


async def test_an_author_exchanges_what_is_ones_own(catalogue: Catalogue) -> None:
    author, other = (catalogue.caller.by(signed_in("author")) for _ in range(2))
    assert counts(await send(catalogue, author, lesson_source(NEW, 3).encode())) == (1, 0, 0)
    assert counts(await send(catalogue, author, lesson_source(NEW, 4).encode())) == (0, 1, 0)
    refused = await send(catalogue, other, lesson_source(NEW, 5).encode())
    assert [each["rule"] for each in refused.json()["problems"]] == ["key"]
    assert unpacked((await author("GET", "/admin/content/export")).body).keys() == {f"{NEW}.md"}
    assert unpacked((await other("GET", "/admin/content/export")).body) == {}
    for nobody in (catalogue.caller, catalogue.caller.by(signed_in())):
        assert (await send(catalogue, nobody, b"---")).status in (401, 403)
        assert (await nobody("GET", "/admin/content/export")).status in (401, 403)


async def test_a_repeated_import_is_answered_alike(catalogue: Catalogue) -> None:
    author = catalogue.caller.by(signed_in("author"))
    key = {"Idempotency-Key": "once"}
    first = await send(catalogue, author, lesson_source(NEW, 3).encode(), key)
    again = await send(catalogue, author, lesson_source(NEW, 3).encode(), key)
    assert (counts(first), again.json(), again.headers["idempotency-replayed"]) == ((1, 0, 0), first.json(), "true")
    other = await send(catalogue, author, lesson_source(NEW, 4).encode(), key)
    assert (other.status, other.problem) == (422, "idempotency-conflict")
    twice = await send(catalogue, author, packed({"a/b.md": b"", "A/b.md": b""}))
    assert (twice.status, twice.json()["errors"]) == (
        422,
        [{"field": "file", "message": "has two files of the same name"}],
    )
