"""Decides whether one release understands what another writes, by comparing the JSON Schemas of their messages.

A writer writes only the properties that its schema names (pydantic dumps nothing else); a reader ignores properties
that it does not know. So a schema is closed for its writer and open for its reader. A change that cannot be proven
compatible counts as a break.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.base import Json

Direction = Literal["a new reader of old messages", "an old reader of new messages"]
NEW_READS_OLD: Direction = "a new reader of old messages"
OLD_READS_NEW: Direction = "an old reader of new messages"

#: keywords that do not constrain a payload
_SILENT = {
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$defs",
    "$schema",
    "$id",
}
#: keywords compared by a rule of their own
_RULED = {"type", "enum", "const", "properties", "required", "additionalProperties", "items"}
_AT_LEAST = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_AT_MOST = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_NUMBERS = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf"}
#: limits by the type that they constrain; they do not constrain any other type
_LIMITS_OF = {
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "string": {"minLength", "maxLength", "pattern", "format"},
    "array": {"minItems", "maxItems", "uniqueItems", "prefixItems"},
    "object": {"minProperties", "maxProperties"},
}
_LIMITS = set().union(*_LIMITS_OF.values())
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True, slots=True)
class Break:
    """Describes one way in which a payload is no longer understood. `field` is a path such as `words[].verdict`."""

    field: str
    what: str
    direction: Direction


def breaks(old: Json, new: Json) -> list[Break]:
    """Lists what a change of one message's schema breaks, in either direction; a major version allows no break.

    The old release is still running beside the new one, and its messages wait in queues, inboxes and the log.
    """
    was, now = inlined(old), inlined(new)
    removed = _fields(was) - _fields(now)
    inside = {one for one in removed for other in removed if one.startswith((f"{other}.", f"{other}[]"))}
    found = [Break(field, "was removed", OLD_READS_NEW) for field in sorted(removed - inside)]
    if old.get("x-exchange") != new.get("x-exchange"):
        found.append(Break("x-exchange", "is another exchange", OLD_READS_NEW))
    for direction, written, read in ((NEW_READS_OLD, was, now), (OLD_READS_NEW, now, was)):
        found += [Break(field, what, direction) for field, what in refusals(written, read) if field not in removed]
    return found


def refusals(written: Json, read: Json, at: str = "") -> Iterator[tuple[str, str]]:
    """Yields field and reason for each way in which a payload valid for `written` may be invalid for `read`.

    Neither schema holds a `$ref`.
    """
    if not _constraints(read) or json.dumps(read, sort_keys=True) == json.dumps(written, sort_keys=True):
        return
    for branch in _branches(written):
        yield from _refusals_of_branch(branch, _branches(read), at)


def _refusals_of_branch(written: Json, read: list[Json], at: str) -> Iterator[tuple[str, str]]:
    """Compares one alternative of the writer with the reader's: one of these must accept all of it."""
    found = [list(_refusals_of_one(written, one, at)) for one in read]
    if all(found):  # the refusals of the nearest alternative explain most
        same = [one for one, branch in zip(found, read, strict=True) if branch.get("type") == written.get("type")]
        yield from min(same or found, key=len)


def _refusals_of_one(written: Json, read: Json, at: str) -> Iterator[tuple[str, str]]:
    field = at or "the body"
    beyond = (_constraints(written).keys() | _constraints(read).keys()) - _RULED - _LIMITS
    if beyond:
        yield field, f"has changed beside {min(beyond)}, which is only compared word for word"
        return
    if "enum" in written or "const" in written:
        values = written["enum"] if "enum" in written else [written["const"]]
        refused = [value for value in values if not _accepts(read, value)]
        if refused:
            yield field, f"may be {json.dumps(refused[0])}"
        return
    if "enum" in read or "const" in read:
        yield field, "may be any value beside those listed"
        return
    wanted, given = read.get("type"), written.get("type")
    if wanted is not None and given != wanted and (given, wanted) != ("integer", "number"):
        yield field, f"may be {given or 'of any type'} instead of {wanted}"
        return
    yield from _refusals_of_limits(written, read, field)
    yield from _refusals_of_object(written, read, at)
    if "items" in read:
        for part in [written.get("items", {}), *([] if "prefixItems" in read else written.get("prefixItems", []))]:
            yield from refusals(part, read["items"], f"{at}[]")


def _refusals_of_limits(written: Json, read: Json, field: str) -> Iterator[tuple[str, str]]:
    for name, limit in _constraints(read).items():
        has = written.get(name)
        if name in _RULED or has == limit:
            continue
        if name in _AT_LEAST and isinstance(has, int | float) and has > limit:
            continue
        if name in _AT_MOST and isinstance(has, int | float) and has < limit:
            continue
        yield field, f"may pass {name} {json.dumps(limit)}" + ("" if has is None else f" (it has {json.dumps(has)})")


