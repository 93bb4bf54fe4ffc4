"""Stores the pictures of a lesson under their SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from chassis.handler import Rows
from chassis.storage.media import Gone, Media
from content.lessons.draft import StoredPicture
from content.lessons.lesson import Lesson
from content.lessons.pictures import media_type_of

#: names the lock that all who store pictures share, and which the sweep has alone
_LOCK = "content pictures"


def sweeping(*, alone: bool) -> sa.Select[Any]:
    """Selects the lock of pictures, until the transaction ends."""
    take = sa.func.pg_advisory_xact_lock if alone else sa.func.pg_advisory_xact_lock_shared
    return sa.select(take(sa.func.hashtextextended(_LOCK, 0)))


async def keep_pictures(rows: Rows, media: Media, pictures: Mapping[str, bytes], lesson: Lesson) -> list[StoredPicture]:
    """Stores those pictures that a lesson names, which were checked before. The same picture is stored once.

    Until the transaction ends no picture that nothing names yet is swept away.
    """
    kept = []
    if pictures:
        await rows.execute(sweeping(alone=False))
    for name in sorted({each.name for each in lesson.media} & pictures.keys()):
        data = pictures[name]
        picture = await asyncio.to_thread(_picture, name, data)
        await media.write(picture.key, data, picture.media_type)
        kept.append(picture)
    return kept


async def restore(media: Media, pictures: Mapping[str, bytes], stored: Collection[StoredPicture]) -> None:
    """Stores those of the same pictures again which the media store has lost."""
    for each in stored:
        if each.name in pictures:
            try:
                await media.read_key(each.key)
            except Gone:
                await media.write(each.key, pictures[each.name], each.media_type)


def _picture(name: str, data: bytes) -> StoredPicture:
    digest = hashlib.sha256(data).hexdigest()
    return StoredPicture(name=name, sha256=digest, media_type=media_type_of(name, data), size=len(data))
