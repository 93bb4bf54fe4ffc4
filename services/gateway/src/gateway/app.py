"""Builds the gateway's web application from its resources and the middleware around them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.cors import CORSMiddleware

from chassis.installation_key import webhook_secret
from chassis.observe.health import health_routes
from chassis.observe.traces import RequestSpans
from chassis.settings import load
from gateway.auth.passwords import Passwords
from gateway.auth.tokens import Tokens
from gateway.context import GatewayContext
from gateway.http import accounts, attempts, events, health, jobs, notifications, sockets, tickets, twisters, webhooks
from gateway.http.context import HttpContext
from gateway.http.limits import Streams, Uploads
from gateway.http.middleware import Guard, JsonLimit
from gateway.http.openapi import describe
from gateway.http.problems import answer_with_problems
from gateway.http.static_pages import page_routes
from gateway.http.tickets import Application
from gateway.settings import GatewaySettings, signing_key

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


def create_app(
    gateway: GatewayContext, own: GatewaySettings | None = None, *, passwords: Passwords | None = None
) -> FastAPI:
    """Builds the application. Raises `SettingsError` when a setting of the gateway is missing or wrong."""
    own = own or load(GatewaySettings)
    key = signing_key(gateway.settings, own)
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
    app.state.web = HttpContext(
        gateway=gateway,
        tokens=Tokens(key),
        passwords=passwords or Passwords(),
        today=_today,
        uploads=Uploads(own.uploads_at_once),
        streams=Streams(own.streams_per_person),
        webhook_secret=partial(webhook_secret, key),
    )
    for resource in _RESOURCES:
        app.include_router(resource.router)
    app.router.routes.extend([*health_routes(gateway.watchdog), *page_routes()])
    answer_with_problems(app)
    describe(app)
    # from the inside out
    app.add_middleware(JsonLimit, uploads=_UPLOADS)
    app.add_middleware(Guard)
    if own.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(own.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Prefer"],
            expose_headers=["Location", "Preference-Applied", "Retry-After"],
            max_age=600,
        )
    app.add_middleware(RequestSpans)
    return app


def _today() -> date:
    return datetime.now(UTC).date()
