"""Writes a service's part of a person's export: JSON Lines of its tables, sealed with the person's key while they wait.

A part is one sealed stream of files and an index that says where each begins. Rows are read in batches, each in a
transaction of its own, so nothing is held up however many there are; what is written meanwhile may be in it or not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from chassis.errors import Erased
from chassis.handler import Backoff, Deps, SlowHandler, handles
from chassis.privacy.export import Export, MadeFile, MadeFolder, Shown, Source
from chassis.privacy.retention import retention
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.storage.sealed_stream import SealedWriter, write_whole
from contracts.common import ExportBegun, ExportPartWritten

#: the prefix below which everything of exports lies in the media store
EXPORTS = "exports"

#: rows that are read in one transaction; some are of tens of kilobytes
BATCH = 200
#: seconds for one try
_WITHIN_S = 1500.0


def export_handler_name(service: str) -> str:
    """Names a service's handler of `ExportBegun`: each its own, as ids of what it emits are derived from the name."""
    return f"export_{service}"


def export_handler(
    service: str, export: Export, database: Database, keys: Keys, media: Media
) -> SlowHandler[ExportBegun, Deps]:
    """Makes a service's handler of `ExportBegun`, which writes its part."""

    async def write(begun: ExportBegun, deps: Deps) -> None:
        source = Source(service, begun.person_id, database, keys)
        place, size = await write_part(export, source, media, begun.export_id)
        async with deps.unit() as unit:
            unit.emit(ExportPartWritten(export_id=begun.export_id, service=service, place=place, size=size))

    write.__name__ = export_handler_name(service)
    return handles(ExportBegun, slots=1, timeout=_WITHIN_S, retry=Backoff(attempts=5, first=2.0, cap=60.0))(write)


async def write_part(export: Export, source: Source, media: Media, export_id: UUID) -> tuple[str, int]:
    """Writes a part; returns its place, which is another one at each try, and its size. Raises `Erased`."""
    key = (await source.keys.make([source.person])).get(source.person)
    if key is None:
        raise Erased(str(source.person), [source.person])
    place = f"{EXPORTS}/{export_id}/{source.name}/{uuid4()}"
    writer = SealedWriter(media, key, place)
    files = [await _write_table(writer, source, each) for each in export.tables]
    files += [await _write_file(writer, source, each) for each in export.files]
    for folder in export.folders:
        files += await _write_folder(writer, source, media, folder)
    await writer.close()
    index = {
        "files": files,
        "excluded": [
            {
                "table": f"{source.name}.{each.table}",
                "class": retention().class_of(source.name, each.table),
                "why": each.why,
            }
            for each in export.left_out
        ],
    }
    await write_whole(media, key, index_key(place), json.dumps(index).encode())
    return place, writer.size


def index_key(place: str) -> str:
    """Returns the key of a part's index."""
    return f"{place}/index"


def json_line(values: Any) -> bytes:
    """Returns a value as one line of JSON Lines."""
    return json.dumps(values, default=_plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


async def rows_of(source: Source, shown: Shown) -> AsyncGenerator[dict[str, Any]]:
    """Yields the rows of a table about the person in the order of its key, with the columns that are shown."""
    table, key = shown.table, list(shown.table.primary_key.columns)
    columns = [table.c[name] for name in shown.columns]
    after: tuple[Any, ...] | None = None
    select = (
        sa.select(*columns, *(column.label(f"key_{n}") for n, column in enumerate(key))).order_by(*key).limit(BATCH)
    )
    select = select.where(table.c.person_id == source.person)
    while True:
        page = select if after is None else select.where(sa.tuple_(*key) > sa.tuple_(*after))
        async with source.database.transaction() as tx:
            rows = (await tx.execute(page)).all()
        for row in rows:
            yield dict(zip(shown.columns, row[: len(columns)], strict=True))
        if len(rows) < BATCH:
            return
        after = tuple(rows[-1][len(columns) :])


async def _write_table(writer: SealedWriter, source: Source, shown: Shown) -> dict[str, Any]:
    async def lines() -> AsyncIterator[bytes]:
        async with aclosing(rows_of(source, shown)) as rows:
            async for row in rows:
                yield json_line(row)

    return {
        "name": f"{source.name}/{shown.table.name}.jsonl",
        "class": retention().class_of(source.name, shown.table.name),
        "service": source.name,
        **await _write(writer, lines(), b""),
        "about": shown.about,
        "columns": dict(shown.columns),
        "without": dict(shown.without),
    }


async def _write_file(writer: SealedWriter, source: Source, made: MadeFile) -> dict[str, Any]:
    return {
        "name": made.name,
        "class": made.kind,
        "service": source.name,
        **await _write(writer, made.make(source), made.head),
        "about": made.about,
        "columns": dict(made.columns),
        "without": {},
    }


async def _write_folder(writer: SealedWriter, source: Source, media: Media, folder: MadeFolder) -> list[dict[str, Any]]:
    async def once(content: bytes) -> AsyncIterator[bytes]:
        yield content

    return [
        {
            "name": f"{folder.name}/{name}",
            "class": folder.kind,
            "service": source.name,
            **await _write(writer, once(content), b""),
            "about": folder.about,
            "columns": {},
            "without": {},
        }
        async for name, content in folder.make(source, media)
    ]


async def _write(writer: SealedWriter, items: AsyncIterator[bytes], head: bytes) -> dict[str, Any]:
    """Writes one file, and returns where it is, how many items it has, and its hash."""
    start, count, digest = writer.size, 0, hashlib.sha256(head)
    await writer.write(head)
    async for item in items:
        digest.update(item)
        await writer.write(item)
        count += 1
    return {"start": start, "size": writer.size - start, "items": count, "sha256": digest.hexdigest()}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (UUID, date)):
        return str(value)
    raise TypeError(type(value).__name__)
