"""Takes what learners say about lessons, and lets those who look after the content answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from chassis.web.access import EDITORS
from chassis.web.call import Call
from chassis.web.listing import Filters, Listed, ListQuery, Sorts, listing, read_page
from chassis.web.patch import Patch, fields_of
from chassis.web.routes import Routes
from chassis.web.rows import lock_row, read_row
from content.deps import ContentDeps
from content.lessons import reports as store
from content.lessons.authors import note
from content.lessons.reports import DECIDED, HELPFUL, Decision, NewReport, ReportOut, ReportStatus
from content.lessons.tables import entries, reports
from contracts.learning import LearnerAwarded, ReportAnswered

routes = Routes("feedback")

SORTS: Sorts = {"id": reports.c.id}
FILTERS: Filters = {
    "status": lambda status: reports.c.status == status,
    "lesson_id": lambda lesson: reports.c.lesson_id == lesson,
}


class ReportsQuery(ListQuery):
    """Asks for a page of reports."""

    sort: Literal["id", "-id"] = "-id"
    status: ReportStatus | None = None
    lesson_id: UUID | None = None


@routes.get("/feedback/{id}", access=("own",))
async def read_report(id: UUID, call: Call) -> ReportOut:
    """Reads what one has said, and what one was answered."""
    mine = store.one(id).where(reports.c.person_id == call.caller)
    return ReportOut.model_validate(await read_row(call.rows, mine))


@routes.post("/feedback", access=("own",), replay=read_report, emits=False)
async def send_report(body: NewReport, call: Call) -> ReportOut:
    """Says something to those who make the lessons: of the product, of a lesson, or of one exercise of it."""
    async with call.unit() as unit:
        return ReportOut.model_validate(await store.add(unit, call.id, call.caller, body))


@routes.get("/admin/content/feedback", access=EDITORS)
async def list_reports(query: ReportsQuery, call: Call) -> Listed[ReportOut]:
    """Lists what was said: an admin's list has everything, an author's what is about one's own lessons."""
    page = listing(_theirs(sa.select(reports), call), query, filters=FILTERS, sorts=SORTS)
    return await read_page(call.rows, page, query, ReportOut.model_validate)


@routes.get("/admin/content/feedback/{id}", access=EDITORS)
async def read_any_report(id: UUID, call: Call) -> ReportOut:
    """Reads what somebody has said."""
    return ReportOut.model_validate(await read_row(call.rows, _theirs(store.one(id), call)))


@routes.patch("/admin/content/feedback/{id}", access=EDITORS, replay=read_any_report)
async def answer_report(id: UUID, patch: Patch[Decision], call: Call[ContentDeps]) -> ReportOut:
    """Decides about a report. Who wrote it is told when it is decided, or has an answer in words."""
    async with call.unit() as unit:
        await unit.concerns(
            (await read_row(unit, _theirs(store.one(id), call))).person_id
        )  # the person's lock comes first
        report = await lock_row(unit, _theirs(store.one(id), call), call.if_match)
        changes = patch.changes(fields_of(Decision, report))
        if not changes:
            return ReportOut.model_validate(report)
        decided = await store.decide(unit, report, changes, call.caller)
        note(unit, call, "answered", content_id=id)
        if changes.get("reply") is not None or changes.get("status") in DECIDED:
            unit.emit(_told(decided), about=report.person_id)
        if decided.status == "resolved" and decided.kind in HELPFUL:
            for badge in await call.deps.earnings.honour(unit, report.person_id, id):
                got = LearnerAwarded(
                    person_id=report.person_id, kind="badge", name=badge.name, title=badge.title, at=badge.at
                )
                unit.emit(got, about=report.person_id)
        return ReportOut.model_validate(decided)


def _told(report: Any) -> ReportAnswered:
    return ReportAnswered(
        person_id=report.person_id,
        report_id=report.id,
        lesson_id=report.lesson_id,
        status=report.status,
        reply=report.reply,
        at=datetime.now(UTC),
    )


def _theirs(select: sa.Select[Any], call: Call[Any]) -> sa.Select[Any]:
    """Returns a select of reports that the caller answers."""
    own = sa.select(entries.c.id).where(entries.c.created_by == call.caller)
    return select if "admin" in call.principal.roles else select.where(reports.c.lesson_id.in_(own))
