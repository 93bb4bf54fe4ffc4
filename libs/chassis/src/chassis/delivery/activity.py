"""Keeps a service's copy of when each person was last active, from which the periods of their data count."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.handler import Deps, FastHandler, Unit, handles
from contracts.common import PersonActive

ACTIVITY_HANDLER = "note_activity"

_NOTE = sa.text(
    """
    INSERT INTO person_activity AS a (person_id, day, child, noted_at)
    SELECT DISTINCT ON (person_id) * FROM unnest(:persons, :days, :children, :moments)
           AS n(person_id, day, child, noted_at) ORDER BY person_id, noted_at DESC
    ON CONFLICT (person_id) DO UPDATE SET day = excluded.day, child = excluded.child, noted_at = excluded.noted_at
     WHERE excluded.noted_at > a.noted_at
    """
).bindparams(
    sa.bindparam("persons", type_=ARRAY(PgUUID())),
    sa.bindparam("days", type_=ARRAY(sa.Date())),
    sa.bindparam("children", type_=ARRAY(sa.Boolean())),
    sa.bindparam("moments", type_=ARRAY(sa.DateTime(timezone=True))),
)


async def note_activity(events: Sequence[PersonActive], _: Deps, unit: Unit) -> None:
    """Notes when people were active. What was said last holds, in whatever order it arrives."""
    given = {
        "persons": [event.person_id for event in events],
        "days": [event.day for event in events],
        "children": [event.child for event in events],
        "moments": [event.at for event in events],
    }
    await unit.execute(_NOTE, given)


def activity_handler() -> FastHandler[PersonActive, Deps]:
    """Makes a service's handler of `PersonActive`."""
    return handles(PersonActive, batch=100)(note_activity)
