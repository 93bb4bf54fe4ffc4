"""Reads a how-to page as its reader follows it: files to write and change, commands to run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LINES = re.compile(
    r"^`(?P<path>[^`]+)`, (?:new|changed):$|^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class NewFile:
    """Holds a file to write."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """Holds lines of a file as in a diff: those to find, and those to put in their place."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Commands:
    """Holds lines for a shell."""

    text: str


Part = NewFile | Change | Commands


def parts(page: Path) -> Iterator[Part]:
    """Yields the steps of a page in order; a block without a language is the output of a command."""
    path = ""
    for found in _LINES.finditer(page.read_text(encoding="utf-8")):
        text = found["text"]
        match found["kind"]:
            case None:
                path = found["path"]
            case "sh":
                yield Commands(text)
            case "diff":
                lines = text.splitlines(keepends=True)
                before, after = ("".join(line[1:] or "\n" for line in lines if line[0] != other) for other in "+-")
                yield Change(path, before, after)
            case "":
                pass
            case _:
                yield NewFile(path, text)


def write(part: NewFile | Change, root: Path) -> None:
    """Carries out a part in a copy of the repository. Raises ValueError if its lines are not there exactly once."""
    path = root / part.path
    if isinstance(part, NewFile):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(part.text, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if text.count(part.before) != 1:
        raise ValueError(f"{part.path} has these lines {text.count(part.before)} times:\n{part.before}")
    path.write_text(text.replace(part.before, part.after), encoding="utf-8")
