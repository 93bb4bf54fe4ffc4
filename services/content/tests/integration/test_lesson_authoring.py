"""Tests what authors do: drafts, versions, publishing, fixes, revisions; and whose is whose."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from chassis.web.testing import Answer, Caller, signed_in
from services.content.tests.integration.test_lessons import FIRST, SECOND, Catalogue, catalogue
from services.content.tests.lesson_sources import lesson_source

__all__ = ["catalogue"]

NEW = "internet/third"


async def make(author: Caller, source: str) -> Answer:
    return await author("POST", "/admin/content", {"kind": "lesson", "source": source})


async def put(author: Caller, path: str, source: str, tag: str) -> Answer:
    return await author("PUT", path, {"source": source}, headers={"If-Match": tag} if tag else {})


async def keys(catalogue: Catalogue) -> list[str]:
    return [item["key"] for item in (await catalogue.caller("GET", "/lessons")).json()["items"]]


async def title(reader: Caller, path: str) -> Any:
    return (await reader("GET", path.replace("/admin/content", "/lessons"))).json().get("title")


async def test_a_draft_is_written_and_published(catalogue: Catalogue) -> None:
    author = catalogue.caller.by(signed_in("author"))
    made = await make(author, lesson_source(NEW, 1))
    path, body = made.headers["location"], made.json()
    assert (made.status, body["status"], body["revision"], body["published_revision"]) == (201, "draft", 1, None)
    assert [(each["rule"], each["line"], each["path"]) for each in body["problems"]] == [("sequence", 5, "sequence")]
    assert body["exercises"][1] == {
        "id": "name",
        "type": "free_text",
        "prompt": body["exercises"][1]["prompt"],
        "solution": {"text": "kilobyte"},
    }
    assert (await author("POST", f"{path}/publish", {})).status == 403
    admin = catalogue.caller.by(signed_in("admin"))
    refused = await admin("POST", f"{path}/publish", {})
    assert (refused.status, refused.problem) == (422, "content-invalid")
    assert refused.json()["problems"] == body["problems"]
    assert await keys(catalogue) == [FIRST, SECOND, "cloud/first"]
    written = await put(author, path, lesson_source(NEW, 3), made.headers["etag"])
    assert (written.status, written.json()["revision"], written.json()["problems"]) == (200, 2, [])
    published = await admin("POST", f"{path}/publish")
    assert (published.status, published.json()["status"], published.json()["published_revision"]) == (
        200,
        "published",
        2,
    )
    assert await keys(catalogue) == [FIRST, SECOND, NEW, "cloud/first"]
    noted = await catalogue.database.fetch("SELECT exercise_ids FROM lessons WHERE key = $1", NEW)
    assert noted[0].exercise_ids == [each["id"] for each in published.json()["exercises"]]
    learner = catalogue.caller.by(signed_in())
    shown = (await learner("GET", path.replace("/admin/content", "/lessons"))).json()["exercises"]
    solution = published.json()["exercises"][0]["solution"]["choice"]
    assert solution in [option["id"] for option in shown[0]["options"]]


async def test_the_version_that_one_has_read_is_compared(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    path = f"/admin/content/{catalogue.ids[FIRST]}"
    read = await admin("GET", path)
    source = read.json()["source"]
    assert (await put(admin, path, source, "")).status == 428
    same = await put(admin, path, source, read.headers["etag"])
    assert (same.status, same.headers["etag"]) == (200, read.headers["etag"])
    changed = await put(admin, path, source.replace("First", "Premier"), read.headers["etag"])
    assert changed.status == 200
    stale = await put(admin, path, source.replace("First", "Primo"), read.headers["etag"])
    assert (stale.status, stale.headers["etag"]) == (412, changed.headers["etag"])
    assert "title: Premier" in stale.json()["current"]["source"]
    assert stale.json()["current"]["updated_by"] == str(admin.principal.id)
    assert await title(catalogue.caller, path) == "First"


async def test_a_fix_is_read_by_everybody_at_once_and_keeps_ids(catalogue: Catalogue) -> None:
    admin, inside = catalogue.caller.by(signed_in("admin")), catalogue.caller.by(signed_in())
    path = f"/admin/content/{catalogue.ids[FIRST]}"
    await catalogue.enter(inside, FIRST)
    before = (await catalogue.read(inside, FIRST)).json()["exercises"][0]["options"]
    source = (await admin("GET", path)).json()["source"]
    fixed = source.replace("title: First", "title: The first").replace("text: a byte,", "text: one byte,")
    await put(admin, path, fixed, "*")
    assert (await admin("POST", f"{path}/publish", {"fix": True})).status == 200
    after = (await catalogue.read(inside, FIRST)).json()
    assert (after["title"], after["newer_revision"]) == ("The first", None)
    assert {each["id"] for each in after["exercises"][0]["options"]} == {each["id"] for each in before}
    assert "one byte" in {each["text"] for each in after["exercises"][0]["options"]}


async def test_a_fix_changes_no_solution(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    path = f"/admin/content/{catalogue.ids[FIRST]}"
    source = (await admin("GET", path)).json()["source"]
    for old, new, field in (
        ("accepted: [kilobyte, KB]", "accepted: [kilobyte]", "exercises[1].accepted"),
        ("sequence: 1", "sequence: 7", "sequence"),
        ("page]", "page, book]", "exercises[2].items"),
    ):
        await put(admin, path, source.replace(old, new), "*")
        refused = await admin("POST", f"{path}/publish", {"fix": True})
        assert (refused.status, [each["path"] for each in refused.json()["problems"]]) == (422, [field])


async def test_a_new_revision_hurts_nobody_inside(catalogue: Catalogue) -> None:
    admin, inside = catalogue.caller.by(signed_in("admin")), catalogue.caller.by(signed_in())
    path = f"/admin/content/{catalogue.ids[FIRST]}"
    await catalogue.enter(inside, FIRST)
    source = (await admin("GET", path)).json()["source"]
    await put(admin, path, source.replace("title: First", "title: Newer"), "*")
    await admin("POST", f"{path}/publish", {})
    assert (await catalogue.read(inside, FIRST)).json()["title"] == "First"
    assert (await catalogue.read(catalogue.caller, FIRST)).json()["title"] == "Newer"


async def test_a_published_key_stays(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    path = f"/admin/content/{catalogue.ids[FIRST]}"
    other = await put(admin, path, lesson_source("internet/other", 7), "*")
    assert [each["rule"] for each in other.json()["problems"]] == ["key"]
    assert (await admin("POST", f"{path}/publish", {})).problem == "content-invalid"
    draft = (await make(admin, lesson_source(NEW, 9))).headers["location"]
    taken = await put(admin, draft, lesson_source(SECOND, 9), "*")
    assert (taken.status, taken.problem) == (409, "content-exists")
    assert (await make(admin, lesson_source(SECOND, 9))).problem == "content-exists"


async def test_what_was_published_is_retired_and_not_deleted(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    path = f"/admin/content/{catalogue.ids['cloud/first']}"
    deleted = await admin("DELETE", path, headers={"If-Match": "*"})
    assert (deleted.status, deleted.problem) == (409, "published")
    assert (await admin("POST", f"{path}/retire")).json()["status"] == "retired"
    assert await keys(catalogue) == [FIRST, SECOND]
    draft = (await make(admin, lesson_source(NEW, 9))).headers["location"]
    assert (await admin("DELETE", draft, headers={"If-Match": "*"})).status == 204
    assert (await admin("GET", draft)).status == 404


async def test_revisions_are_compared_and_taken_back(catalogue: Catalogue) -> None:
    admin = catalogue.caller.by(signed_in("admin"))
    path = f"/admin/content/{catalogue.ids[FIRST]}"
    source = (await admin("GET", path)).json()["source"]
    await put(admin, path, source.replace("title: First", "title: Newer"), "*")
    diff = (await admin("GET", f"{path}/diff?from=1&to=2")).json()["diff"]
    assert ("-title: First\n+title: Newer\n" in diff, diff.startswith("--- revision 1\n+++ revision 2\n")) == (
        True,
        True,
    )
    back = await admin("POST", f"{path}/revert", {"revision": 1})
    assert (back.json()["source"], back.json()["revision"]) == (source, 3)
    items = (await admin("GET", f"{path}/revisions")).json()["items"]
    assert [each["revision"] for each in items] == [3, 2, 1]
    assert (await admin("GET", f"{path}/diff?from=1&to=9")).status == 404
    assert (await admin("POST", f"{path}/revert", {"revision": 9})).status == 404


async def test_an_author_works_on_what_is_ones_own(catalogue: Catalogue) -> None:
    author, other, admin = (catalogue.caller.by(signed_in(role)) for role in ("author", "author", "admin"))
    mine = (await make(author, lesson_source(NEW, 9))).headers["location"]
    nowhere = await author("GET", f"/admin/content/{uuid4()}")
    for path in (mine, f"/admin/content/{catalogue.ids[FIRST]}"):
        answer = await other("GET", path)
        assert (answer.status, answer.said) == (404, nowhere.said)
        assert (await put(other, path, lesson_source(NEW, 9), "*")).status == 404
        assert (await other("POST", f"{path}/publish", {})).status == 403
    assert len((await author("GET", "/admin/content")).json()["items"]) == 1
    assert len((await other("GET", "/admin/content")).json()["items"]) == 0
    assert len((await admin("GET", "/admin/content?status=draft")).json()["items"]) == 1
    assert (await catalogue.caller.by(signed_in())("GET", "/admin/content")).status == 403


async def test_what_cannot_be_read_is_a_draft_with_its_mistakes(catalogue: Catalogue) -> None:
    author = catalogue.caller.by(signed_in("author"))
    bomb = "---\na: &a [x, x]\nb: [*a, *a]\n---\n"
    made = await make(author, bomb)
    assert (made.status, [each["rule"] for each in made.json()["problems"]]) == (201, ["alias"])
    admin = catalogue.caller.by(signed_in("admin"))
    assert (await admin("POST", f"{made.headers['location']}/publish", {})).json()["problems"][0]["line"] == 2
    assert (await make(author, "")).status == 422
    assert (await make(author, "x" * 262_145)).status == 422
    assert UUID(made.json()["content_id"])
