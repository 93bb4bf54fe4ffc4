"""Describes the gateway as a service; only this module constructs its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from chassis.delivery.retention import Retires
from chassis.failpoints import failpoint
from chassis.installation_key import derived_key
from chassis.loops import every, rest
from chassis.observe.logs import logger
from chassis.privacy.ages import Ages, read_ages
from chassis.service import Components, Platform, Service
from chassis.settings import PREFIX, Settings, load
from chassis.storage.erasure_ledger import ErasureLedger, open_ledger
from chassis.storage.keys import Keys
from chassis.storage.vault import Vault
from contracts.views import ASSESSMENTS_1, ATTEMPT_NEXT_1, NEXT, PROGRESS, VIEWS, open_of
from gateway.consents.notices import Notices
from gateway.edge.account_changes import tells_new
from gateway.edge.app import create_app
from gateway.edge.auth.identities import Identities
from gateway.edge.auth.issuers.configured import configured_accounts, configured_issuers, configured_x
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.issuers.settings import IssuerSettings, issuer_settings
from gateway.edge.auth.issuers.supabase import SupabaseAccounts
from gateway.edge.auth.issuers.twitter import X
from gateway.edge.auth.passwords import Passwords
from gateway.edge.auth.records import Records
from gateway.edge.auth.refresh_tokens import RefreshTokens
from gateway.edge.auth.sessions import Sessions
from gateway.edge.auth.subjects import Subjects
from gateway.edge.auth.tokens import Tokens
from gateway.edge.certificates import CertificateKey
from gateway.edge.coming_of_age import ComingOfAge
from gateway.edge.consent_mails import GatewayDeps, confirm_consents
from gateway.edge.consent_upkeep import ConsentUpkeep
from gateway.edge.context import GatewayContext, now
from gateway.edge.forgotten_passwords import ForgottenPasswords
from gateway.edge.forward.owners import upstreams_of
from gateway.edge.forward.upstream import Upstream
from gateway.edge.limits.concurrent import Streams, Uploads
from gateway.edge.limits.counters import Counters
from gateway.edge.limits.logins import Logins
from gateway.edge.limits.open_jobs import OpenJobs
from gateway.edge.limits.policies import Name, Policy, read_policies
from gateway.edge.limits.rates import Rates
from gateway.edge.limits.recordings import WaitingRecordings
from gateway.edge.limits.redis import SharedStore
from gateway.edge.limits.refusals import Refusals
from gateway.edge.mail import Mails
from gateway.edge.openapi import PublicDocument, read_document
from gateway.edge.outside import Outside, configured_admins
from gateway.edge.reconcile import StillOnTheirWay, reconcile
from gateway.edge.security_events import note_secret_key
from gateway.edge.streams.hub import Hub
from gateway.edge.streams.permits import Permits
from gateway.edge.twitter import CALLBACK
from gateway.edge.webhooks_before import give_to_webhooks_before
from gateway.exports.declared import EXPORT
from gateway.exports.handlers import ExportDeps, begin_export, collect_export, make_export
from gateway.jobs.accept import Acceptance
from gateway.jobs.activity import Activity, moment_of
from gateway.jobs.archives import Archives
from gateway.jobs.audit import Audit
from gateway.jobs.end_jobs import OVERDUE, Endings
from gateway.jobs.erase_person import apply_ledger, erase_rows, refuse_lost_keys
from gateway.jobs.erasures import Erasures, confirm_erasure
from gateway.jobs.event_log.recorder import QUEUE, Recorder
from gateway.jobs.fair_dispatch import Dispatcher
from gateway.jobs.inactivity import Inactivity
from gateway.jobs.maintenance import Sweep, watch_deadlines
from gateway.jobs.reading import count_open, recording_bytes
from gateway.jobs.receipts import keep_receipts
from gateway.jobs.recordings import RECORDINGS
from gateway.jobs.retires import LogWeeks, Recordings
from gateway.jobs.tombstones import Tombstones
from gateway.jobs.topology import TopologyKeeper
from gateway.settings import GatewaySettings, owner_urls, public_url, signing_key
from gateway.tables import METADATA

#: the views that this release reads, and the services that publish them
READ = tuple(view for view in VIEWS if view not in (ASSESSMENTS_1, ATTEMPT_NEXT_1, NEXT, PROGRESS))
PUBLISH = sorted({view.name.split("_")[0] for view in READ})

_log = logger(__name__)

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def _judge(settings: Settings) -> None:
    own = load(GatewaySettings)
    public_url(settings, own)
    read_policies(own.rate_limits)
    read_ages(own.ages)
    issuer_settings()


@dataclass(frozen=True, kw_only=True)
class _Deps(GatewayDeps, ExportDeps):
    """Holds what the handlers use besides their unit."""


@dataclass(frozen=True, slots=True)
class _Jobs:
    """Holds what records, follows and ends jobs, whoever asks for it."""

    endings: Endings
    hub: Hub
    permits: Permits
    dispatcher: Dispatcher
    recorder: Recorder
    audit: Audit
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class _Outside:
    """Holds what a request reaches outside this service, and is closed at the end."""

    document: PublicDocument
    upstreams: Mapping[str, Upstream]
    rates: Rates
    tokens: Tokens
    signs_in: _SignsIn


@dataclass(frozen=True, slots=True)
class _SignsIn:
    """Holds who signs people in besides ourselves."""

    issuers: Issuers
    supabase: SupabaseAccounts | None
    x: X | None
    #: whom an erasure tells
    issuers_told: Outside


@asynccontextmanager
async def _open(platform: Platform) -> AsyncIterator[Components]:
    own = load(GatewaySettings)
    key = signing_key(platform.settings, own)
    jobs = _jobs(platform)
    await refuse_lost_keys(platform.database, platform.keys)
    ledger = open_ledger(platform.settings)
    await ledger.check()
    await apply_ledger(platform.database, platform.keys, ledger)
    await note_secret_key(platform.database, key)
    notices = Notices(own.privacy_contact)
    if not notices.is_complete:
        _log.warning("the notice to guardians is incomplete", missing=f"{PREFIX}PRIVACY_CONTACT")
    await give_to_webhooks_before(platform.database, platform.keys, read_ages(own.ages), notices, now)
    with suppress(StillOnTheirWay):  # the upkeep looks again
        await reconcile(platform.database, platform.keys, notices)
    await jobs.sweep.make_partitions()  # before any row goes to the default partition
    mails, reset_asked = Mails(platform.keys, public_url(platform.settings, own)), asyncio.Event()
    forgotten = ForgottenPasswords(platform.database, mails)
    async with _outside(platform, own, key) as outside:
        loops = _loops(platform, jobs)
        loops["issuers"] = partial(outside.signs_in.issuers.keep_keys, platform.watchdog.pulse("gateway.issuers"))
        loops["forgotten"] = partial(forgotten.run, platform.watchdog.pulse("gateway.forgotten"), reset_asked)
        ages = read_ages(own.ages)
        birthdays = ComingOfAge(database=platform.database, keys=platform.keys, mails=mails, ages=ages, clock=now)
        upkeep = ConsentUpkeep(platform.database, platform.keys, notices, birthdays)
        loops["consents"] = partial(upkeep.run, platform.watchdog.pulse("gateway.consents"))
        erasures = await _erasures(platform, own, key, ledger, jobs, outside.signs_in.issuers_told)
        loops["sagas"] = partial(erasures.run, platform.watchdog.pulse("gateway.sagas"))
        loops["activity"] = partial(_follow_activity, platform, read_ages(own.ages), mails, erasures)
        loops["ended"] = partial(jobs.permits.follow, platform.bus)
        app = _http(platform, own, key, jobs, outside, mails, reset_asked, erasures, notices)
        kept = platform.retention.classes["export"].keep
        deps = _Deps(
            database=platform.database,
            mails=mails,
            notices=notices,
            keys=platform.keys,
            media=platform.media,
            kept=kept,
        )
        retires: dict[str, Retires] = {
            RECORDINGS: Recordings(platform.database, platform.media),
            "log": LogWeeks(platform.database),
            "exports": Archives(platform.database, platform.media, kept),
            "erasures.jsonl": Tombstones(platform.database, platform.keys, ledger),
        }
        yield Components(deps=deps, public_app=app, loops=loops, retires=retires, tell_outside=erasures.tell_outside)


def _jobs(platform: Platform) -> _Jobs:
    crash_at = platform.settings.crash_at
    dispatcher = Dispatcher(
        platform.database,
        platform.relay,
        platform.watchdog.pulse("gateway.turns"),
        failpoint=failpoint(crash_at, "gateway.turns"),
    )
    return _Jobs(
        endings=Endings(platform.database, platform.relay, platform.bus),
        hub=Hub(
            platform.database,
            platform.bus,
            platform.watchdog.pulse("gateway.hub"),
            platform.stopping,
            keys=platform.keys,
        ),
        # not with the pool for requests: streams end in time also while requests wait for a connection
        permits=Permits(Sessions(platform.database).alive, platform.watchdog.pulse("gateway.permits")),
        dispatcher=dispatcher,
        recorder=Recorder(
            platform.pools["recorder"],
            platform.relay,
            platform.bus,
            platform.watchdog.pulse("gateway.recorder"),
            platform.stopping,
            failpoint(crash_at, QUEUE.name),
            dispatcher.place_freed,
        ),
        audit=Audit(platform.database, platform.bus, [queue.service for queue in platform.topology.queues]),
        sweep=Sweep(platform.database),
    )


async def _follow_activity(platform: Platform, ages: Ages, mails: Mails, erasures: Erasures) -> None:
    """Notes who is active, tells those who are not, and erases them when their time is over, until cancelled."""
    now = partial(moment_of, platform.database)
    activity = Activity(platform.database, platform.keys, ages, now)
    inactivity = Inactivity(
        platform.database,
        platform.retention.classes["account"],
        mails.tell_inactive,
        erasures.erase,
        now,
    )

    async def both() -> None:
        await activity.note()
        await inactivity.once()

    seconds, pulse = platform.settings.retention_every.total_seconds(), platform.watchdog.pulse("gateway.activity")
    await rest(min(seconds, 30.0), pulse)  # the services' workers begin later, and know then who is active
    await every(seconds, both, pulse, again=30.0, jitter=0.1)


async def _erasures(
    platform: Platform, own: GatewaySettings, key: str, ledger: ErasureLedger, jobs: _Jobs, told: Outside
) -> Erasures:
    certificates = CertificateKey(key)
    await certificates.publish(platform.database)
    return Erasures(
        platform.database,
        platform.keys,
        ledger,
        platform.bus,
        receipts=derived_key(key, "receipts of erasures"),
        sign=certificates.sign,
        issuer=public_url(platform.settings, own),
        end_streams=jobs.permits.end_streams,
        keep_grants=told.keep_grants,
        tell=told.tell,
        failpoint=failpoint(platform.settings.crash_at, "gateway.erase"),
        backups_kept=platform.settings.backups_kept,
    )


def _loops(platform: Platform, jobs: _Jobs) -> dict[str, Callable[[], Awaitable[None]]]:
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        "recorder": jobs.recorder.run,
        "hub": jobs.hub.run,
        "permits": jobs.permits.run,
        "deadlines": partial(watch_deadlines, jobs.endings, platform.watchdog.pulse("gateway.deadlines")),
        "sweep": partial(jobs.sweep.run, platform.watchdog),
        "turns": jobs.dispatcher.run,
        "audit": partial(jobs.audit.run, platform.watchdog.pulse("gateway.audit")),
    }
    # on the memory bus no queue can be lost, and the noted ones would look lost on another bus later
    if not platform.single_process:
        keeper = TopologyKeeper(platform.database, platform.bus, platform.topology)
        loops["topology"] = partial(keeper.run, platform.watchdog.pulse("gateway.topology"))
    return loops


@asynccontextmanager
async def _outside(platform: Platform, own: GatewaySettings, key: str) -> AsyncIterator[_Outside]:
    policies = read_policies(own.rate_limits)
    tokens = Tokens(key, lifetime=timedelta(minutes=own.access_minutes), previous=platform.settings.secret_key_previous)
    async with (
        _upstreams(platform, key) as (document, upstreams),
        _rates(platform, own, key, policies) as rates,
        _issuers(issuer_settings(), platform.keys, tokens, key, public_url(platform.settings, own)) as signs_in,
    ):
        yield _Outside(document, upstreams, rates, tokens, signs_in)


@asynccontextmanager
async def _upstreams(platform: Platform, secret: str) -> AsyncIterator[tuple[PublicDocument, dict[str, Upstream]]]:
    """Opens the hops to the services that own routes, and closes them at the end."""
    document = read_document()
    upstreams = upstreams_of(document.table.owners, owner_urls(document.table.owners), platform, secret)
    try:
        yield document, upstreams
    finally:
        for upstream in upstreams.values():
            await upstream.aclose()


@asynccontextmanager
async def _rates(
    platform: Platform, own: GatewaySettings, secret: str, policies: Mapping[Name, Policy]
) -> AsyncIterator[Rates]:
    """Opens what requests are counted in: memory, or the Redis of the settings."""
    store = None if own.redis_url is None else SharedStore(own.redis_url)
    try:
        counters = Counters(None if store is None else store.storage)
        refusals = Refusals(platform.pools["routes"], counters)
        yield Rates(counters, key=derived_key(secret, "limits"), policies=policies, refusals=refusals)
    finally:
        if store is not None:
            await store.aclose()


@asynccontextmanager
async def _issuers(
    settings: IssuerSettings, keys: Keys, tokens: Tokens, secret: str, address: str
) -> AsyncIterator[_SignsIn]:
    """Opens the connections to other issuers, to X, and to the server of the accounts, if not we keep them."""
    client = IssuerClient()
    issuers = configured_issuers(settings, tokens.issuer, client)
    x = configured_x(settings, client, callback=address + CALLBACK, key=derived_key(secret, "pkce"))
    try:
        admins, key = configured_admins(settings), derived_key(secret, "grants of the erased")
        told = Outside(Vault(keys), x, issuers, client, admins, key=key)
        yield _SignsIn(issuers, configured_accounts(settings, client), x, told)
    finally:
        await issuers.aclose()
        await client.aclose()


def _http(
    platform: Platform,
    own: GatewaySettings,
    key: str,
    jobs: _Jobs,
    outside: _Outside,
    mails: Mails,
    reset_asked: asyncio.Event,
    erasures: Erasures,
    notices: Notices,
) -> ASGIApp:
    """Builds the HTTP application."""
    acceptance = Acceptance(
        platform.database,
        platform.relay,
        failpoint=failpoint(platform.settings.crash_at, "gateway.accept"),
        on_held=jobs.dispatcher.command_held,
        keys=platform.keys,
    )
    rates, signs_in = outside.rates, outside.signs_in
    previous = platform.settings.secret_key_previous
    ages = read_ages(own.ages)
    tell_new = tells_new(platform.keys, ages, now)
    passwords = Passwords(own.hash_cost)
    context = GatewayContext(
        settings=platform.settings,
        database=platform.pools["routes"],
        relay=platform.relay,
        media=platform.media,
        keys=platform.keys,
        consents=platform.consents,
        ages=ages,
        notices=notices,
        retention=platform.retention,
        consent_confirm_after=own.consent_confirm_after,
        vault=Vault(platform.keys),
        acceptance=acceptance,
        endings=jobs.endings,
        erasures=erasures,
        hub=jobs.hub,
        watchdog=platform.watchdog,
        disks=platform.disks,
        stopping=platform.stopping,
        tokens=outside.tokens,
        issuers=signs_in.issuers,
        supabase=signs_in.supabase,
        x=signs_in.x,
        identities=Identities(platform.pools["routes"], tell_new=tell_new),
        subjects=Subjects(platform.pools["routes"], tell_new=tell_new),
        refresh_tokens=RefreshTokens(key, *([] if previous is None else [previous])),
        sessions=Sessions(
            platform.pools["routes"],
            grace=timedelta(seconds=own.refresh_grace),
            tell_signed_out=mails.tell_signed_out,
        ),
        passwords=passwords,
        records=Records(platform.pools["routes"], passwords, key, previous),
        mails=mails,
        reset_asked=reset_asked,
        uploads=Uploads(own.uploads_at_once, own.uploads_bytes),
        waiting=WaitingRecordings(rates, partial(recording_bytes, platform.pools["routes"]), own.waiting_bytes),
        streams=Streams(own.streams_per_person),
        rates=rates,
        logins=Logins(rates),
        open_jobs=OpenJobs(rates, partial(count_open, platform.pools["routes"])),
        public_url=public_url(platform.settings, own),
        permits=jobs.permits,
        upstreams=outside.upstreams,
    )
    return create_app(
        context, outside.document, own.cors_origins, platform.settings.trusted_proxies, own.conversation_streams
    )


SERVICE = Service(
    name="gateway",
    metadata=METADATA,
    migrations=_MIGRATIONS,
    open=_open,
    judge=_judge,
    handlers=(confirm_erasure, confirm_consents, keep_receipts, begin_export, collect_export, make_export),
    on_path=True,
    queues=(QUEUE,),
    pools=("routes", "recorder"),
    erase=erase_rows,
    erases_first=True,
    export=EXPORT,
    reads=tuple(view.name for view in (*READ, *(open_of(name) for name in ("gateway", *PUBLISH)))),
    problems=(OVERDUE,),
)
