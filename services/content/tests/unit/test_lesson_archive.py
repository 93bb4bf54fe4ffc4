"""Tests which archives are taken: what they claim is looked at before anything of it is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
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


def lying() -> bytes:
    """Returns an archive that says of a large file that it is small."""
    data = packed(("a/b.md", b"0" * 200_000))
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + (5).to_bytes(4, "little") + data[at + 4 :]


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
    "can be read…": lying,
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
    assert read_archive(data) == {"a/b.md": b"text", "a/b/c.svg": b"<svg/>"}
    assert (is_archive(data), is_archive(b"---\nkey: a/b\n")) == (True, False)


def test_the_same_files_are_the_same_bytes() -> None:
    def written() -> bytes:
        file = io.BytesIO()
        with open_archive(file) as archive:
            write_entry(archive, "a/b.md", b"text")
        return file.getvalue()

    assert written() == written()
    assert read_archive(written()) == {"a/b.md": b"text"}
