"""Compares what a dry run did with what the log and the tables hold, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from chassis.message.mask import masked
from chassis.replay.rows import Changes, RowChange, made_now
from chassis.replay.unit import Emitted
from contracts.base import Json, Message
from contracts.catalogue import MESSAGES
from gateway.operate.sources import Consequence

Verdict = Literal["same", "differs", "new", "failed", "skipped", "not_compared"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Holds one difference: `where` names a row or an event, `field` is empty for the whole of it."""

    event_id: UUID
    kind: Literal["row", "event"]
    where: str
    field: str
    was: Any
    now: Any

    def document(self) -> Json:
        """Returns it as JSON."""
        return {
            "event_id": str(self.event_id),
            "kind": self.kind,
            "where": self.where,
            "field": self.field,
            "was": self.was,
            "is": self.now,
        }


def compare(
    event_id: UUID,
    emitted: Sequence[Emitted],
    recorded: Sequence[Consequence],
    changes: Changes,
    moments: tuple[datetime, datetime],
    *,
    was_handled: bool,
    was_masked: bool,
    reveal: bool,
) -> tuple[Verdict, list[Difference]]:
    """Returns the verdict on one message, and its differences. `was_masked`: what is recorded is from a masked tape.

    What was never handled and would only add rows and events is new here. Where nothing is written, emitted or recorded
    there is nothing to compare: the handler knows what it has done, and what it does is not tried. Values are masked
    unless `reveal`.
    """
    if not (emitted or recorded or changes.written):
        return "not_compared", []
    found: list[Difference] = []
    known = was_handled or bool(recorded)
    differs = False
    before = {(each.type, each.ordinal): each.data for each in recorded}
    after = {(each.event.type, each.ordinal): each.event for each in emitted}
    for at in sorted(before.keys() | after.keys()):
        was, event = before.get(at), after.get(at)
        data = None if event is None else event.model_dump(mode="json")
        if was_masked and data is not None:
            data = masked(MESSAGES.get(at[0]), data)
        found += _of_event(event_id, at, was, data, moments, reveal=reveal or was_masked)
    for row in changes.rows:
        differs = differs or row.kind != "inserted"
        found += _of_row(event_id, row, reveal=reveal)
    return ("differs" if differs or (found and known) else "new" if found else "same"), found


def _of_event(
    event_id: UUID,
    at: tuple[str, int],
    was: Json | None,
    now: Json | None,
    moments: tuple[datetime, datetime],
    *,
    reveal: bool,
) -> Iterator[Difference]:
    kind, ordinal = at
    where = kind if ordinal == 0 else f"{kind} #{ordinal + 1}"
    message = MESSAGES.get(kind)
    if was is None or now is None:
        yield Difference(event_id, "event", where, "", _shown(message, was, reveal), _shown(message, now, reveal))
        return
    hidden = _shown(message, was, reveal), _shown(message, now, reveal)
    old, new = dict(_flat(was)), dict(_flat(now))
    old_shown, new_shown = dict(_flat(hidden[0])), dict(_flat(hidden[1]))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name) and not _is_of_the_run(new.get(name), moments):
            yield Difference(event_id, "event", where, name, old_shown.get(name), new_shown.get(name))


def _of_row(event_id: UUID, row: RowChange, *, reveal: bool) -> Iterator[Difference]:
    key = ", ".join(f"{name}={_plain(value, reveal)}" for name, value in row.key.items())
    where = f"{row.table} ({key})"
    if row.kind == "changed":
        for name, (was, now) in row.fields.items():
            for part, (old, new) in _parts(was, now):
                at = f"{name}.{part}" if part else name
                yield Difference(event_id, "row", where, at, _plain(old, reveal), _plain(new, reveal))
    elif row.kind == "inserted":
        whole = {name: _plain(now, reveal) for name, (_, now) in row.fields.items()}
        yield Difference(event_id, "row", where, "", None, whole)
    else:
        yield Difference(event_id, "row", where, "", "deleted", None)


def _parts(was: Any, now: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yields the places at which two values differ; of a value that is no object, itself."""
    if not (isinstance(was, (dict, list)) and isinstance(now, (dict, list))):
        yield "", (was, now)
        return
    old, new = dict(_flat(was)), dict(_flat(now))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield name, (old.get(name), new.get(name))


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    inner: Any = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    if not inner:
        yield name, value
    for part, each in inner:
        yield from _flat(each, f"{name}.{part}" if name else str(part))


def _shown(message: type[Message] | None, data: Json | None, reveal: bool) -> Json | None:
    return data if reveal or data is None else masked(message, data)


def _plain(value: Any, reveal: bool) -> Any:
    """Returns a column's value as JSON has it: any but an id may tell of a person, and is masked."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    plain = value if isinstance(value, (str, dict, list, bool, int, float)) else str(value)
    return plain if reveal or isinstance(value, UUID) else masked(None, {"value": plain}, ["value"])["value"]


def _is_of_the_run(value: Any, moments: tuple[datetime, datetime]) -> bool:
    """Tells whether a value of JSON is a moment or an id that the run itself has made."""
    if not isinstance(value, str):
        return False
    for read in (datetime.fromisoformat, UUID):
        try:
            found = read(value)
        except ValueError:
            continue
        if made_now(found, moments):
            return True
    return False
