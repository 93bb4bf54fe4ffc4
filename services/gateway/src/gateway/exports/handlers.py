"""Handles the steps of an export that are the gateway's: the begin, the gathering of parts, the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from chassis.delivery.export_part import EXPORTS
from chassis.delivery.media_deletion import ask_deletion
from chassis.errors import Erased
from chassis.handler import Backoff, Deps, Unit, handles
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.storage.sealed_stream import SealedWriter
from contracts.common import ExportBegun, ExportPartWritten
from contracts.gateway import ExportGathered, ExportMade, MakeExport
from contracts.services import SERVICES
from gateway.exports.archive import make_archive
from gateway.jobs import exports

#: seconds for one try to make an archive
_WITHIN_S = 1500.0


@dataclass(frozen=True, kw_only=True)
class ExportDeps(Deps):
    """Holds what making an archive takes besides a unit."""

    database: Database
    keys: Keys
    media: Media
    #: how long an archive is kept
    kept: timedelta


@handles(MakeExport, batch=100)
async def begin_export(commands: Sequence[MakeExport], deps: Deps, unit: Unit) -> None:
    """Asks every service for its part."""
    for command in sorted(commands, key=lambda each: each.export_id):
        await exports.add_seen(unit, command.export_id, command.person_id, command.owner_id)
        unit.emit(ExportBegun(export_id=command.export_id, person_id=command.person_id), cause=command)


@handles(ExportPartWritten, batch=100)
async def collect_export(written: Sequence[ExportPartWritten], deps: Deps, unit: Unit) -> None:
    """Notes the parts of services; the last of them is followed by the archive."""
    for part in sorted(written, key=lambda each: (each.export_id, each.service)):
        added = await exports.add_part(unit, part.export_id, part.service, part.place, part.size)
        if added is None:
            continue
        person, services = added
        if services.issuperset(SERVICES):
            unit.emit(ExportGathered(export_id=part.export_id, person_id=person), cause=part)


@handles(ExportGathered, slots=1, timeout=_WITHIN_S, retry=Backoff(attempts=5, first=2.0, cap=60.0))
async def make_export(gathered: ExportGathered, deps: ExportDeps) -> None:
    """Makes the archive, then has the parts deleted. An erased person's job ends as any of theirs does."""
    export = await exports.read(deps.database, gathered.export_id)
    key = (await deps.keys.find([gathered.person_id])).get(gathered.person_id)
    if export is None or key is None:
        raise Erased(str(gathered.person_id), [gathered.person_id])
    place = f"{EXPORTS}/{export.id}/archive/{uuid4()}"
    made = await make_archive(
        deps.media,
        key,
        [export.parts[service]["place"] for service in sorted(export.parts)],
        SealedWriter(deps.media, key, place),
        person=export.person,
        created_at=export.created_at,
    )
    async with deps.unit() as unit:
        expires_at = await exports.finish(unit, export.id, place, made.size, made.sha256, deps.kept)
        if expires_at is None:  # erased meanwhile
            raise Erased(str(export.person), [export.person])
        await ask_deletion(unit, exports.part_keys(export.parts))
        unit.emit(ExportMade(export_id=export.id, size=made.size, expires_at=expires_at))
