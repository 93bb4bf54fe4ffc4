"""Lets pages of listed origins call the API (CORS), and nobody else's."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from chassis.observe.request_spans import REQUEST_ID, TRACEPARENT
from chassis.web.problems import FORBIDDEN, ProblemError

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: headers that pages may send, besides those that browsers always permit; those in lower case mean nothing here but for
#: `traceparent`, yet the clients of Supabase and Sentry and other libraries add them to each request
_ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Last-Event-ID",
    "Prefer",
    "Range",
    "cache-control",
    "pragma",
    "x-requested-with",
    "apikey",
    "baggage",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "x-client-info",
    "x-supabase-api-version",
)
#: headers that pages may read, besides those that browsers always permit
EXPOSED_HEADERS = (
    "Accept-Ranges",
    "Allow",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Server-Timing",
    "Voxbus-Model",
    "Voxbus-Source",
    "WWW-Authenticate",
    "X-Accel-Buffering",
    REQUEST_ID,
    TRACEPARENT,
)
#: seconds for which a browser need not ask again
_MAX_AGE_S = 600
#: letters of a header's name that are said again to whoever asked for it
_QUOTED = 100


class Cors(CORSMiddleware):
    """Permits listed origins alone, and no credentials: pages send their token themselves, no cookie signs in."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=list(origins),
            allow_methods=_METHODS,
            allow_headers=_ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
            max_age=_MAX_AGE_S,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answers a browser that asks beforehand; a refusal is a problem as any other."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        vary = {"Vary": answer.headers["vary"]}
        return ProblemError(FORBIDDEN, self._refused(request_headers), headers=vary).response()

    def _refused(self, asked: Headers) -> str:
        """Says what is not permitted: the origin, the method, a header, or what else a browser asks for."""
        if not self.is_allowed_origin(asked["origin"]):
            return "Pages of that origin may not send requests."
        method = asked["access-control-request-method"]
        if method not in self.allow_methods:
            return f"Pages may send {', '.join(_METHODS)}, and no other method."
        sent = asked.get("access-control-request-headers")
        names = [] if sent is None else [name.strip().lower() for name in sent.split(",")]
        for name in names:
            if name not in self.allow_headers:
                permitted = ", ".join(_ALLOWED_HEADERS)
                return f"Pages may not send the header {name[:_QUOTED]!r}. They may send {permitted}."
        return "Pages may not ask for access to a private network."


def shared_headers(origin: str, origins: Collection[str]) -> dict[str, str]:
    """Returns what `Cors` adds to an answer for a page of an origin; nothing for one that is not listed."""
    if origin not in origins:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": ", ".join(EXPOSED_HEADERS),
        "Vary": "Origin",
    }
