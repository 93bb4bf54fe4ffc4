"""Tests announcements, questions and pages: written as lessons are, and read by everybody once they are published."""

from __future__ import annotations

from chassis.web.testing import Answer, Caller, signed_in
from services.content.tests.integration.test_lessons import Catalogue, catalogue

__all__ = ["catalogue"]

FAQ = "---\nkey: how-long\ntitle: How long is a lesson?\n---\nFive minutes, [as it is said](https://example.org).\n"


async def make(author: Caller, source: str, kind: str = "faq") -> Answer:
    return await author("POST", "/admin/content", {"kind": kind, "source": source})


async def test_an_article_is_written_published_corrected_and_retired(catalogue: Catalogue) -> None:
    author, admin = catalogue.caller.by(signed_in("author")), catalogue.caller.by(signed_in("admin"))
    made = await make(author, FAQ)
    body, path = made.json(), made.headers["location"]
    assert (made.status, body["kind"], body["lesson_id"], body["problems"], body["exercises"]) == (
        201,
        "faq",
        None,
        [],
        [],
    )
    assert (await catalogue.caller("GET", "/articles")).json()["items"] == []
    page = await catalogue.caller("GET", (await author("POST", f"{path}/preview")).json()["url"])
    assert "<h1>How long is a lesson?</h1>" in page.body.decode()
    assert (await admin("POST", f"{path}/publish", {})).status == 200
    [item] = (await catalogue.caller("GET", "/articles?kind=faq&key=how-long")).json()["items"]
    read = await catalogue.caller("GET", f"/articles/{item['id']}")
    assert read.json() == {**item, "content": read.json()["content"], "content_html": read.json()["content_html"]}
    assert '<a href="https://example.org"' in read.json()["content_html"]
    await author("PUT", path, {"source": FAQ.replace("Five", "Ten")}, headers={"If-Match": "*"})
    assert (await catalogue.caller("GET", f"/articles/{item['id']}")).body == read.body
    await admin("POST", f"{path}/publish", {"fix": True})
    assert "Ten minutes" in (await catalogue.caller("GET", f"/articles/{item['id']}")).json()["content"]
    moved = await author("PUT", path, {"source": FAQ.replace("how-long", "other")}, headers={"If-Match": "*"})
    assert [each["rule"] for each in moved.json()["problems"]] == ["key"]
    await admin("POST", f"{path}/retire")
    assert (await catalogue.caller("GET", f"/articles/{item['id']}")).status == 404
    assert (await catalogue.caller("GET", f"/lessons/{item['id']}")).status == 404


async def test_what_is_wrong_with_an_article_is_named(catalogue: Catalogue) -> None:
    author = catalogue.caller.by(signed_in("author"))
    bad = "---\nkey: a\ntitle: A\n---\n<b>x</b> [y](http://z) ![p](media:p.png)\n\n{{exercise: one}}\n"
    told = (await make(author, bad)).json()["problems"]
    assert sorted((each["rule"], each["line"]) for each in told) == [
        ("link", 5),
        ("picture", 5),
        ("placement", 7),
        ("raw-html", 5),
    ]
    for source, rule in (
        ("---\nkey: b/c\ntitle: B\n---\nText.\n", "key"),
        ("---\nkey: b\n---\nText.\n", "field"),
        ("---\nkey: b\ntitle: B\nexercises: []\n---\nText.\n", "field"),
        ("---\nkey: b\ntitle: B\n---\n" + "x " * 20_001, "too-long"),
        ("---\nkey: b\ntitle: B\n---\n", "text"),
    ):
        made = await make(author, source, "page")
        assert [each["rule"] for each in made.json()["problems"]] == [rule]
        await author("DELETE", made.headers["location"], headers={"If-Match": "*"})
    assert (await make(author, FAQ)).status == 201
    assert (await make(author, FAQ)).problem == "content-exists"
    assert (await make(author, FAQ, "page")).status == 201
    assert (await make(author, FAQ, "poem")).status == 422
