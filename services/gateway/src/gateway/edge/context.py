"""Provides every resource with the parts of the gateway and the id in the path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request

from chassis.delivery.relay import Relay
from chassis.observe.health import Watchdog
from chassis.privacy.ages import Ages
from chassis.privacy.consents import Consents
from chassis.privacy.retention import Retention, retention
from chassis.settings import Settings
from chassis.storage.database import Database
from chassis.storage.disk import Disks
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.storage.vault import Vault
from chassis.web.problems import not_found
from gateway.consents.notices import Notices
from gateway.edge.analytics import Sink
from gateway.edge.auth.identities import Identities
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.issuers.supabase import SupabaseAccounts
from gateway.edge.auth.issuers.twitter import X
from gateway.edge.auth.passwords import Passwords
from gateway.edge.auth.records import Records
from gateway.edge.auth.refresh_tokens import RefreshTokens
from gateway.edge.auth.sessions import Sessions
from gateway.edge.auth.subjects import Subjects
from gateway.edge.auth.tokens import Tokens
from gateway.edge.conditions import Conditions
from gateway.edge.forward.upstream import Upstream
from gateway.edge.limits.concurrent import Streams, Uploads
from gateway.edge.limits.logins import Logins
from gateway.edge.limits.open_jobs import OpenJobs
from gateway.edge.limits.rates import Rates
from gateway.edge.limits.recordings import WaitingRecordings
from gateway.edge.mail import Mails
from gateway.edge.streams.hub import Hub
from gateway.edge.streams.permits import Permits
from gateway.jobs.accept import Acceptance
from gateway.jobs.end_jobs import Endings
from gateway.jobs.erasures import Erasures
from gateway.settings import LOCAL


def now() -> datetime:
    """Returns the moment, by which ages are judged."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class GatewayContext:
    """Holds the parts that a resource may use; `service` makes it, `app.create_app` takes it."""

    settings: Settings
    #: the pool for requests: those that wait in it do not delay accepting, streams or the recorder
    database: Database
    relay: Relay
    media: Media
    keys: Keys
    #: the gate that every use of a person's data passes
    consents: Consents
    vault: Vault
    acceptance: Acceptance
    endings: Endings
    erasures: Erasures
    hub: Hub
    watchdog: Watchdog
    #: how database and owners were a moment ago
    conditions: Conditions
    disks: Disks
    stopping: asyncio.Event
    tokens: Tokens
    #: ourselves among them
    issuers: Issuers
    identities: Identities
    subjects: Subjects
    refresh_tokens: RefreshTokens
    sessions: Sessions
    passwords: Passwords
    #: by which repeated requests are known
    records: Records
    mails: Mails
    uploads: Uploads
    waiting: WaitingRecordings
    streams: Streams
    rates: Rates
    logins: Logins
    open_jobs: OpenJobs
    permits: Permits
    #: set when somebody has asked for a link to choose a new password
    reset_asked: asyncio.Event = field(default_factory=asyncio.Event)
    ages: Ages = field(default_factory=Ages)
    notices: Notices = field(default_factory=lambda: Notices(None))
    #: what is kept of people, and for how long
    retention: Retention = field(default_factory=retention)
    #: after which time the second mail of `email_plus` is sent
    consent_confirm_after: timedelta = timedelta(hours=24)
    #: the address of this installation in links, without a slash at its end
    public_url: str = f"http://{LOCAL}:8000"
    #: the other services' routes, by the name of the service
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    #: keeps the accounts, if not we
    supabase: SupabaseAccounts | None = None
    #: signs people in with X; None without an application there
    x: X | None = None
    clock: Callable[[], datetime] = now
    #: learns what people of age do; None: nobody does
    analytics: Sink | None = None


async def _context(request: Request) -> GatewayContext:
    ctx: GatewayContext = request.app.state.context
    return ctx


Ctx = Annotated[GatewayContext, Depends(_context)]


async def _path_id(id: Annotated[str, Path(json_schema_extra={"format": "uuid"})]) -> UUID:
    try:
        return UUID(id)
    except ValueError:
        raise not_found() from None


#: the `{id}` of a path; an invalid id is a 404, like one that does not exist
PathId = Annotated[UUID, Depends(_path_id)]
