"""Chooses the headers that go to an owner and those that come back from it. No others cross."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.edge.forward.hop import RawHeaders
from gateway.edge.forward.routes import Route

_SENT = frozenset(
    {
        b"accept",
        b"accept-language",
        b"content-type",
        b"if-match",
        b"if-none-match",
        b"range",
        b"if-range",
        b"idempotency-key",
    }
)
_RETURNED = frozenset(
    {
        b"etag",
        b"location",
        b"cache-control",
        b"retry-after",
        b"vary",
        b"accept-ranges",
        b"idempotency-replayed",
        b"x-robots-tag",
    }
)
#: never returned, even if an operation declares them: the gateway's own headers, and those of one connection
_NEVER = frozenset(
    {
        b"set-cookie",
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"ratelimit",
        b"ratelimit-policy",
        b"content-security-policy",
        b"content-security-policy-report-only",
    }
)
_CHALLENGE = (b"www-authenticate", b"Bearer")
_UNAUTHORIZED = 401
#: what a page of an owner's may do: show pictures of ours, and look as it says itself; it runs nothing
_PAGE_POLICY = (
    b"content-security-policy",
    b"default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    b" frame-ancestors 'none'",
)
_HTML = b"text/html"


def sent(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> list[tuple[bytes, bytes]]:
    """Returns the headers of a client that its owner gets."""
    crossing = [(name.lower(), value) for name, value in headers if name.lower() in _SENT]
    return [*crossing, (b"content-length", str(len(body)).encode())] if body else crossing


def returned(route: Route, status: int, headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Returns the headers of an owner that the client gets, with the challenge that a 401 needs."""
    crossing = [(name.lower(), value) for name, value in headers]
    is_page = any(name == b"content-type" and value.startswith(_HTML) for name, value in crossing)
    crossing = [(name, value) for name, value in crossing if _returns(route, name)]
    if is_page:
        crossing.append(_PAGE_POLICY)
    return [*crossing, _CHALLENGE] if status == _UNAUTHORIZED else crossing


def _returns(route: Route, name: bytes) -> bool:
    if name in _NEVER or (name.startswith(b"voxbus-") and route.direct is None):
        return False
    if name.startswith(b"voxbus-"):  # a direct answer's own, which its operation declares
        return name.decode("latin-1") in route.answers
    return name in _RETURNED or name.startswith(b"content-") or name.decode("latin-1") in route.answers
