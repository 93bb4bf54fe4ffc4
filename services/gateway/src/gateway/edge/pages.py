"""Serves pages: `/try` to try Voxbus aloud, `/docs` to read about the API, one for each type of problem.

`/try/conversation` is for designers, to talk a design through, `/try/lessons` for learners. Authors have
`/try/twisters-admin` and `/try/lessons/admin`, guardians `/guardian`, admins `/account/forms`; `/account` has one's
choices, takes a copy of everything or deletes one's account; mailed links lead to `/account/…`. No page loads anything
from other hosts.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.web.problems import not_found
from gateway.edge.page_shell import Page, read_static

_FOLDER = Path(__file__).parent.parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cache-Control": "no-cache",
}
_PROBLEM = Template(read_static("problem.html"))
_GUARDIAN = Page(
    "guardian.html",
    "For parents and guardians",
    "For parents and guardians",
    "/account/guardian.js",
    ("/account/guardian.css",),
)


def _account(name: str, title: str, script: str = "/account/app.js") -> Page:
    """Returns a page of accounts: what stands in it is its own, the rest is one."""
    texts = (("title", title), ("content", read_static(f"account-{name}.html")))
    return Page("account.html", title, "Your account", script, ("/account/guardian.css",), texts=texts)


PAGES = {
    "/try": Page(
        "try.html",
        "Try a tongue twister",
        "Read a tongue twister aloud and see how it went, word by word.",
        "/try/app.js",
        layout="stage",
    ),
    "/try/conversation": Page(
        "conversation.html",
        "Talk a design through",
        "Talk a design through, aloud or in writing.",
        "/try/conversation.js",
        ("/try/conversation.css",),
    ),
    "/try/lessons": Page(
        "lessons.html",
        "Learn",
        "Short lessons for people at work, one step after the other.",
        "/try/lessons/app.js",
        ("/try/lessons/style.css",),
    ),
    "/try/lessons/admin": Page(
        "lessons-admin.html",
        "Lessons for authors",
        "The lessons that everybody learns with.",
        "/try/lessons/admin.js",
        ("/try/lessons/admin.css",),
    ),
    "/try/twisters-admin": Page(
        "twisters-admin.html",
        "Tongue twisters for authors",
        "The tongue twisters that everybody practises with.",
        "/try/twisters-admin.js",
        ("/try/twisters-admin.css",),
    ),
    "/account/forms": Page(
        "forms-admin.html", "Signed forms", "Signed forms of parents and guardians, for admins", "/account/forms.js"
    ),
    "/account/consent": _GUARDIAN,
    "/guardian": _GUARDIAN,
    "/account": _account("own", "Your account", "/account/own.js"),
    "/account/verify": _account("verify", "Confirm your e-mail address"),
    "/account/reset": _account("reset", "Choose a new password"),
    "/account/email": _account("email", "Change your e-mail address"),
}
#: modules of the pages at /try/lessons and /try/lessons/admin
_OF_LESSONS = (
    "arrange channels choice content exercise hint lesson notes offline path progress queue reminders "
    "report reviews settings write zones admin admin-calls admin-editor admin-problems admin-reports "
    "admin-revisions"
).split()
_FILES = {
    "/try/app.js": ("try.js", "text/javascript"),
    "/try/session.js": ("session.js", "text/javascript"),
    "/try/page.js": ("page.js", "text/javascript"),
    "/try/stream.js": ("stream.js", "text/javascript"),
    "/try/microphone.js": ("microphone.js", "text/javascript"),
    "/try/shared.js": ("try-shared.js", "text/javascript"),
    "/try/account.js": ("try-account.js", "text/javascript"),
    "/try/twisters.js": ("try-twisters.js", "text/javascript"),
    "/try/sounds.js": ("sounds.js", "text/javascript"),
    "/try/guardian.js": ("try-guardian.js", "text/javascript"),
    "/try/voice.js": ("try-voice.js", "text/javascript"),
    "/try/x.js": ("try-x.js", "text/javascript"),
    "/try/speak.js": ("try-speak.js", "text/javascript"),
    "/try/result.js": ("try-result.js", "text/javascript"),
    "/try/conversation.js": ("conversation.js", "text/javascript"),
    "/try/conversation.css": ("conversation.css", "text/css"),
    "/try/conversation/aloud.js": ("conversation-aloud.js", "text/javascript"),
    "/try/conversation/button.js": ("conversation-button.js", "text/javascript"),
    "/try/conversation/hearing.js": ("conversation-hearing.js", "text/javascript"),
    "/try/conversation/line.js": ("conversation-line.js", "text/javascript"),
    "/try/conversation/live.js": ("conversation-live.js", "text/javascript"),
    "/try/conversation/sound.js": ("conversation-sound.js", "text/javascript"),
    "/try/conversation/worklet.js": ("conversation-worklet.js", "text/javascript"),
    "/try/conversation/talk.js": ("conversation-talk.js", "text/javascript"),
    "/try/conversation/view.js": ("conversation-view.js", "text/javascript"),
    "/try/style.css": ("try.css", "text/css"),
    "/try/lessons/app.js": ("lessons.js", "text/javascript"),
    "/try/lessons/style.css": ("lessons.css", "text/css"),
    "/try/lessons/admin.css": ("lessons-admin.css", "text/css"),
    "/try/lessons-worker.js": ("lessons-worker.js", "text/javascript"),
    **{f"/try/lessons/{name}.js": (f"lessons-{name}.js", "text/javascript") for name in _OF_LESSONS},
    "/account/app.js": ("account.js", "text/javascript"),
    "/account/own.js": ("account-own.js", "text/javascript"),
    "/account/choices.js": ("account-choices.js", "text/javascript"),
    "/account/export.js": ("account-export.js", "text/javascript"),
    "/account/guardian.js": ("guardian.js", "text/javascript"),
    "/account/guardian.css": ("guardian.css", "text/css"),
    "/account/forms.js": ("forms-admin.js", "text/javascript"),
    "/try/twisters-admin.js": ("twisters-admin.js", "text/javascript"),
    "/try/twisters-admin.css": ("twisters-admin.css", "text/css"),
    "/docs": ("docs.html", "text/html"),
    "/docs/app.js": ("docs.js", "text/javascript"),
    "/docs/console.js": ("docs-console.js", "text/javascript"),
    "/docs/samples.js": ("docs-samples.js", "text/javascript"),
    "/docs/schema.js": ("docs-schema.js", "text/javascript"),
    "/docs/style.css": ("docs.css", "text/css"),
}


def page_routes(document: bytes, problems: Mapping[str, Mapping[str, Any]]) -> list[Route]:
    """Returns the routes of all pages and their files, of the public document, and of `/`, which redirects to `/try`.

    Each of the named `problems` has a page.
    """

    async def openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    files = [_route(path, (_FOLDER / name).read_bytes(), kind) for path, (name, kind) in _FILES.items()]
    pages = [_route(path, page.html().encode(), "text/html") for path, page in PAGES.items()]
    described = {name: _problem_page(problem) for name, problem in problems.items()}

    async def problem(request: Request) -> Response:
        page = described.get(request.path_params["name"])
        return not_found().response() if page is None else Response(page, headers=_HEADERS, media_type="text/html")

    return [Route("/", _home), Route("/openapi.json", openapi), Route("/problems/{name}", problem), *files, *pages]


def _problem_page(problem: Mapping[str, Any]) -> str:
    words = {name: html.escape(str(problem.get(name, ""))) for name in ("type", "title", "status", "detail")}
    return _PROBLEM.substitute(words)


async def _home(_: Request) -> Response:
    return RedirectResponse("/try", 303)


def _route(path: str, content: bytes, media_type: str) -> Route:
    async def serve(_: Request) -> Response:
        return Response(content, headers=_HEADERS, media_type=media_type)

    return Route(path, serve)
