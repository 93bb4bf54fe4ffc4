"""Names HTTP requests for metrics and traces from a small fixed set of words, never from a client's input."""

from __future__ import annotations

from starlette.types import Scope

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_of(scope: Scope) -> str:
    """Returns the method of a request; `other` for a method that no route has, and `WS` for a WebSocket."""
    if scope["type"] == "websocket":
        return "WS"
    return str(scope["method"]) if scope["method"] in _METHODS else "other"


def route_of(scope: Scope) -> str:
    """Returns the route template of a request that was routed, and `unmatched` for any other.

    A path with parameters is never returned itself: it would make a time series, or a span name, for each id.
    """
    fixed = scope["path"] if "endpoint" in scope and not scope.get("path_params") else "unmatched"
    return str(getattr(scope.get("route"), "path", fixed))
