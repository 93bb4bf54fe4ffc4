"""Finds the lessons and articles in a file that somebody has sent, before any of them is parsed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from content.lessons.archive import is_archive, read_archive
from content.lessons.article import article_at
from content.lessons.draft import StoredPicture
from content.lessons.folder import parse_bytes
from content.lessons.leaks import unchecked
from content.lessons.parse import LESSON
from content.lessons.pictures import BadPicture, media_type_of

_FILE = ".md"


@dataclass(frozen=True, slots=True)
class SentFile:
    """Holds the file of an entry with the pictures beside it. `path` is that in the archive; empty: it came alone.

    `kind` and `key` follow from the path. What came alone is a lesson, whose key is what it says. `exported`: an export
    has written it so.
    """

    path: str
    key: str
    data: bytes
    pictures: Mapping[str, bytes]
    exported: bool
    kind: str = LESSON

    @property
    def of(self) -> tuple[str, str]:
        """Returns kind and key, by which there is one entry at most."""
        return self.kind, self.key

    def is_same(self, source: str, stored: Collection[StoredPicture]) -> bool:
        """Tells whether file and pictures are those that are stored; a picture that is not sent stays."""
        known = {each.name: each.sha256 for each in stored}
        return source.encode() == self.data and all(
            known.get(name) == hashlib.sha256(data).hexdigest() for name, data in self.pictures.items()
        )


def sent_in(data: bytes) -> list[SentFile]:
    """Returns the lessons and articles of a file, sorted by path. Raises `BadArchive`."""
    if not is_archive(data):
        lesson = parse_bytes(data, unchecked).lesson
        return [SentFile("", "" if lesson is None else lesson.key, data, {}, False)]
    unpacked = read_archive(data)
    written = [path for path in unpacked.files if path.endswith(_FILE)]
    articles = {path: of for path in written if (of := article_at(path)) is not None}
    lessons = {path.removesuffix(_FILE) for path in written if path not in articles}
    pictures: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
    for path, file in unpacked.files.items():
        for key in _above(path) & lessons if path not in articles else ():
            pictures[key][path.removeprefix(f"{key}/")] = file
    found = {f"{key}{_FILE}": (LESSON, key) for key in lessons} | articles
    return [
        SentFile(path, key, unpacked.files[path], pictures.get(key, {}) if kind == LESSON else {}, exported, kind)
        for path, (kind, key) in sorted(found.items())
        for exported in [path in unpacked.exported]
    ]


def is_picture(name: str, data: bytes) -> bool:
    """Tells whether a file is a picture that is taken."""
    try:
        media_type_of(name, data)
    except BadPicture:
        return False
    return True


def _above(path: str) -> set[str]:
    """Returns the folders in which a file is."""
    parts = path.split("/")
    return {"/".join(parts[:number]) for number in range(1, len(parts))}
