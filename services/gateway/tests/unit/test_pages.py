"""Tests every page of the gateway: what a browser may load and run there, and that nothing comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

from httpx2 import AsyncClient, Response

from gateway.edge.openapi import read_document
from gateway.edge.pages import page_routes

DOCUMENT = read_document()
#: every path of a page or of one of its files, and a page for each type of problem
PATHS = [
    route.path
    for route in page_routes(DOCUMENT.content, DOCUMENT.problems)
    if "{" not in route.path and route.path not in ("/", "/openapi.json")
] + [f"/problems/{name}" for name in DOCUMENT.problems]
#: directives of a Content-Security-Policy that `default-src` does not stand for
OWN = {"base-uri", "form-action", "frame-ancestors"}
NO_ICON = "data:,"
#: attributes by which a page loads or opens something
LOADING = {"src", "href", "action", "formaction", "data", "poster", "srcset", "manifest"}


class Page(HTMLParser):
    """Collects what a page loads, and what it would need `unsafe-inline` for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").strip().lower().startswith("javascript:"):
                self.inline.append(f"<{tag} {name}>")
            elif name in LOADING:
                self.loaded.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style") and data.strip():
            self.inline.append(f"<{self._within}>")


def policy_of(response: Response) -> Mapping[str, list[str]]:
    """Returns the sources of each directive."""
    [policy] = response.headers.get_list("content-security-policy")
    directives = [each.split() for each in policy.split(";")]
    found = {name: sources for name, *sources in directives}
    assert len(found) == len(directives), "a directive twice: the second is ignored"
    return found


async def test_a_page_may_load_only_our_own_files_and_run_nothing_inline(client: AsyncClient) -> None:
    for path in PATHS:
        response = await client.get(path)
        assert response.status_code == 200, path
        check_headers(response)


def check_headers(response: Response) -> None:
    policy = policy_of(response)
    assert policy["default-src"] == ["'none'"]
    assert policy.keys() >= OWN
    assert {source for sources in policy.values() for source in sources} <= {"'none'", "'self'", "data:", "blob:"}
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert not {"data:", "blob:"} & set(policy.get("script-src", []))
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    assert "access-control-allow-credentials" not in headers


async def test_a_page_is_answered_to_head_as_to_get(client: AsyncClient) -> None:
    for path in PATHS:
        got, asked = await client.get(path), await client.head(path)
        assert (asked.status_code, asked.content) == (200, b""), path
        assert asked.headers["content-length"] == str(len(got.content))
        check_headers(asked)


async def test_what_a_page_loads_is_ours_and_there(client: AsyncClient) -> None:
    linked: set[str] = set()
    for path in PATHS:
        response = await client.get(path)
        if response.headers["content-type"].startswith("text/html"):
            page = Page(response.text)
            assert page.inline == [], path
            linked |= {link.partition("#")[0] for link in page.loaded} - {"", NO_ICON}
    for link in linked:
        assert link.startswith("/") and not link.startswith("//"), f"{link} is not ours"
        assert (await client.get(link)).status_code == 200, link


def test_there_are_pages_to_walk() -> None:
    assert {"/try", "/docs", "/try/twisters-admin", "/problems/not-found"} <= set(PATHS)
