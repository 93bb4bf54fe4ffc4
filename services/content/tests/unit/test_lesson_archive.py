"""Tests which archives are taken: what they claim is looked at before anything of it is unpacked."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest

from content.lessons.archive import MOST_FILES, BadArchive, is_archive, open_archive, read_archive, write_entry


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return file.getvalue()


def entry(name: str, **fields: int) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def encrypted() -> bytes:
    """Returns an archive that says of its file that it is encrypted."""
    data = bytearray(packed(("a/b.md", b"text")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def lying(claimed: int = 5, size: int = 200_000, summed: int = 5, times: int = 1) -> bytes:
    """Returns an archive that says of a large file that it is small.

    The checksum is that of the first `summed` bytes. `times`: entries that share the one packed file.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    inside = packer.compress(b"0" * size) + packer.flush()
    names = [f"a/b{number}.md".encode() for number in range(times)]
    sizes = zlib.crc32(b"0" * summed), len(inside), claimed, len(names[0])
    file = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, 0) + names[0] + inside
    entries = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0, 0) + name for name in names
    )
    return file + entries + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, times, times, len(entries), len(file), 0)


BAD: dict[str, Callable[[], bytes]] = {
    "leads out": lambda: packed(("../b.md", b"")),
    "leads out…": lambda: packed(("a/../../b.md", b"")),
    "leads out of": lambda: packed(("/etc/b.md", b"")),
    "cannot be a name": lambda: packed(("a\\..\\b.md", b"")),
    "a link": lambda: packed((entry("a/b.md", external_attr=(stat.S_IFLNK | 0o777) << 16), b"/etc/passwd")),
    "special file": lambda: packed((entry("a/b.md", external_attr=(stat.S_IFIFO | 0o600) << 16), b"")),
    "same name": lambda: packed(("a/b.md", b"1"), ("a/B.md", b"2")),
    "encrypted": encrypted,
    "too many files": lambda: packed(*((f"a/{number}.md", b"") for number in range(MOST_FILES + 1))),
    "that is too large": lambda: packed(("a/b.md", b"0" * 300_000)),
    "large when it is unpacked": lambda: packed(*((f"a/b/{number}.png", b"0" * 2_000_000) for number in range(40))),
    "packed in a way": lambda: packed(("a/b.md", b"text"), method=zipfile.ZIP_LZMA),
    "can be read": lambda: packed(("a/b.md", b"text"))[:-30],
    "another size than it says": lambda: lying(summed=6),
    "another size than it says…": lambda: lying(claimed=9, size=5),
    "can be read…": lying,
    "share their bytes": lambda: lying(times=3),
    "is no archive": lambda: b"PK\x03\x04 and nothing else",
}


@pytest.mark.parametrize("said", BAD)
def test_what_is_no_plain_archive_is_refused_in_words(said: str) -> None:
    with pytest.raises(BadArchive) as bad:
        read_archive(BAD[said]())
    assert said.removesuffix("…") in str(bad.value)


def test_files_are_read_but_folders_and_hidden_ones() -> None:
    data = packed(
        ("a/", b""), ("a/b.md", b"text"), ("a/b/c.svg", b"<svg/>"), ("__MACOSX/a/._b.md", b"?"), ("a/.hidden", b"?")
    )
    unpacked = read_archive(data)
    assert unpacked.files == {"a/b.md": b"text", "a/b/c.svg": b"<svg/>"}
    assert unpacked.exported == frozenset()
    assert (is_archive(data), is_archive(b"---\nkey: a/b\n")) == (True, False)


def test_no_more_is_inflated_than_a_file_claims() -> None:
    data = lying(size=64 * 1024 * 1024)
    tracemalloc.start()
    with pytest.raises(BadArchive):
        read_archive(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(data) < 70_000, most < 1_000_000) == (True, True), most


def test_the_same_files_are_the_same_bytes() -> None:
    def written() -> bytes:
        file = io.BytesIO()
        with open_archive(file) as archive:
            write_entry(archive, "a/b.md", b"text")
        return file.getvalue()

    assert written() == written()
    assert read_archive(written()).files == {"a/b.md": b"text"}
    assert read_archive(written()).exported == {"a/b.md"}


def test_what_was_changed_after_an_export_is_not_exported() -> None:
    file = io.BytesIO()
    with open_archive(file) as archive:
        write_entry(archive, "a/b.md", b"text")
    with zipfile.ZipFile(file) as archive:
        before = archive.getinfo("a/b.md")
    changed = zipfile.ZipInfo("a/b.md")
    changed.comment = before.comment
    assert read_archive(packed((changed, b"other"))).exported == frozenset()
