"""Joins the fragments of the services into the public document."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from chassis.web.document import SHARED
from contracts.base import Problem
from contracts.catalogue import JOB_KINDS
from gateway.edge.forward.complete import complete
from gateway.edge.forward.routes import RouteTable
from gateway.version import VERSION

#: components that describe a problem type; services may share one with the same description
_PROBLEMS = ("examples", "responses")

_DESCRIPTION = """\
What costs time answers 202 with a job: follow it at /jobs/{id}/events (Server-Sent Events) or over the
WebSocket /events/ws (see POST /auth/tickets), or look at /jobs/{id}.
Errors are problem documents (RFC 9457). Ids are UUIDs, times RFC 3339 in UTC, lists {items, next_cursor}.
Send the access token of a sign-up or log-in as “Authorization: Bearer …”.
"""
#: describes the public document
INFO: Mapping[str, str] = MappingProxyType(
    {
        "title": "Voxbus",
        "summary": "Speak, and get feedback that is true and kind.",
        "description": _DESCRIPTION,
        "version": VERSION,
    }
)


def join(fragments: Iterable[Mapping[str, Any]], problems: Iterable[Problem] = ()) -> dict[str, Any]:
    """Returns paths, webhooks and components of all fragments as one document, completed. Nothing is renamed.

    `problems` are those that a job may end with.

    Raises ValueError for two equal patterns, an operationId or a schema name twice, and a problem type that two
    services describe differently.
    """
    paths: dict[str, dict[str, Any]] = {}
    webhooks: dict[str, Any] = {}
    streams: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {}
    for fragment in fragments:
        for path, methods in fragment.get("paths", {}).items():
            _add(paths.setdefault(path, {}), methods, f"pattern twice: {path}", shared=frozenset())
        _add(streams, fragment.get("x-streams", {}), "stream twice", shared=frozenset())
        _add(webhooks, fragment.get("webhooks", {}), "webhook twice", shared=frozenset())
        for kind, named in fragment.get("components", {}).items():
            shared = frozenset(named) if kind in _PROBLEMS else SHARED
            _add(components.setdefault(kind, {}), named, f"{kind} twice", shared)
    joined = {
        "openapi": "3.1.0",
        "info": dict(INFO),
        "paths": dict(sorted(paths.items())),
        **({"webhooks": dict(sorted(webhooks.items()))} if webhooks else {}),
        **({"x-streams": dict(sorted(streams.items()))} if streams else {}),
        "components": {kind: dict(sorted(named.items())) for kind, named in sorted(components.items())},
    }
    joined = copy.deepcopy(joined)  # the fragments stay as they are
    RouteTable(joined)
    complete(joined, list(JOB_KINDS), problems)
    return joined


def _add(taken: dict[str, Any], given: Mapping[str, Any], refusal: str, shared: frozenset[str]) -> None:
    """Adds components with unique names; shared ones must be the same each time."""
    for name, value in given.items():
        if name in taken and (name not in shared or taken[name] != value):
            raise ValueError(f"{refusal}: {name}")
        taken[name] = value
