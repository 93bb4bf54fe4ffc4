"""Keeps what authors and admins do to content as security events, by the facts that content tells of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Deps, Unit, handles
from contracts.learning import ContentAdministered
from gateway.tables import SECURITY_EVENTS

#: begins the names of these events; the rest is the act
PREFIX = "content."


@handles(ContentAdministered, batch=100)
async def note_content_acts(events: Sequence[ContentAdministered], deps: Deps, unit: Unit) -> None:
    """Writes one security event for each act, of who did it."""
    rows = [
        {
            "id": event.act_id,
            "time": event.at,
            "event": f"{PREFIX}{event.act}",
            "person_id": event.person_id,
            "detail": _detail(event),
        }
        for event in sorted(events, key=lambda each: each.act_id)
    ]
    await unit.execute(insert(SECURITY_EVENTS).values(rows).on_conflict_do_nothing())


def _detail(event: ContentAdministered) -> dict[str, str | int]:
    content = None if event.content_id is None else str(event.content_id)
    found = {"content": content, "revision": event.revision, "count": event.count}
    return {name: value for name, value in found.items() if value is not None}
