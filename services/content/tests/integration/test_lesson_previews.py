"""Tests previews: a link that anybody may follow for an hour, to what its maker may read, without a solution."""

from __future__ import annotations

from uuid import UUID

from chassis.web.testing import signed_in
from content.links import LIVES_S, PreviewLinks
from services.content.tests.integration.test_lesson_authoring import NEW, make, put
from services.content.tests.integration.test_lessons import FIRST, SECRETS, Catalogue, catalogue
from services.content.tests.lesson_sources import lesson_source

__all__ = ["catalogue"]

JSON = {"Accept": "application/json"}


async def test_a_draft_is_read_by_its_link_without_an_account(catalogue: Catalogue) -> None:
    author, anybody = catalogue.caller.by(signed_in("author")), catalogue.caller
    made = await make(author, lesson_source(NEW, 3, title="<b>Bits & bytes"))
    path = made.headers["location"]
    key = {"Idempotency-Key": "preview"}
    link = await author("POST", f"{path}/preview", headers=key)
    assert (link.status, link.headers["cache-control"]) == (200, "no-store")
    assert (await author("POST", f"{path}/preview", headers=key)).status == 200
    page = await anybody("GET", link.json()["url"], headers={"Accept": "text/html"})
    assert (page.status, page.headers["cache-control"], page.headers["x-robots-tag"]) == (
        200,
        "no-store",
        "noindex, nofollow",
    )
    text = page.body.decode()
    assert "&lt;b&gt;Bits &amp; bytes" in text and "<b>Bits" not in text
    assert text.count('<section class="exercise"') == 3 and "data-exercise" not in text
    told = await anybody("GET", link.json()["url"], headers=JSON)
    assert (told.json()["title"], told.json()["revision"], len(told.json()["exercises"])) == ("<b>Bits & bytes", 1, 3)
    assert [secret for secret in SECRETS for answer in (page, told) if secret in answer.body.decode()] == []
    await put(author, path, lesson_source(NEW, 3, title="Later"), "*")
    assert (await anybody("GET", link.json()["url"], headers=JSON)).json()["title"] == "<b>Bits & bytes"
    assert await catalogue.database.fetch("SELECT FROM lesson_places") == []
    assert (await anybody("GET", f"/lessons/{made.json()['content_id']}")).status == 404
    await author("DELETE", path, headers={"If-Match": "*"})
    assert (await anybody("GET", link.json()["url"])).status == 404


async def test_a_link_that_nobody_made_leads_nowhere(catalogue: Catalogue) -> None:
    admin, anybody = catalogue.caller.by(signed_in("admin")), catalogue.caller
    path = f"/admin/content/{catalogue.ids[FIRST]}"
    url = (await admin("POST", f"{path}/preview")).json()["url"]
    other = "A" if url[-2] != "A" else "B"
    for wrong in (url[:-2] + other + url[-1], "/previews/" + "A" * 75, "/previews/x"):
        assert (await anybody("GET", wrong)).status == 404
    for role, status in (("learner", 403), ("author", 404)):
        assert (await catalogue.caller.by(signed_in(role))("POST", f"{path}/preview")).status == status
    assert (await anybody("POST", f"{path}/preview")).status == 401
    bad = await make(admin, "no lesson")
    refused = await admin("POST", f"{bad.headers['location']}/preview")
    assert (refused.status, refused.problem, refused.json()["problems"][0]["rule"]) == (
        422,
        "content-invalid",
        "front-matter",
    )


def test_a_link_is_good_for_an_hour() -> None:
    now = [1_800_000_000.0]
    links = PreviewLinks(b"key", lambda: now[0])
    token = links.link(UUID(int=7), 3).rpartition("/")[2]
    now[0] += LIVES_S - 1
    assert links.read(token) == (UUID(int=7), 3)
    assert PreviewLinks(b"another", lambda: now[0]).read(token) is None
    now[0] += 1
    assert [links.read(each) for each in (token, "", "é", token[:-1], "A" * 75)] == [None] * 5
