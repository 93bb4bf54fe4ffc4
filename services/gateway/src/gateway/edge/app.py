"""Builds the gateway's web application from its resources and the middleware around them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

from chassis.observe.health import health_routes
from chassis.observe.traces import RequestSpans
from gateway.edge import accounts, events, health, jobs, notifications, sockets, tickets, twisters, webhooks
from gateway.edge.attempts import routes as attempts
from gateway.edge.context import GatewayContext
from gateway.edge.middleware import Guard, JsonLimit
from gateway.edge.openapi import describe
from gateway.edge.pages import page_routes
from gateway.edge.problems import answer_with_problems
from gateway.edge.tickets import Application

_DESCRIPTION = """\
What costs time answers 202 with a job: follow it at /jobs/{id}/events (Server-Sent Events) or over the
WebSocket /events/ws (see POST /auth/tickets), or look at /jobs/{id}.
Errors are problem documents (RFC 9457). Ids are UUIDs, times RFC 3339 in UTC, lists {items, next_cursor}.
Send the access token of a sign-up or log-in as “Authorization: Bearer …”.
"""
_RESOURCES = (accounts, tickets, twisters, attempts, events, sockets, jobs, notifications, webhooks, health)
#: FastAPI's own spans, on by default, hold the path with its ids and the query: `RequestSpans` takes their place
_NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
#: bodies that count their own bytes
_UPLOADS = frozenset({"/attempts"})


def create_app(gateway: GatewayContext, cors_origins: Sequence[str] = ()) -> FastAPI:
    """Builds the application."""
    app = Application(
        title="Voxbus",
        version="0.1.0",
        summary="Speak, and get feedback that is true and kind.",
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=_NO_TELEMETRY,
    )
    app.state.context = gateway
    for resource in _RESOURCES:
        app.include_router(resource.router)
    app.router.routes.extend([*health_routes(gateway.watchdog), *page_routes()])
    answer_with_problems(app)
    describe(app)
    # from the inside out
    app.add_middleware(JsonLimit, uploads=_UPLOADS)
    app.add_middleware(Guard)
    if cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Prefer"],
            expose_headers=["Location", "Preference-Applied", "Retry-After"],
            max_age=600,
        )
    app.add_middleware(RequestSpans)
    return app
