"""Writes `docs/messages.md`: every message, for people."""

from __future__ import annotations

import json
from collections.abc import Iterator

from contracts.base import Json, Message
from contracts.catalogue import JOB_KINDS, OWNERS, RETIRED
from contracts.schema import schema
from voxbus.asyncapi import ATTRIBUTES, IN_EVERY_SERVICE, REQUIRED, is_retired, publisher
from voxbus.schema_releases import consumers


def page() -> str:
    """Returns the whole page."""
    lines = [
        "# Messages",
        "",
        "Generated from the contracts and the services' handlers by",
        "`.venv/bin/python -m voxbus.checks documents --write`.",
        "For machines: [asyncapi.json](asyncapi.json), and a JSON Schema each in `libs/contracts/schemas`.",
        "",
        "A command goes through the exchange `jobs` to the queue of one handler; an event goes through the exchange",
        "`events` to every queue bound to its type. Fields marked *personal* tell something about a person.",
        "",
        *_envelope(),
        *_jobs(),
    ]
    for owner, messages in OWNERS.items():
        for message in messages:
            lines += _message(owner, message)
    return "\n".join(lines).rstrip() + "\n"


def _envelope() -> Iterator[str]:
    yield from (
        "## Envelope",
        "",
        "AMQP headers, each with the prefix `cloudEvents_`.",
        "",
        "| header | | |",
        "|---|---|---|",
    )
    for name, what in ATTRIBUTES.items():
        yield f"| `{name}` | {'always' if name in REQUIRED else ''} | {what} |"
    yield ""


def _jobs() -> Iterator[str]:
    yield from ("## Jobs", "", "| kind | begins with | steps | ends with | deadline |", "|---|---|---|---|---|")
    for kind in JOB_KINDS.values():
        steps = ", ".join(f"`{step.handler}` → `{step.done.type}`" for step in kind.steps)
        name = f"{kind.name} (retired)" if kind in RETIRED else kind.name
        yield f"| {name} | `{kind.command.type}` | {steps} | `{kind.completed_by.type}` | {kind.deadline} |"
    yield from ("", "No route proposes a job of a retired kind; open jobs of the last release are finished.", "")


def _message(owner: str, message: type[Message]) -> Iterator[str]:
    document = schema(message, owner)
    yield from (f"## {message.type}", "", " ".join((message.__doc__ or "").split()), "")
    major, minor = message.version
    shown = (
        f"as `{message.stream_type()}`: {_code(message.public_fields)}" if message.public_fields else "its name alone"
    )
    yield from ("| | |", "|---|---|")
    yield f"| version | {major}.{minor} |"
    yield f"| exchange | `{message.exchange}` |"
    service = "the chassis, in every service" if message in IN_EVERY_SERVICE else publisher(owner, message)
    yield f"| published by | {'no service any more: its kind of job is retired' if is_retired(message) else service} |"
    yield f"| consumed by | {_code(consumers(message.type)) or 'no service'} |"
    yield f"| shown on a job's stream | {shown} |"
    yield from ("", "| field | type | required | personal |", "|---|---|---|---|")
    yield from _fields(document, document, "")
    yield from ("", "```json", json.dumps(message.examples()[0], indent=2, ensure_ascii=False), "```", "")


def _fields(part: Json, root: Json, at: str) -> Iterator[str]:
    for name, field in part.get("properties", {}).items():
        required = "yes" if name in part.get("required", []) else ""
        personal = "yes" if field.get("x-personal") else ""
        yield f"| `{at}{name}` | {_type(field)} | {required} | {personal} |"
        for inner, suffix in _inner(field, root):
            yield from _fields(inner, root, f"{at}{name}{suffix}.")


def _inner(field: Json, root: Json) -> Iterator[tuple[Json, str]]:
    """Yields the schemas inside a field that have fields of their own."""
    if "$ref" in field:
        yield root["$defs"][field["$ref"].removeprefix("#/$defs/")], ""
    for branch in field.get("anyOf", []):
        yield from _inner(branch, root)
    if isinstance(field.get("items"), dict):
        for inner, suffix in _inner(field["items"], root):
            yield inner, f"[]{suffix}"


def _type(field: Json) -> str:
    if "anyOf" in field:
        return " or ".join(_type(branch) for branch in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "$ref" in field:
        return str(field["$ref"]).rpartition("/")[2]
    kind = str(field.get("format") or field.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(field['items'])}" if "items" in field else "list"
    limits = [f"{word} {field[key]}" for key, word in _LIMITS.items() if key in field]
    if "pattern" in field:
        limits.append(f"like `{field['pattern']}`".replace("|", "\\|"))
    return " ".join([kind, *limits])


_LIMITS = {
    "minimum": "from",
    "maximum": "to",
    "minLength": "of at least",
    "maxLength": "of at most",
}


def _code(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
