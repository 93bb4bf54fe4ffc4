"""Tests import and export: all or nothing, whose is whose, and that what is exported imports to the same bytes."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from chassis.storage.media import Gone
from chassis.web.testing import Answer, Caller, signed_in
from content.lessons import exchange, exchange_routes
from content.lessons.picture_sweep import PictureSweep
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
    assert exported.headers["etag"] == f'"{hashlib.sha256(exported.body).hexdigest()}"'
    assert (await admin("GET", "/admin/content/export")).body == exported.body
    inside = unpacked(exported.body)
    assert list(inside) == ["cloud/first.md", f"{FIRST}.md", f"{SECOND}.md", f"{NEW}.md", f"{NEW}/dot.svg"]
    assert {name: inside[name] for name in files} == files
    assert counts(await send(catalogue, admin, exported.body)) == (0, 0, 4)
    await empty(catalogue)
    assert counts(await send(catalogue, admin, exported.body)) == (4, 0, 0)
    assert (await admin("GET", "/admin/content/export")).body == exported.body


async def stored(catalogue: Catalogue) -> dict[str, str]:
    """Returns the newest file of each entry by its key."""
    rows = await catalogue.database.fetch(
        "SELECT key, source FROM entries JOIN revisions USING (revision) WHERE id = entry_id"
    )
    return {row.key: row.source for row in rows}


async def empty(catalogue: Catalogue) -> None:
    for table in ("lessons", "entries"):
        await catalogue.database.fetch(f"DELETE FROM {table}")


async def written(catalogue: Catalogue, by: Caller, key: str, source: str) -> None:
    """Writes a draft over the published lesson of a key."""
    path = f"/admin/content/{catalogue.ids[key]}"
    answer = await by("PUT", path, {"source": source}, headers={"If-Match": (await by("GET", path)).headers["etag"]})
    assert answer.status == 200, answer.body


async def test_whatever_state_lessons_are_in_their_export_imports_here_and_elsewhere(catalogue: Catalogue) -> None:
    admin, author = catalogue.caller.by(signed_in("admin")), catalogue.caller.by(signed_in("author"))
    await admin("POST", f"/admin/content/{catalogue.ids[SECOND]}/retire", {})
    with_picture = pictured("cloud/pictured", 5).decode().removeprefix("\ufeff")
    drafts = {
        "internet/again": lesson_source("internet/again", 2),  # the number of the retired one
        "internet/same": lesson_source("internet/same", 2),
        "internet/needs": lesson_source("internet/needs", 4, requires=["internet/same", "internet/nowhere"]),
        "cloud/pictured": with_picture,  # which nobody has sent
        "cloud/leaks": lesson_source("cloud/leaks", 6).replace("Think of sizes.,", "It is a byte.,"),
    }
    for source in (*drafts.values(), "---\nkey: internet/unreadable\n---\n"):
        assert (await author("POST", "/admin/content", {"kind": "lesson", "source": source})).status == 201
    await written(catalogue, admin, FIRST, lesson_source("internet/other", 1))
    await written(catalogue, admin, "cloud/first", "---\nkey: cloud/first\n---\n")
    before = await stored(catalogue)
    exported = (await admin("GET", "/admin/content/export")).body
    assert unpacked(exported).keys() == {f"{key}.md" for key in (FIRST, SECOND, "cloud/first", *drafts)}
    own = (await author("GET", "/admin/content/export")).body
    assert unpacked(own).keys() == {f"{key}.md" for key in drafts}

    assert counts(await send(catalogue, author, own)) == (0, 0, 5)
    assert counts(await send(catalogue, admin, exported)) == (0, 2, 6)
    assert {key for key, source in (await stored(catalogue)).items() if before[key] != source} == {FIRST, "cloud/first"}
    await empty(catalogue)
    assert counts(await send(catalogue, author, own)) == (5, 0, 0)
    await empty(catalogue)
    assert counts(await send(catalogue, admin, exported)) == (8, 0, 0)
    assert (await admin("GET", "/admin/content/export")).body == exported
    assert counts(await send(catalogue, admin, packed(unpacked(exported)))) == (0, 0, 8)
    await empty(catalogue)
    told = (await send(catalogue, admin, packed(unpacked(exported)))).json()["problems"]
    assert {each["rule"] for each in told} == {"sequence", "requires", "picture", "leak"}


async def test_more_is_imported_of_an_export_than_of_files(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    exported = (await admin("GET", "/admin/content/export")).body
    await empty(catalogue)
    monkeypatch.setattr(exchange, "MOST_CHANGED", 2)
    told = (await send(catalogue, admin, packed(unpacked(exported)))).json()["problems"]
    assert [each["message"] for each in told] == ["It has 3 new or changed files; 2 are taken at a time."]
    assert counts(await send(catalogue, admin, exported)) == (3, 0, 0)
    monkeypatch.setattr(exchange_routes, "MOST_EXPORTED", 2)
    refused = await admin("GET", "/admin/content/export")
    assert (refused.status, refused.json()["errors"][0]["field"]) == (422, "topic")
    assert unpacked((await admin("GET", "/admin/content/export?topic=internet")).body).keys() == {
        f"{FIRST}.md",
        f"{SECOND}.md",
    }


async def test_a_lost_picture_is_left_out_and_comes_back(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    await send(catalogue, admin, packed({f"{NEW}.md": pictured(NEW, 3), f"{NEW}/dot.svg": SVG}))
    exported = await admin("GET", "/admin/content/export")
    assert exported.headers["content-disposition"] == 'attachment; filename="lessons.zip"'
    await catalogue.media.delete([f"lessons/{hashlib.sha256(SVG).hexdigest()}"])
    without = await admin("GET", "/admin/content/export")
    assert (without.status, unpacked(without.body)) == (
        200,
        {name: data for name, data in unpacked(exported.body).items() if name != f"{NEW}/dot.svg"},
    )
    assert counts(await send(catalogue, admin, without.body)) == (0, 0, 4)
    assert counts(await send(catalogue, admin, exported.body, dry_run=True)) == (0, 0, 4)
    assert (await admin("GET", "/admin/content/export")).body == without.body
    assert counts(await send(catalogue, admin, exported.body)) == (0, 0, 4)
    assert (await admin("GET", "/admin/content/export")).body == exported.body


async def test_what_costs_too_much_is_refused(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    wrong = "---\n" + "".join(f"k{number}: 1\n" for number in range(500)) + "---\n"
    told = (await send(catalogue, admin, packed({f"a/b{number}.md": wrong.encode() for number in range(9)}))).json()
    assert (len(told["problems"]), told["problems"][-1]["rule"]) == (exchange.MOST_PROBLEMS + 1, "more")
    monkeypatch.setattr(exchange, "parse_bytes", None)
    many = await send(catalogue, admin, packed({f"a/b{number}.md": wrong.encode() for number in range(101)}))
    assert [each["message"][:6] for each in many.json()["problems"]] == ["It has"]
    monkeypatch.setattr(exchange, "MOST_WORK_S", -1)
    long = await send(catalogue, admin, packed({"a/b.md": b"---"}))
    assert (long.status, long.json()["errors"][0]["message"][:14]) == (422, "takes too long")


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


async def test_a_repeated_import_is_answered_alike_and_unpacks_nothing(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = catalogue.caller.by(signed_in("author"))
    key = {"Idempotency-Key": "once"}
    first = await send(catalogue, author, lesson_source(NEW, 3).encode(), key)
    with monkeypatch.context() as patched:
        patched.setattr(exchange_routes, "sent_in", None)
        again = await send(catalogue, author, lesson_source(NEW, 3).encode(), key)
    assert (counts(first), again.json(), again.headers["idempotency-replayed"]) == ((1, 0, 0), first.json(), "true")
    other = await send(catalogue, author, lesson_source(NEW, 4).encode(), key)
    assert (other.status, other.problem) == (422, "idempotency-conflict")
    twice = await send(catalogue, author, packed({"a/b.md": b"", "A/b.md": b""}))
    assert (twice.status, twice.json()["errors"]) == (
        422,
        [{"field": "file", "message": "has two files of the same name"}],
    )


async def test_pictures_that_nothing_names_are_swept_away(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    await send(catalogue, admin, packed({f"{NEW}.md": pictured(NEW, 3), f"{NEW}/dot.svg": SVG}))
    await catalogue.media.write("lessons/lost", b"of an import that was rolled back", "image/png")
    kept = f"lessons/{hashlib.sha256(SVG).hexdigest()}"
    assert await PictureSweep(catalogue.database, catalogue.media).once() == 0, "both are young"
    assert await PictureSweep(catalogue.database, catalogue.media, -timedelta(days=1)).once() >= 1
    assert await catalogue.media.read_key(kept) == SVG
    with pytest.raises(Gone):
        await catalogue.media.read_key("lessons/lost")
