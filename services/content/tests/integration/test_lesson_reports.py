"""Tests what learners say about lessons: who reads it, who answers, whom that is told, and the badge for it, once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from chassis.web.testing import Answer, Caller, signed_in
from services.content.tests.integration.test_lesson_authoring import NEW, make
from services.content.tests.integration.test_lessons import FIRST, Catalogue, catalogue
from services.content.tests.lesson_sources import lesson_source

__all__ = ["catalogue"]

LIST = "/admin/content/feedback"
ANY = {"If-Match": "*"}


async def say(catalogue: Catalogue, person: Caller, **fields: Any) -> Answer:
    about = {"lesson_id": str(catalogue.ids[FIRST]), "kind": "mistake", "text": "A bit is no byte."}
    return await person("POST", "/feedback", {**about, **fields})


async def test_a_report_is_answered_and_its_writer_told(catalogue: Catalogue) -> None:
    learner, admin = catalogue.caller.by(signed_in()), catalogue.caller.by(signed_in("admin"))
    said = await say(catalogue, learner, exercise_id="choose")
    assert (said.status, said.json()["status"], said.json()["exercise_id"]) == (201, "open", "choose")
    path = f"{LIST}/{said.json()['id']}"
    [shown] = (await admin("GET", f"{LIST}?status=open&lesson_id={catalogue.ids[FIRST]}")).json()["items"]
    assert (shown["text"], str(learner.principal.id) in str(shown)) == ("A bit is no byte.", False)
    refused = await admin("PATCH", path, {"status": "in_progress"})  # several people answer reports
    assert (refused.status, refused.problem) == (428, "if-match-required")
    version = {"If-Match": (await admin("GET", path)).headers["etag"]}
    begun = await admin("PATCH", path, {"status": "in_progress"}, headers=version)
    assert (begun.status, catalogue.harness.emitted("report.answered")) == (200, [])
    assert (await admin("PATCH", path, {"status": "rejected"}, headers=version)).status == 412
    version = {"If-Match": begun.headers["etag"]}
    answered = await admin("PATCH", path, {"status": "resolved", "reply": "Thank you."}, headers=version)
    assert (answered.status, answered.json()["reply"], answered.json()["replied_at"] is None) == (
        200,
        "Thank you.",
        False,
    )
    again = await admin("PATCH", path, {"status": "resolved", "reply": "Thank you."}, headers=ANY)
    assert again.headers["etag"] == answered.headers["etag"]
    [told] = catalogue.harness.emitted("report.answered")
    assert told.person_id == learner.principal.id
    assert (await learner("GET", said.headers["location"])).json()["reply"] == "Thank you."
    second = (await say(catalogue, learner, text="And a byte is no bit.")).json()["id"]
    await admin("PATCH", f"{LIST}/{second}", {"status": "resolved"}, headers=ANY)
    rows = await catalogue.database.fetch("SELECT badge, event_id FROM badges")
    assert [(row.badge, str(row.event_id)) for row in rows] == [("helpful-report", said.json()["id"])]
    await say(catalogue, admin, kind="praise", text="Good!")
    assert len(await catalogue.database.fetch("SELECT FROM badges")) == 1


async def test_what_is_wrong_is_named(catalogue: Catalogue) -> None:
    learner = catalogue.caller.by(signed_in())
    for fields, field in (
        ({"lesson_id": str(uuid4())}, "lesson_id"),
        ({"exercise_id": "nothing"}, "exercise_id"),
        ({"lesson_id": None, "exercise_id": "choose"}, "lesson_id"),
        ({"kind": "rant"}, "kind"),
        ({"text": " \n"}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"status": "resolved"}, "status"),
    ):
        refused = await say(catalogue, learner, **fields)
        assert (refused.status, [each["field"] for each in refused.json()["errors"]]) == (422, [field])
    assert (await say(catalogue, catalogue.caller)).status == 401
    assert (await say(catalogue, learner, lesson_id=None, kind="bug")).status == 201


async def test_each_sees_what_is_theirs(catalogue: Catalogue) -> None:
    learner, other = (catalogue.caller.by(signed_in()) for _ in range(2))
    author, admin = (catalogue.caller.by(signed_in(role)) for role in ("author", "admin"))
    made = await make(author, lesson_source(NEW, 3))
    catalogue.ids[NEW] = made.json()["content_id"]
    await admin("POST", f"{made.headers['location']}/publish", {})
    mine = (await say(catalogue, learner, lesson_id=catalogue.ids[NEW])).json()["id"]
    foreign = (await say(catalogue, learner)).json()["id"]
    assert (await other("GET", f"/feedback/{mine}")).status == 404
    for path in (LIST, f"{LIST}/{mine}"):
        assert (await learner("GET", path)).status == 403
    assert [each["id"] for each in (await author("GET", LIST)).json()["items"]] == [mine]
    assert [each["id"] for each in (await admin("GET", LIST)).json()["items"]] == [foreign, mine]
    assert (await author("PATCH", f"{LIST}/{mine}", {"status": "rejected"}, headers=ANY)).status == 200
    assert (await author("PATCH", f"{LIST}/{foreign}", {"status": "rejected"}, headers=ANY)).status == 404
    assert (await learner("PATCH", f"{LIST}/{mine}", {"status": "rejected"}, headers=ANY)).status == 403
    for body in ({"status": "done"}, {"reply": ""}, {"reply": "x" * 2001}, {"text": "no"}, {"status": None}):
        assert (await admin("PATCH", f"{LIST}/{mine}", body, headers=ANY)).status == 422
    stale = await admin("PATCH", f"{LIST}/{mine}", {"status": "open"}, headers={"If-Match": '"1"'})
    assert stale.status == 412
    await catalogue.harness.until_emitted("content.administered", 3)
    told = catalogue.harness.emitted("content.administered")
    assert [each.person_id for each in told].count(author.principal.id) == 2
