"""Gives the recordings that are kept into a copy of everything, as they were sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import sqlalchemy as sa

from chassis.errors import Erased
from chassis.privacy.export import MadeFolder, Source
from chassis.storage.media import Gone, Media
from chassis.storage.sealed_stream import read_whole
from gateway.consents.kept_recordings import kept_key
from gateway.tables import KEPT_RECORDINGS

#: how files of a type end
_ENDS = {
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/aiff": "aiff",
    "audio/x-caf": "caf",
    "audio/amr": "amr",
    "audio/amr-wb": "awb",
}


async def _kept(source: Source, media: Media) -> AsyncIterator[tuple[str, bytes]]:
    """Yields one recording at a time; one that is deleted meanwhile is left out."""
    columns = KEPT_RECORDINGS.c
    select = sa.select(columns.id, columns.media_type).where(columns.person_id == source.person)
    async with source.database.transaction() as tx:
        rows = (await tx.execute(select.order_by(columns.id))).all()
    key = (await source.keys.find([source.person])).get(source.person)
    if key is None:
        raise Erased(str(source.person), [source.person])
    for row in rows:
        try:
            content = await read_whole(media, key, kept_key(row.id))
        except Gone:
            continue
        yield f"{row.id}.{_ENDS.get(row.media_type, 'bin')}", content


RECORDINGS = MadeFolder(
    name="recordings",
    kind="recording",
    about="A recording that is kept, as it was sent; its name is the id of the attempt.",
    make=_kept,
)
