"""Reads lessons from a folder or an archive: `<topic>/<slug>.md`, with pictures in a folder `<topic>/<slug>/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from content.lessons.article import article_at
from content.lessons.findings import Finding
from content.lessons.leaks import told_by
from content.lessons.parse import LESSON, Parsed, parse, parse_article
from content.lessons.pictures import BadPicture, media_type_of
from content.lessons.rules import Leaks


@dataclass(frozen=True, slots=True)
class FoundFile:
    """Holds a file of a lesson with the pictures beside it, by name. `path` is relative to the folder."""

    path: str
    parsed: Parsed
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def lessons_below(files: Mapping[str, bytes], leaks: Leaks = told_by) -> Iterator[FoundFile]:
    """Yields the lessons among files, by their relative paths with `/`; articles are no lessons."""
    for path in sorted(files):
        if path.endswith(".md") and article_at(path) is None:
            beside = path.removesuffix(".md") + "/"
            pictures = {name.removeprefix(beside): data for name, data in files.items() if name.startswith(beside)}
            yield FoundFile(path, parse_bytes(files[path], leaks), pictures)


def parse_bytes(data: bytes, leaks: Leaks = told_by, kind: str = LESSON) -> Parsed:
    """Parses the file of an entry of some kind as it stands on a disk."""
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Parsed("", None, None, (Finding(path="", line=line, rule="yaml", message="This is no UTF-8."),))
    return parse(source, leaks) if kind == LESSON else parse_article(source)


def files_in(folder: Path) -> dict[str, bytes]:
    """Reads all files below a folder but hidden ones."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def check_pictures(found: FoundFile, stored: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Yields what is wrong with the pictures that a lesson names; `stored` are those that are kept already."""
    lesson, file = found.parsed.lesson, found.parsed.file
    if lesson is None or file is None:
        return
    for number, picture in enumerate(lesson.media):
        data = found.pictures.get(picture.name)
        if data is not None:
            try:
                media_type_of(picture.name, data)
            except BadPicture as bad:
                yield file.finding(("media", number, "name"), "picture", str(bad))
        elif picture.name not in stored:
            message = f"The file “{picture.name}” is not in the folder “{lesson.key}/” beside the lesson."
            yield file.finding(("media", number, "name"), "picture", message)
