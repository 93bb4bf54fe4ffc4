"""Builds the gateway's web application from its resources and the middleware around them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from chassis.observe.health import health_routes, observers_of
from chassis.observe.request_spans import RequestSpans
from chassis.settings import Network
from chassis.web.application import NO_TELEMETRY
from chassis.web.problems import ProblemError
from gateway.edge import (
    accounts,
    admin,
    audit,
    children,
    children_erasing,
    consent,
    dead_letters,
    erasures,
    events,
    evidence,
    exports,
    guardian,
    health,
    identities,
    jobs,
    logged_events,
    mailed_links,
    me,
    my_consents,
    operator_acts,
    operator_jobs,
    own_events,
    retention,
    sessions,
    sockets,
    tickets,
    twitter,
)
from gateway.edge.analytics import Counted
from gateway.edge.attempts import routes as attempts
from gateway.edge.body import Pace
from gateway.edge.callers import acts_for, find_caller, note_reading, note_refusal, take_limits
from gateway.edge.context import GatewayContext
from gateway.edge.conversation import ConversationGuard
from gateway.edge.cors import Cors
from gateway.edge.document import Own, own_fragment
from gateway.edge.forms import read_form
from gateway.edge.forward.forwarder import Forwarder
from gateway.edge.forward.join import INFO
from gateway.edge.forward.proposals import Proposals
from gateway.edge.forward.routes import GATEWAY, SENDING, Route, RouteTable
from gateway.edge.forward.serve import ForwardedRoutes
from gateway.edge.forward.streamed import ForwardedStreams
from gateway.edge.limits.middleware import AddressLimit, TellLimits
from gateway.edge.middleware import AccessLog, Guard, JsonBodies, problem_of
from gateway.edge.openapi import PublicDocument
from gateway.edge.pages import page_routes
from gateway.edge.problems import BESIDE, answer_with_problems
from gateway.edge.public_address import PublicAddress
from gateway.edge.reads import OwnReads, Slashes
from gateway.edge.realtime import Openers
from gateway.edge.tickets import Application

_RESOURCES = (
    accounts,
    mailed_links,
    me,
    exports,
    erasures,
    sessions,
    identities,
    twitter,
    guardian,
    children,
    children_erasing,
    evidence,
    my_consents,
    retention,
    audit,
    operator_acts,
    dead_letters,
    operator_jobs,
    logged_events,
    admin,
    tickets,
    attempts,
    events,
    own_events,
    sockets,
    jobs,
    health,
)
#: paths whose bodies are limited by their own routes
_UPLOADS = frozenset({"/attempts", "/guardian/evidence"})


def own_document() -> dict[str, Any]:
    """Returns the description of the gateway's own operations, in the form of a service's fragment."""
    return own_fragment([resource.router for resource in _RESOURCES], BESIDE, INFO)


def _require_access(table: RouteTable) -> None:
    """Raises ValueError for an operation of ours of which the document does not say, as it does, who may call it.

    The check of access goes by the document, so what is missing there would be open to everybody.
    """
    known = {(route.method, route.path): route.access for route in table.routes if route.service == GATEWAY}
    own = [each for resource in _RESOURCES for each in resource.router.routes if isinstance(each, APIRoute)]
    for route in own:
        declared: Own | None = getattr(route.endpoint, "own", None)
        for method in route.methods or ():
            if declared is None or known.get((method, route.path)) != declared.access:
                raise ValueError(f"{method} {route.path}: openapi.json does not say who may call it (make generate)")


def _is_known(own: Sequence[BaseRoute], table: RouteTable, scope: Scope) -> bool:
    """Tells whether a path has a route, with any method."""
    try:
        candidates = table.candidates(scope["raw_path"])
    except ProblemError:  # a segment makes it mean another path
        return False
    return bool(candidates) or any(route.matches(scope)[0] is not Match.NONE for route in own)


def _is_json(scope: Scope) -> bool:
    """Tells whether a request is for an operation of ours that a document is sent to."""
    return scope["method"] in SENDING and isinstance(scope.get("route"), Route)


def _forward(
    app: FastAPI, gateway: GatewayContext, table: RouteTable, pace: Pace, guard: ConversationGuard, openers: Openers
) -> None:
    """Puts in front of our own operations what passes those of the services on to their owners."""
    forwarder = Forwarder(gateway.upstreams)
    proposals = Proposals(table, forwarder, gateway.acceptance, gateway.hub, gateway.database, gateway.keys)
    app.add_middleware(
        ForwardedRoutes,
        table=table,
        forwarder=forwarder,
        identify=partial(find_caller, gateway),
        propose=proposals.answer,
        take_limits=partial(take_limits, gateway),
        note_refusal=partial(note_refusal, gateway),
        check_consent=partial(consent.check, gateway),
        acts_for=partial(acts_for, gateway),
        note_reading=partial(note_reading, gateway),
        check_direct=guard.check,
        read_form=partial(read_form, gateway),
        pace=pace,
    )
    app.add_middleware(
        ForwardedStreams,
        table=table,
        forwarder=forwarder,
        open=openers.open,
        stopping=gateway.stopping,
        problem_of=problem_of,
    )


def create_app(
    gateway: GatewayContext,
    document: PublicDocument,
    cors_origins: Sequence[str] = (),
    trusted_proxies: Sequence[Network] = (),
    conversation_streams: tuple[int, int] = (4, 16),
) -> FastAPI:
    """Builds the application. `document` tells which service owns which path, and who may call it.

    Raises ValueError where it does not tell so of an operation of the gateway.
    """
    _require_access(document.table)
    app = Application(
        [resource.router for resource in _RESOURCES],
        frozenset(cors_origins),
        frozenset(document.table.streams),
        docs_url=None,
        openapi_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.context = gateway
    own = health_routes(gateway.watchdog, observers_of(gateway.settings))
    app.router.routes.extend([*own, *page_routes(document.content, document.problems)])
    answer_with_problems(app)
    # from the inside out
    pace = Pace(total=gateway.settings.http_timeouts.body)
    app.add_middleware(OwnReads)
    app.add_middleware(JsonBodies, uploads=_UPLOADS, is_json=_is_json, pace=pace, check=my_consents.refuse_children)
    guard = ConversationGuard(gateway, trusted_proxies, conversation_streams)
    _forward(app, gateway, document.table, pace, guard, Openers(gateway, frozenset(cors_origins), trusted_proxies))
    if gateway.analytics is not None:
        app.add_middleware(Counted, sink=gateway.analytics)
    app.add_middleware(Slashes, is_known=partial(_is_known, app.router.routes, document.table))
    app.add_middleware(AddressLimit, rates=gateway.rates, trusted=trusted_proxies)
    app.add_middleware(Guard, routes=document.table.routes)
    app.add_middleware(TellLimits)
    if cors_origins:
        app.add_middleware(Cors, origins=cors_origins)
    if trusted_proxies:
        app.add_middleware(PublicAddress, public_url=gateway.public_url, trusted=trusted_proxies)
    app.add_middleware(AccessLog)
    app.add_middleware(RequestSpans, public=True)
    return app
