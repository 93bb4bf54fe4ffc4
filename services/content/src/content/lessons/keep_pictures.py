"""Stores the pictures of a lesson under their SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from chassis.storage.media import Media
from content.lessons.draft import PREFIX, StoredPicture
from content.lessons.lesson import Lesson
from content.lessons.pictures import media_type_of


async def keep_pictures(media: Media, pictures: Mapping[str, bytes], lesson: Lesson) -> list[StoredPicture]:
    """Stores those pictures that a lesson names, which were checked before. The same picture is stored once."""
    kept = []
    for name in sorted({each.name for each in lesson.media} & pictures.keys()):
        data = pictures[name]
        digest, media_type = hashlib.sha256(data).hexdigest(), media_type_of(name, data)
        await media.write(f"{PREFIX}/{digest}", data, media_type)
        kept.append(StoredPicture(name=name, sha256=digest, media_type=media_type, size=len(data)))
    return kept
