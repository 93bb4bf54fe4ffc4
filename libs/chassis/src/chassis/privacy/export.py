"""Declares what a service gives of a person into a copy of everything: each table with a `person_id`, or why not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa

from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.storage.tables import RECIPIENTS

#: tables of the chassis, which several services have, and why they are left out
_OF_THE_CHASSIS = {
    "erased_people": "It names those whose data are erased, by their ids; nobody else is in it.",
    "erasure_work": "It holds what is still to be erased, for moments; nobody else is in it.",
    "idempotency": "It recognizes a repeated request for at most 24 hours, by hashes that say nothing by themselves.",
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Declares that the rows of a table are shown. `about` says what a row is.

    Each column but `person_id` stands in `columns` with its meaning, or in `without` with why it is not shown.
    """

    table: sa.Table
    about: str
    columns: Mapping[str, str]
    without: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Declares that a table is not shown, and why, for the person to read."""

    table: str
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """Holds whom a file is about, and what it is made from. `name` is that of the service."""

    name: str
    person: UUID
    database: Database
    keys: Keys


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """Declares a file that is no table. `make` yields its items, each with its line's end; `head` comes before them.

    `kind` is the class of retention of what it is made from.
    """

    name: str
    kind: str
    about: str
    columns: Mapping[str, str]
    make: Callable[[Source], AsyncIterator[bytes]]
    head: bytes = b""


@dataclass(frozen=True, kw_only=True)
class MadeFolder:
    """Declares a folder of files as they are, of one person. `make` yields their names and contents, in a fixed order.

    `kind` is the class of retention of what it is made from. `about` says what each file is.
    """

    name: str
    kind: str
    about: str
    make: Callable[[Source, Media], AsyncIterator[tuple[str, bytes]]]


@dataclass(frozen=True, kw_only=True)
class Export:
    """Holds all that a service declares. `tables` and `left_out` together are all its tables with a `person_id`."""

    tables: tuple[Shown, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    files: tuple[MadeFile, ...] = ()
    folders: tuple[MadeFolder, ...] = ()


def export_of(
    metadata: sa.MetaData,
    *,
    tables: Sequence[Shown] = (),
    left_out: Sequence[LeftOut] = (),
    files: Sequence[MadeFile] = (),
    folders: Sequence[MadeFolder] = (),
) -> Export:
    """Makes a declaration; of the chassis's tables those are left out that it does not name."""
    known = {each.table for each in left_out} | {each.table.name for each in tables}
    if "person_activity" in metadata.tables:
        tables = (*tables, _activity(metadata.tables["person_activity"]))
    if RECIPIENTS in metadata.tables:
        tables = (*tables, _recipients(metadata.tables[RECIPIENTS]))
    chassis = [
        LeftOut(name, why) for name, why in _OF_THE_CHASSIS.items() if name in metadata.tables and name not in known
    ]
    return Export(tables=tuple(tables), left_out=(*left_out, *chassis), files=tuple(files), folders=tuple(folders))


def _recipients(table: sa.Table) -> Shown:
    return Shown(
        table=table,
        about="To whom outside Voxbus something of yours may have gone, one row each; nothing of what it was.",
        columns={
            "recipient": "who, as your consents call it",
            "own_key": "whether it went with a key of your own",
            "first_at": "when it first may have gone",
        },
    )


def _activity(table: sa.Table) -> Shown:
    return Shown(
        table=table,
        about="When you last used Voxbus: from then on it is counted how long this service keeps what is yours.",
        columns={
            "day": "the day of your last use (UTC)",
            "child": "whether you counted as a child then",
            "noted_at": "when that was noted",
        },
    )
