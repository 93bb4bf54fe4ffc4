"""Copies all media into a backup: what is there, and in a second round what has come and gone meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from chassis.storage.place import Content, Entry, Place
from voxbus.backup.manifest import MEDIA, MEDIA_LIST, media_line

#: objects that are copied at a time
_AT_ONCE = 8


class MediaCopy:
    """Copies the objects of a media store to a place. Only their keys and hashes are kept in memory."""

    def __init__(self, media: Place, place: Place, backup: str) -> None:
        self._media = media
        self._place = place
        self._backup = backup
        self._copied: dict[str, tuple[str, Content]] = {}

    @property
    def objects(self) -> dict[str, Content]:
        """Returns what was copied."""
        return {key: content for key, (_, content) in self._copied.items()}

    async def round(self) -> None:
        """Makes the copy what the store is: copies what is new or written again, removes what is gone."""
        found = {entry.key: entry async for entry in self._media.entries()}
        gone = [key for key in self._copied if key not in found]
        await self._place.delete([self._path(key) for key in gone])
        for key in gone:
            del self._copied[key]
        due = [entry for key, entry in found.items() if self._copied.get(key, ("",))[0] != entry.mark]
        places = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for entry in due:
                await places.acquire()
                tasks.create_task(self._copy(entry)).add_done_callback(lambda _: places.release())

    async def write_list(self) -> Content:
        """Writes the list of the objects."""
        return await self._place.write(f"{self._backup}/{MEDIA_LIST}", self._lines())

    async def _copy(self, entry: Entry) -> None:
        try:
            content = await self._place.write(self._path(entry.key), self._media.read(entry.key))
        except FileNotFoundError:  # deleted since it was listed
            return
        self._copied[entry.key] = entry.mark, content

    async def _lines(self) -> AsyncIterator[bytes]:
        for key, content in sorted(self.objects.items()):
            yield media_line(key, content)

    def _path(self, key: str) -> str:
        return f"{self._backup}/{MEDIA}/{key}"
