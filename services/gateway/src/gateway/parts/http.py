"""Constructs the HTTP application."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

from starlette.types import ASGIApp

from chassis.failpoints import failpoint
from chassis.privacy.ages import read_ages
from chassis.service import Platform
from chassis.storage.vault import Vault
from gateway.consents.notices import Notices
from gateway.edge.account_changes import tells_new
from gateway.edge.app import create_app
from gateway.edge.auth.identities import Identities
from gateway.edge.auth.passwords import Passwords
from gateway.edge.auth.records import Records
from gateway.edge.auth.refresh_tokens import RefreshTokens
from gateway.edge.auth.sessions import Sessions
from gateway.edge.auth.subjects import Subjects
from gateway.edge.context import GatewayContext, now
from gateway.edge.limits.concurrent import Streams, Uploads
from gateway.edge.limits.logins import Logins
from gateway.edge.limits.open_jobs import OpenJobs
from gateway.edge.limits.recordings import WaitingRecordings
from gateway.edge.mail import Mails
from gateway.jobs.accept import Acceptance
from gateway.jobs.erasures import Erasures
from gateway.jobs.reading import count_open, recording_bytes
from gateway.parts.jobs import Jobs
from gateway.parts.outside import Reached
from gateway.settings import GatewaySettings, public_url


def application(
    platform: Platform,
    own: GatewaySettings,
    key: str,
    jobs: Jobs,
    outside: Reached,
    mails: Mails,
    reset_asked: asyncio.Event,
    erasures: Erasures,
    notices: Notices,
) -> ASGIApp:
    """Builds the HTTP application."""
    rates, signs_in, database = outside.rates, outside.signs_in, platform.pools["routes"]
    previous = platform.settings.secret_key_previous
    ages = read_ages(own.ages)
    tell_new = tells_new(platform.keys, ages, now)
    passwords = Passwords(own.hash_cost)
    context = GatewayContext(
        settings=platform.settings,
        database=database,
        relay=platform.relay,
        media=platform.media,
        keys=platform.keys,
        consents=platform.consents,
        ages=ages,
        notices=notices,
        retention=platform.retention,
        consent_confirm_after=own.consent_confirm_after,
        vault=Vault(platform.keys),
        acceptance=_acceptance(platform, jobs),
        endings=jobs.endings,
        erasures=erasures,
        hub=jobs.hub,
        watchdog=platform.watchdog,
        conditions=outside.conditions,
        disks=platform.disks,
        stopping=platform.stopping,
        tokens=outside.tokens,
        issuers=signs_in.issuers,
        supabase=signs_in.supabase,
        x=signs_in.x,
        identities=Identities(database, tell_new=tell_new),
        subjects=Subjects(database, tell_new=tell_new),
        refresh_tokens=RefreshTokens(key, *([] if previous is None else [previous])),
        sessions=Sessions(database, grace=timedelta(seconds=own.refresh_grace), tell_signed_out=mails.tell_signed_out),
        passwords=passwords,
        records=Records(database, passwords, key, previous),
        mails=mails,
        reset_asked=reset_asked,
        uploads=Uploads(own.uploads_at_once, own.uploads_bytes),
        waiting=WaitingRecordings(rates, partial(recording_bytes, database), own.waiting_bytes),
        streams=Streams(own.streams_per_person),
        rates=rates,
        logins=Logins(rates),
        open_jobs=OpenJobs(rates, partial(count_open, database)),
        public_url=public_url(platform.settings, own),
        permits=jobs.permits,
        upstreams=outside.upstreams,
        analytics=outside.analytics,
    )
    return create_app(
        context, outside.document, own.cors_origins, platform.settings.trusted_proxies, own.conversation_streams
    )


def _acceptance(platform: Platform, jobs: Jobs) -> Acceptance:
    return Acceptance(
        platform.database,
        platform.relay,
        failpoint=failpoint(platform.settings.crash_at, "gateway.accept"),
        on_held=jobs.dispatcher.command_held,
        keys=platform.keys,
    )
