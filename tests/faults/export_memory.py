"""Makes an archive of so many megabytes in this process, and prints how much memory that took.

`python -m tests.faults.export_memory MEGABYTES FOLDER`
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from uuid import UUID

import sqlalchemy as sa

from chassis.delivery.export_part import write_part
from chassis.message.crypto import new_key
from chassis.privacy.export import MadeFile, Source, export_of
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.storage.sealed_stream import SealedWriter
from chassis.stores_in_memory import KeysInMemory
from gateway.exports.archive import make_archive

PERSON, EXPORT = UUID(int=1), UUID(int=2)
#: an item of a table; half of it is random, as words are, which no compression makes small
_ITEM = 64 * 1024


def peak() -> int:
    """Returns the most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


async def make(megabytes: int, folder: Path) -> None:
    async def items(_: Source) -> AsyncIterator[bytes]:
        for _number in range(megabytes * 1024 * 1024 // _ITEM):
            yield os.urandom(_ITEM // 2) + b"a" * (_ITEM // 2)

    store = KeysInMemory()
    key = store.keys[PERSON] = new_key()
    media = open_media(None, folder)
    file = MadeFile(name="jobs.jsonl", kind="job_log", about="", columns={}, make=items)
    source = Source("gateway", PERSON, cast(Database, None), Keys(store))
    before, began = peak(), time.monotonic()
    place, size = await write_part(export_of(sa.MetaData(), files=(file,)), source, media, EXPORT)
    written = time.monotonic()
    writer = SealedWriter(media, key, f"exports/{EXPORT}/archive/one")
    made = await make_archive(media, key, [place], writer, person=PERSON, created_at=datetime.now(UTC))
    print(
        f"data={size} archive={made.size} before={before} peak={peak()}"
        f" part_s={written - began:.1f} archive_s={time.monotonic() - written:.1f}"
    )


if __name__ == "__main__":
    asyncio.run(make(int(sys.argv[1]), Path(sys.argv[2])))
