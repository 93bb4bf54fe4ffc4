"""Reads a file of YAML front matter and text. Nothing of the file is run, and nothing in it can grow.

The YAML is the core schema of YAML 1.2, so `yes` and `12:30` are texts. Aliases, anchors, tags and keys that stand
twice are refused, and so are files that are larger, deeper or of more parts than any lesson is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from content.lessons.findings import Finding, Refused, path_of

#: bytes of a file, levels of lists and mappings in it, and values and names of its front matter: more than any lesson
#: can have by its fields
MOST_BYTES, DEEPEST, MOST_VALUES = 256 * 1024, 12, 5_000
_FENCE = "---"
_OPENED = ("MappingStartEvent", "SequenceStartEvent")
_SCALAR = "ScalarEvent"
_CLOSED = ("MappingEndEvent", "SequenceEndEvent")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Holds the parts of a file: `fields` as plain values, the lines of all of them, and the text after them.

    `body_line` is the line of the file at which the text begins.
    """

    fields: Mapping[str, Any]
    lines: Mapping[Path, int]
    body: str
    body_line: int

    def line(self, path: Sequence[str | int]) -> int:
        """Returns the line of a field, or that of what it would stand in."""
        at = tuple(path)
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)

    def finding(self, path: Sequence[str | int], rule: str, message: str) -> Finding:
        """Returns a finding about a field."""
        return Finding(path=path_of(path), line=self.line(path), rule=rule, message=message)


def read_file(source: str) -> SourceFile:
    """Reads a file. Raises `Refused` for one that has no front matter, or one of which the YAML is refused."""
    if len(source.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise _refused(1, "too-large", f"A file may have {MOST_BYTES // 1024} KiB.")
    if "\0" in source:
        raise _refused(source[: source.index("\0")].count("\n") + 1, "text", "A text has no zero characters.")
    lines = source.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        raise _refused(1, "front-matter", "The first line must be “---”, which begins the front matter.")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise _refused(1, "front-matter", "The front matter must end with a line “---”.")
    fields, places = _read_yaml("\n".join(lines[1:end]) + "\n", first=2)
    return SourceFile(fields, places, "\n".join(lines[end + 1 :]) + "\n", end + 2)


class _Core(yaml.CSafeLoader):
    """Parses YAML in C, and tells the types of plain scalars as the core schema of YAML 1.2 does."""


_NULL, _BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
_TYPES = (
    (_NULL, r"null|Null|NULL|~|", [*"nN~", ""]),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    (_INT, r"[-+]?[0-9]+", [*"-+0123456789"]),
    (_FLOAT, r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", [*"-+.0123456789"]),
)
_Core.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _TYPES:
    _Core.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), _first)


def read_yaml(text: str) -> Any:
    """Reads a text of YAML alone. Raises `Refused`."""
    return _value(_composed(text, 1), (), {}, 1)


def _read_yaml(text: str, first: int) -> tuple[Mapping[str, Any], Mapping[Path, int]]:
    node = _composed(text, first)
    if not isinstance(node, yaml.MappingNode):
        raise _refused(first, "front-matter", "The front matter must be a mapping of names and values.")
    places: dict[Path, int] = {}
    return _value(node, (), places, first), places


def _composed(text: str, first: int) -> yaml.Node:
    try:
        _check_events(text, first)
        node: yaml.Node | None = _Core(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first + (mark.line if mark is not None else 0)
        raise _refused(line, "yaml", f"This is no YAML: {error.problem or error.context}.") from None
    except yaml.YAMLError:
        raise _refused(first, "yaml", "This is no YAML: it holds a character that no text has.") from None
    if node is None:
        raise _refused(first, "front-matter", "The front matter is empty.")
    return node


def _check_events(text: str, first: int) -> None:
    """Refuses what a lesson needs not, before anything is built of it."""
    depth = values = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = first + (event.start_mark.line if event.start_mark is not None else 0)
        kind = type(event).__name__
        if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
            raise _refused(line, "alias", "Anchors (&) and aliases (*) are not read; put the text into quotes.")
        if getattr(event, "tag", None) is not None:
            raise _refused(line, "tag", "Tags (!) are not read; put the text into quotes.")
        depth += (kind in _OPENED) - (kind in _CLOSED)
        if depth > DEEPEST:
            raise _refused(line, "too-deep", f"At most {DEEPEST} levels are read.")
        values += kind in _OPENED or kind == _SCALAR
        if values > MOST_VALUES:
            raise _refused(line, "too-many", f"At most {MOST_VALUES:,} names and values are read.")


def _value(node: yaml.Node, at: Path, places: dict[Path, int], first: int) -> Any:
    """Returns the plain value of a node, and notes the lines of all that is in it."""
    places[at] = first + node.start_mark.line
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, (*at, number), places, first) for number, each in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, at, places, first)
    return _scalar(node)


def _mapping(node: yaml.MappingNode, at: Path, places: dict[Path, int], first: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = first + key.start_mark.line
        if not isinstance(key, yaml.ScalarNode):
            raise _refused(line, "yaml", "A name must be one word.")
        if key.value in found:
            raise _refused(
                line, "duplicate-key", f"“{key.value[:40]}” stands here twice.", path_of((*at, key.value[:40]))
            )
        found[key.value] = _value(value, (*at, key.value), places, first)
        places[(*at, key.value)] = line
    return found


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    match node.tag:
        case tag if tag == _NULL:
            return None
        case tag if tag == _BOOL:
            return text.lower() == "true"
        case tag if tag == _INT and len(text) <= 18:
            return int(text)
        case tag if tag in (_INT, _FLOAT):
            return float(text)
    return text


def _refused(line: int, rule: str, message: str, path: str = "") -> Refused:
    return Refused(Finding(path=path, line=line, rule=rule, message=message))