def _refusals_of_object(written: Json, read: Json, at: str) -> Iterator[tuple[str, str]]:
    known: Mapping[str, Json] = read.get("properties", {})
    given: Mapping[str, Json] = written.get("properties", {})
    rest = _rest(read)
    for name in read.get("required", []):
        if name not in written.get("required", []):
            yield _path(at, name), "may be absent" if name in given else "is missing"
    for name, part in given.items():
        if name in known:
            yield from refusals(part, known[name], _path(at, name))
        elif rest is not None:
            yield from refusals(part, rest, _path(at, name))
        else:
            yield _path(at, name), "is refused as unknown"
    more = _rest(written) if "additionalProperties" in written else None  # closed to its writer
    if more is None:
        return
    for name in sorted(known.keys() - given.keys()):
        yield from refusals(more, known[name], _path(at, name))
    if rest is not None:
        yield from refusals(more, rest, _path(at, "*"))
    else:
        yield _path(at, "*"), "is refused as unknown"


def _rest(schema: Json) -> Json | None:
    """Returns the schema of properties that are not named: {} for anything, None where there may be none."""
    rest = schema.get("additionalProperties", True)
    if rest is False:
        return None
    return {} if rest is True else dict(rest)


def _branches(schema: Json) -> list[Json]:
    """Lists the alternatives of a schema, each with what holds for all of them and with one type."""
    common = {name: value for name, value in schema.items() if name != "anyOf"}
    found: list[Json] = []
    for branch in schema.get("anyOf", [{}]):
        if _constraints(common).keys() & _constraints(branch).keys():
            return [schema]  # both constrain the same type, so they are compared word for word
        found += [common | branch] if "anyOf" not in branch else _branches(branch | common)
    return [_of_kind(one, kind) for one in found for kind in _kinds(one)]


def _kinds(schema: Json) -> list[str | None]:
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [kind]


def _of_kind(schema: Json, kind: str | None) -> Json:
    spoken = _LIMITS if kind is None else _LIMITS_OF.get(kind, set())
    return {name: part for name, part in schema.items() if name in spoken or name not in _LIMITS} | {"type": kind}


def _accepts(schema: Json, value: object) -> bool:
    """Tells whether a listed value is valid for a schema; a value that is not plain counts as refused."""
    if isinstance(value, dict | list):
        return False
    return any(_accepts_plain(branch, value) for branch in _branches(schema))


def _accepts_plain(schema: Json, value: object) -> bool:
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    text = value if isinstance(value, str) else None
    for name, part in _constraints(schema).items():
        match name:
            case "type":
                kept = part is None or (
                    isinstance(value, _TYPES[part]) and (part == "boolean") == isinstance(value, bool)
                )
            case "enum":
                kept = any(type(one) is type(value) and one == value for one in part)
            case "const":
                kept = type(part) is type(value) and part == value
            case "minimum":
                kept = number is None or number >= part
            case "maximum":
                kept = number is None or number <= part
            case "minLength":
                kept = text is None or len(text) >= part
            case "maxLength":
                kept = text is None or len(text) <= part
            case "pattern":
                kept = text is None or re.search(part, text) is not None
            case "properties" | "required" | "additionalProperties" | "items":
                kept = True  # does not constrain a plain value
            case _:
                kept = False
        if not kept:
            return False
    return True


def _constraints(schema: Json) -> Json:
    """Returns the keywords of a schema that constrain a payload."""
    return {name: part for name, part in schema.items() if name not in _SILENT and not name.startswith("x-")}


def inlined(document: Json) -> Json:
    """Returns the schema with each `$ref` replaced by its target, and without keywords that constrain no payload.

    Equal text then means equal payloads. A schema that refers to itself keeps its `$ref`, under a name that equals no
    other.
    """
    return _inlined(document, document, ())


def _inlined(part: Json, root: Json, inside: tuple[str, ...]) -> Json:
    if "$ref" in part:
        name = str(part["$ref"])
        if name in inside:
            return {"$ref": json.dumps([name, root["$defs"]], sort_keys=True)}
        target = root["$defs"][name.removeprefix("#/$defs/")]
        beside = {key: value for key, value in part.items() if key != "$ref"}
        return _inlined(target, root, (*inside, name)) | _constraints(beside)
    return {key: _inlined_value(key, value, root, inside) for key, value in _constraints(part).items()}


def _inlined_value(key: str, value: object, root: Json, inside: tuple[str, ...]) -> object:
    if key in {"enum", "const", "required"}:
        return value
    if key == "properties" and isinstance(value, dict):
        return {name: _inlined(part, root, inside) for name, part in value.items()}
    if isinstance(value, dict):
        return _inlined(value, root, inside)
    if isinstance(value, list):
        return [_inlined(one, root, inside) if isinstance(one, dict) else one for one in value]
    return value


def _fields(schema: Json, at: str = "") -> set[str]:
    """Returns the paths of all named properties."""
    found: set[str] = set()
    for branch in (schema, *schema.get("anyOf", [])):
        for name, part in branch.get("properties", {}).items():
            found |= {_path(at, name), *_fields(part, _path(at, name))}
        if isinstance(items := branch.get("items"), dict):
            found |= _fields(items, f"{at}[]")
        if isinstance(rest := branch.get("additionalProperties"), dict):
            found |= _fields(rest, _path(at, "*"))
    return found


def _path(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
