"""Tests announcements, questions and pages: written as lessons are, and read by everybody once they are published."""

from __future__ import annotations

from chassis.web.testing import Answer, Caller, signed_in
from services.content.tests.integration.test_lesson_exchange import counts, empty, packed, send, unpacked
from services.content.tests.integration.test_lessons import FIRST, SECOND, Catalogue, catalogue

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


async def test_articles_are_exported_and_imported_like_lessons(catalogue: Catalogue) -> None:
    admin, author = catalogue.caller.by(signed_in("admin")), catalogue.caller.by(signed_in("author"))
    made = {}
    for kind, key in (("page", "about"), ("faq", "about"), ("announcement", "zero")):
        source = f"---\nkey: {key}\ntitle: A {kind}\n---\nText.\r\n"
        answer = await author("POST", "/admin/content", {"kind": kind, "source": source})
        made[f"articles/{kind}/{key}.md"] = source.encode()
    await admin("POST", f"{answer.headers['location']}/publish")
    exported = (await admin("GET", "/admin/content/export")).body
    inside = unpacked(exported)
    assert list(inside) == ["cloud/first.md", f"{FIRST}.md", f"{SECOND}.md", *sorted(made)]
    assert {name: inside[name] for name in made} == made
    assert [*unpacked((await author("GET", "/admin/content/export")).body)] == sorted(made)
    assert [*unpacked((await admin("GET", "/admin/content/export?status=draft")).body)] == sorted(made)[1:]
    assert [*unpacked((await admin("GET", "/admin/content/export?topic=cloud")).body)] == ["cloud/first.md"]
    assert counts(await send(catalogue, admin, exported)) == (0, 0, 6)
    await empty(catalogue)
    assert counts(await send(catalogue, author, packed(made))) == (3, 0, 0)
    assert counts(await send(catalogue, admin, exported)) == (3, 0, 3)
    assert (await admin("GET", "/admin/content/export")).body == exported
    changed = made | {"articles/faq/about.md": b"---\nkey: about\ntitle: Changed\n---\nText.\n"}
    assert counts(await send(catalogue, author, packed(changed))) == (0, 1, 2)
    [faq] = (await admin("GET", "/admin/content?kind=faq")).json()["items"]
    assert (faq["title"], faq["revision"], faq["status"]) == ("Changed", 2, "draft")


async def test_what_is_wrong_with_articles_of_an_archive_is_named(catalogue: Catalogue) -> None:
    admin, other = catalogue.caller.by(signed_in("admin")), catalogue.caller.by(signed_in("author"))
    good = b"---\nkey: about\ntitle: About\n---\nText.\n"
    assert counts(await send(catalogue, admin, packed({"articles/page/about.md": good}))) == (1, 0, 0)
    bad = {
        "articles/page/about.md": good.replace(b"Text", b"Ours"),
        "articles/faq/other.md": good,
        "articles/faq/raw.md": b"---\nkey: raw\ntitle: Raw\n---\n<b>x</b>\n",
        "articles/poem/about.md": good,
        "articles/faq.md": good,
    }
    told = (await send(catalogue, other, packed(bad))).json()["problems"]
    of = {name: {each["rule"] for each in told if each["file"] == name} for name in bad}
    assert of["articles/page/about.md"] == of["articles/faq/other.md"] == {"key"}
    assert of["articles/faq/raw.md"] == {"raw-html"}
    assert of["articles/poem/about.md"] and of["articles/faq.md"]  # these are where lessons are
    assert "articles/faq/about.md" in next(each["message"] for each in told if each["file"] == "articles/faq/other.md")
    assert (await admin("GET", "/admin/content?kind=faq")).json()["items"] == []
