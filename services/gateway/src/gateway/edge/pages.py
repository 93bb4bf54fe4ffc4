"""Serves pages: `/try` to try Voxbus aloud, `/docs` to read about the API. They load nothing from outside."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent.parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = {
    "/try": ("try.html", "text/html"),
    "/try/app.js": ("try.js", "text/javascript"),
    "/try/stream.js": ("stream.js", "text/javascript"),
    "/try/microphone.js": ("microphone.js", "text/javascript"),
    "/try/result.js": ("result.js", "text/javascript"),
    "/try/style.css": ("try.css", "text/css"),
    "/docs": ("docs.html", "text/html"),
    "/docs/app.js": ("docs.js", "text/javascript"),
    "/docs/style.css": ("docs.css", "text/css"),
}


def page_routes(document: bytes) -> list[Route]:
    """Returns the routes of all pages and their files, of the public document, and of `/`, which leads to `/try`."""

    async def openapi(_: Request) -> Response:
        return Response(document, media_type="application/json")

    pages = [_route(path, *of) for path, of in _FILES.items()]
    return [Route("/", _home), Route("/openapi.json", openapi), *pages]


async def _home(_: Request) -> Response:
    return RedirectResponse("/try", 303)


def _route(path: str, name: str, media_type: str) -> Route:
    async def serve(_: Request) -> Response:
        return Response(content, headers=headers, media_type=media_type)

    content = (_FOLDER / name).read_bytes()
    headers = {
        "Content-Security-Policy": _POLICY,
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Cache-Control": "no-cache",
    }
    return Route(path, serve)
