"""Serves what a person wants to be told, and why they were told something or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from sqlalchemy import Row

from chassis.storage.person_lock import lock_people
from chassis.time_zones import first_moment, zone_of
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, whole
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from chassis.web.validation import QueryInput
from notify.notifications import log, store
from notify.notifications.decide import History, Notice, Way, decide
from notify.notifications.decision_schemas import NotificationDecision, NotificationDecisions, PreviewFields, PreviewOut
from notify.notifications.deps import NoticeDeps
from notify.notifications.ground import ground_of
from notify.notifications.people import now_of, quiet_of, read_people, read_settings, save_settings
from notify.notifications.pipeline import move
from notify.notifications.reminder_timers import plan as plan_reminders
from notify.notifications.schemas import NotificationSettings, NotificationSettingsOut, within_reach
from notify.notifications.wanted import Type
from notify.notifications.ways import ways_of

settings_routes = Routes("notifications")

DEADLINE_S = 10.0
_OF_AGE = "of_age"
#: a way outside the application that a preview goes by where a person of age has none that can be used
_ANY_WAY = (Way("email"),)


Day = Annotated[date, AfterValidator(within_reach)]


class DecisionsQuery(QueryInput):
    """Asks for the decisions of a date in one's own time zone, today if left out."""

    type: Type | None = None
    date_: Annotated[Day | None, Field(alias="date", description="Within the last 90 days.")] = None


@settings_routes.get("/notifications/settings", access=("own",))
async def read_notification_settings(call: Call) -> NotificationSettingsOut:
    """Shows what one is told, when, and where."""
    return NotificationSettingsOut.of(await read_settings(call.rows, call.caller))


async def _again(id: UUID | None, call: Call) -> NotificationSettingsOut:
    return await read_notification_settings(call)


@settings_routes.put("/notifications/settings", access=("own",), replay=_again, if_match=None, emits=False)
async def set_notification_settings(body: NotificationSettings, call: Call[NoticeDeps]) -> NotificationSettingsOut:
    """Sets what one is told, when, and where. What waits is moved at once."""
    async with call.unit() as unit:
        await lock_people(unit, [call.caller])
        await save_settings(unit, call.caller, body)
        ground = await ground_of(unit, call.deps.consents, [call.caller])
        await move(unit, ground)
        plan_reminders(unit, ground.people, ground.now)
        return NotificationSettingsOut.of(body)


@settings_routes.direct("/notifications/preview", access=("own",), deadline=DEADLINE_S, shows=PreviewOut)
async def preview_notification(body: PreviewFields, call: Call[NoticeDeps]) -> DirectResponse:
    """Says what would become of a notification at a time, by the function that decides. Nothing is stored."""
    person = (await read_people(call.rows, [call.caller]))[call.caller]
    minor = call.principal.age_band != _OF_AGE
    wanted = replace(person.wanted, minor=minor)
    if body.time_zone is not None:
        wanted = replace(wanted, zone=zone_of(body.time_zone))
    if "quiet_hours" in body.model_fields_set:
        wanted = replace(wanted, quiet=quiet_of(body.quiet_hours))
    ways = (await ways_of(call.rows, call.deps.consents, [call.caller]))[call.caller].kinds
    usable = any(way.allowed and not way.gone for way in ways)
    history = History(ways=ways if usable or minor else _ANY_WAY)
    verdict = decide(body.at, Notice(body.type, body.urgent), wanted, history)
    answer = PreviewOut(decision=verdict.choice, deliver_at=verdict.deliver_at, reasons=verdict.reasons)
    return whole(answer.model_dump_json(), "application/json", {"Cache-Control": "no-store"})


@settings_routes.get("/notifications/{id}/decisions", access=("own",))
async def read_notification_decisions(id: UUID, call: Call) -> NotificationDecisions:
    """Shows why one was told something when one was, or was not."""
    found = (await call.rows.execute(log.of_notification(call.caller, id))).all()
    if not found:  # what waits has none yet; of what was deleted they remain
        await read_row(call.rows, store.one(id, call.caller))
    return _listed(found)


@settings_routes.get("/notifications/decisions", access=("own",))
async def list_notification_decisions(query: DecisionsQuery, call: Call) -> NotificationDecisions:
    """Shows the decisions of a date, also about what was never made."""
    wanted = (await read_people(call.rows, [call.caller]))[call.caller].wanted
    day = query.date_ or (await now_of(call.rows)).astimezone(wanted.zone).date()
    begin, end = (first_moment(wanted.zone, each, time()) for each in (day, day + timedelta(days=1)))
    found = await call.rows.execute(log.between(call.caller, begin, end, [query.type] if query.type else []))
    return _listed(found.all())


def _listed(found: Sequence[Row[Any]]) -> NotificationDecisions:
    return NotificationDecisions(items=[NotificationDecision.model_validate(row) for row in found])
