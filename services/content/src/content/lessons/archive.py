"""Reads and writes archives (zip) of lessons and articles.

A lesson is `<topic>/<slug>.md`, with pictures in a folder `<topic>/<slug>/`; an article is `articles/<kind>/<slug>.md`.
Nothing is unpacked onto a disk. What an archive claims is looked at before anything of it is read, and no more is
inflated than it claims, so its files take no more memory than `MOST_IN_ALL`, whatever is packed in it.

The comment of an entry that an export has written is the SHA-256 of its file: who changes the file leaves it wrong.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from content.lessons import front_matter, pictures
from content.lessons.article import article_path
from content.lessons.parse import LESSON

#: entries of an archive, and bytes of all its files together
MOST_FILES, MOST_IN_ALL = 2_000, 64 * 1024 * 1024
#: what each entry of the archive's directory begins with
_ENTRY = b"PK\x01\x02"
_ZIP = b"PK"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_NAME = re.compile(r"[^\x00-\x1f\x7f\\:]{1,200}")
#: folders of file managers, which hold nothing of an author's
_FOREIGN = "__MACOSX"
#: the time and the rights of each entry that is written: the same lessons are the same bytes
_TIME, _RIGHTS, _UNIX = (1980, 1, 1, 0, 0, 0), (stat.S_IFREG | 0o644) << 16, 3


class BadArchive(ValueError):
    """Says in a sentence, without the input, why an archive is not taken."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Holds the files of an archive by their paths. `exported` are those that are as an export has written them."""

    files: Mapping[str, bytes]
    exported: frozenset[str]


def path_of(kind: str, key: str) -> str:
    """Returns the path of an entry in an archive."""
    return f"{key}.md" if kind == LESSON else article_path(kind, key)


def is_archive(data: bytes) -> bool:
    """Tells whether a file is a zip archive and not the text of a lesson."""
    return data.startswith(_ZIP)


def read_archive(data: bytes) -> Unpacked:
    """Returns the files of an archive but hidden ones. Raises `BadArchive`."""
    if data.count(_ENTRY) > MOST_FILES:
        raise BadArchive(f"has too many files: at most {MOST_FILES:,}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, len(data))
            files = {entry.filename: _read(archive, entry) for entry in entries if _is_wanted(entry)}
            marks = {entry.filename: entry.comment for entry in entries}
            return Unpacked(files, frozenset(path for path, file in files.items() if marks[path] == _mark(file)))
    except BadArchive:
        raise
    except _UNREADABLE:
        raise BadArchive("is no archive that can be read: make it again, as a plain zip") from None


def open_archive(file: IO[bytes]) -> zipfile.ZipFile:
    """Opens a file to write an archive into it."""
    return zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=False, compresslevel=6)


def write_entry(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    """Writes one file; the same file is written as the same bytes at any time."""
    entry = zipfile.ZipInfo(path, _TIME)
    entry.comment = _mark(data)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _RIGHTS, _UNIX
    archive.writestr(entry, data)


def is_taken(archive: zipfile.ZipFile) -> bool:
    """Tells whether what was written so far is few and small enough to be read again."""
    entries = archive.infolist()
    return len(entries) <= MOST_FILES and sum(entry.file_size for entry in entries) <= MOST_IN_ALL


def _mark(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Returns a file, of which one byte more than it claims is inflated, to see whether it has more.

    `ZipFile.read` would inflate all that is packed before it cuts what it has to the size that is claimed.
    """
    claimed = entry.file_size
    entry.file_size += 1
    with archive.open(entry) as file:
        data = file.read(claimed + 1)
    if len(data) != claimed:
        raise BadArchive("has a file of another size than it says: make it again, as a plain zip")
    return data


def _check(entries: list[zipfile.ZipInfo], size: int) -> None:
    """Raises `BadArchive` for an entry that is not taken, before one is read. `size`: bytes of the archive."""
    seen: set[str] = set()
    for entry in entries:
        _check_name(entry.orig_filename)
        _check_name(entry.filename)
        plain = unicodedata.normalize("NFC", entry.filename).casefold()
        if plain in seen:
            raise BadArchive("has two files of the same name")
        seen.add(plain)
        if entry.flag_bits & _ENCRYPTED:
            raise BadArchive("is encrypted: send it without a password")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadArchive("has a link or a special file: only files and folders are taken")
        if entry.compress_type not in _METHODS:
            raise BadArchive("is packed in a way that is not read: make it a plain zip")
    wanted = [entry for entry in entries if _is_wanted(entry)]
    if sum(entry.compress_size for entry in entries) > size:
        raise BadArchive("has files that share their bytes: make it again, as a plain zip")
    if any(entry.file_size > _most(entry.filename) for entry in wanted):
        raise BadArchive("has a file that is too large: a lesson may have 256 KiB, a picture 2 MB")
    if sum(entry.file_size for entry in wanted) > MOST_IN_ALL:
        raise BadArchive(f"is too large when it is unpacked: at most {MOST_IN_ALL // 1024 // 1024} MB")


def _check_name(name: str) -> None:
    parts = name.rstrip("/").split("/")
    if not _NAME.fullmatch(name) or any(part in ("", ".", "..") for part in parts):
        raise BadArchive("has a file whose name leads out of the archive, or cannot be a name")


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    """Tells whether an entry is a file of a lesson: no folder, and nothing hidden."""
    parts = entry.filename.split("/")
    return not entry.is_dir() and parts[0] != _FOREIGN and not any(part.startswith(".") for part in parts)


def _most(name: str) -> int:
    return front_matter.MOST_BYTES if name.endswith(".md") else pictures.MOST_BYTES
