"""Writes README.txt of an archive: what it is, and what every file and every column means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any

_WIDTH = 88
_HEAD = """\
This is a copy of everything that this installation of Voxbus has stored about one person. It was made for that person,
or for their guardian, who had asked for it. Keep it where only you can read it: it is not encrypted.

manifest.json lists every file with its class, its service, its number of items and the SHA-256 of its content, and what
is left out. A file that ends in .jsonl is text, one JSON document a line, which any editor shows; most programs that
read JSON read it line by line. A file of no items says that there was nothing. Times are in UTC. What was written while
the copy was made may be in it or not.
"""
_RECORDINGS = """\
The folder recordings/ has what you, or your guardian, have agreed to keep. Without it nothing is kept: any other
recording is deleted when the job that it was sent for has ended.
"""
_NEVER = """\
Not stored, or in no copy: passwords, tokens and the secrets of webhooks; and what belongs to others, as the address of
a guardian.
"""


def readme(files: Sequence[Mapping[str, Any]], excluded: Sequence[Mapping[str, str]]) -> bytes:
    """Returns the text for these files, described as in the indexes of parts, in the order of the archive."""
    return "\n".join(_lines(files, excluded)).encode() + b"\n"


def _lines(files: Sequence[Mapping[str, Any]], excluded: Sequence[Mapping[str, str]]) -> Iterator[str]:
    yield "A COPY OF EVERYTHING ABOUT YOU"
    for text in (_HEAD, _RECORDINGS, _NEVER):
        yield ""
        yield _filled(text)
    yield from ("", "", "FILES AND WHAT IS IN THEM")
    for file in files:
        yield from ("", f"{file['name']}  ({file['items']})", _filled(file["about"], "  "))
        for name, meaning in file["columns"].items():
            yield _filled(f"{name}: {meaning}", "    ", "      ")
        for name, why in file["without"].items():
            yield _filled(f"{name} is not shown. {why}", "    ", "      ")
    yield from ("", "", "WHAT IS LEFT OUT, AND WHY")
    for table in excluded:
        yield ""
        yield table["table"]
        yield _filled(table["why"], "  ")


def _filled(text: str, first: str = "", rest: str | None = None) -> str:
    paragraphs = text.strip().split("\n\n")
    options = {"width": _WIDTH, "break_long_words": False, "break_on_hyphens": False}
    return "\n\n".join(
        fill(each, initial_indent=first, subsequent_indent=first if rest is None else rest, **options)  # type: ignore[arg-type]
        for each in paragraphs
    )
