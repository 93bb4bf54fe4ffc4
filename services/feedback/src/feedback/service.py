"""Describes the feedback service: its handlers, routes, parts and settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast
from uuid import UUID

from chassis.breaker import Rule
from chassis.errors import SettingsError
from chassis.handler import Effects
from chassis.owners import key_of, owner_of
from chassis.privacy.consents import Consents
from chassis.privacy.outside import OutsideCalls
from chassis.privacy.pseudonyms import pseudonym
from chassis.privacy.recipients import Recipients
from chassis.service import Components, Platform, Service
from chassis.settings import Settings, load
from chassis.web.direct import END_S
from feedback.by_rules import RULES
from feedback.conversation import routes as conversation
from feedback.conversation import session_routes as sessions
from feedback.conversation.kept_notes import KeptNotes
from feedback.conversation.kept_turns import KeepingTalks
from feedback.conversation.realtime import routes as realtime
from feedback.conversation.realtime.late_secrets import LateSecrets
from feedback.conversation.realtime.openai import OpenAIRealtime
from feedback.conversation.realtime.relays import Relays
from feedback.conversation.realtime.secrets import ClientSecrets
from feedback.conversation.realtime.settings import RealtimeSettings
from feedback.conversation.realtime.terms import Deal
from feedback.conversation.refine import ByModel
from feedback.conversation.turn import Talks
from feedback.conversation.turn_facts import TurnFacts
from feedback.export import EXPORT
from feedback.handlers import FeedbackDeps, Models, give_feedback
from feedback.hints.handlers import HintDeps, give_hint
from feedback.hints.roles import RolesTold
from feedback.models import ends, run_routes, runs, usage
from feedback.models import routes as models
from feedback.models.budgets import Caps
from feedback.models.candidates import Candidates
from feedback.models.catalogue import Catalogue
from feedback.models.condition import condition
from feedback.models.ends import Ends
from feedback.models.engine import Engine
from feedback.models.erasure import Erasure
from feedback.models.ledger import Ledger
from feedback.models.payment import JobCalls
from feedback.models.providers import PROVIDERS as PLACES
from feedback.models.providers.late import LateProvider
from feedback.models.providers.small import SmallProvider
from feedback.models.secret import Secret
from feedback.models.settings import ModelSettings
from feedback.models.small_model import AT_ONCE, SMALL, installed
from feedback.models.upstreams import Upstream, Upstreams
from feedback.outside import Outside
from feedback.providers import PROVIDERS
from feedback.settings import FeedbackSettings
from feedback.tables import METADATA

ROUTES = (models.routes, realtime.routes, run_routes.routes, sessions.routes, usage.routes, conversation.routes)


@dataclass(frozen=True, kw_only=True)
class AllDeps(
    FeedbackDeps,
    models.ModelDeps,
    realtime.RealtimeDeps,
    runs.RunDeps,
    HintDeps,
    sessions.SessionDeps,
    usage.MoneyDeps,
    conversation.ConversationDeps,
):
    """Holds the dependencies of all handlers and routes."""


def _judge(_: Settings) -> None:
    _provider()
    own = load(ModelSettings)
    Catalogue(own)
    if own.has_small_model:
        _small_model()


def _provider() -> str:
    name = load(FeedbackSettings).feedback_provider
    if name not in PROVIDERS:
        raise SettingsError(f"VOXBUS_FEEDBACK_PROVIDER names no provider; there are: {', '.join(sorted(PROVIDERS))}.")
    return name


def _small_model() -> Path:
    path = installed()
    if path is None:
        raise SettingsError(f"VOXBUS_LOCAL_MODEL={SMALL} needs the model that `make model` installs: it is not whole.")
    return path


@asynccontextmanager
async def open_feedback(platform: Platform) -> AsyncIterator[Components]:
    """Constructs what asks models, and what writes feedback where none may."""
    own = load(ModelSettings)
    known = Catalogue(own)
    known.warn()
    ledger = Ledger(platform.database, _caps(own))
    outside = OutsideCalls(platform.consents, recipients=Recipients(platform.database))
    drained = asyncio.Event()
    async with (
        _upstreams(own, platform.consents) as upstreams,
        aclosing(TurnFacts(platform.database, platform.relay)) as facts,
        aclosing(LateSecrets(_openai_address(own))) as secrets,
    ):
        relays, client_secrets = _spoken(own, platform, known, ledger, outside, upstreams, facts, secrets)
        deps = _asking(own, platform, known, ledger, outside, upstreams, facts, relays, client_secrets, drained)
        platform.watchdog.parts["models"] = partial(condition, upstreams)
        loops = _loops(own, platform, known, ledger, upstreams)
        loops["streams"] = partial(_end_streams, platform.stopping, drained)
        app, told = owner_of("feedback", ROUTES, platform, deps), Outside(platform.consents.is_ready)
        yield Components(deps=deps, app=app, loops=loops, tell_outside=told.tell)


def _asking(
    own: ModelSettings,
    platform: Platform,
    known: Catalogue,
    ledger: Ledger,
    outside: OutsideCalls,
    upstreams: Upstreams,
    facts: TurnFacts,
    relays: Relays,
    client_secrets: ClientSecrets,
    drained: asyncio.Event,
) -> AllDeps:
    """Makes what handlers and routes ask."""
    name = partial(pseudonym, key_of("feedback", platform).hex())
    candidates = Candidates(known, upstreams, platform.consents, outside, own.ai_call_usd, name)
    engine = Engine(candidates, RULES)
    talks = Talks(catalogue=known, engine=engine, ledger=ledger, record=facts.record)

    def calls(effects: Effects, person: UUID) -> JobCalls:
        return JobCalls(ledger, effects, platform.keys, person)

    return AllDeps(
        provider=PROVIDERS[_provider()](),
        outside=outside,
        models=Models(engine, calls),
        engine=engine,
        calls=calls,
        catalogue=known,
        upstreams=upstreams,
        caps=ledger.caps,
        relays=relays,
        client_secrets=client_secrets,
        talks=KeepingTalks(talks, platform.pools["routes"]),
        drained=drained,
        refine=ByModel(Engine(candidates, {}), ledger),
        keep=KeptNotes(platform.pools["routes"]).keep,
    )


def _spoken(
    own: ModelSettings,
    platform: Platform,
    known: Catalogue,
    ledger: Ledger,
    outside: OutsideCalls,
    upstreams: Upstreams,
    facts: TurnFacts,
    secrets: LateSecrets,
) -> tuple[Relays, ClientSecrets]:
    """Makes what relays spoken conversations, and what gives out keys for those that take place elsewhere."""
    provider = OpenAIRealtime(_openai_address(own))
    key = own.key_of("openai")
    own_key = None if key is None else Secret(key)
    deal = Deal(known, load(RealtimeSettings), platform.consents, outside, provider.recipient, own_key)
    routes = platform.pools["routes"]
    relays = Relays(provider, deal, ledger, facts.tell, platform.stopping, routes, upstreams[ends.PROVIDER])
    return relays, ClientSecrets(secrets, provider.name, deal, ledger)


def _loops(
    own: ModelSettings, platform: Platform, known: Catalogue, ledger: Ledger, upstreams: Upstreams
) -> dict[str, Callable[[], Awaitable[None]]]:
    """Makes the loops that keep models, prices and the ledger as they are known."""
    pulse = platform.watchdog.pulse
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        "models": partial(known.run, pulse("feedback.models"), [each.show for each in upstreams.values()]),
        "roles": partial(RolesTold(platform, known, upstreams).run, pulse("feedback.roles")),
        "ledger": partial(ledger.run, pulse("feedback.ledger")),
    }
    if own.has_small_model:
        small = cast(SmallProvider, upstreams["local"].provider)
        loops["small_model"] = partial(small.run, pulse("feedback.small_model"))
    if (openai := upstreams[ends.PROVIDER]).key is not None:
        compare = Ends(known, cast(LateProvider, openai.provider), openai.key)
        loops["ends"] = partial(compare.run, pulse("feedback.ends"))
    return loops


def _caps(own: ModelSettings) -> Caps:
    return Caps(person=own.ai_person_day_usd, installation=own.ai_day_usd, roles=own.ai_role_day_usd)


def _openai_address(own: ModelSettings) -> str:
    return own.base_url_of("openai") or PLACES["openai"].base_url or ""


@asynccontextmanager
async def _upstreams(own: ModelSettings, gate: Consents) -> AsyncIterator[Upstreams]:
    """Makes what asks each provider, also those without a key of ours: a caller's first key opens their client."""
    rule, found = Rule(*own.ai_breaker), {}
    async with AsyncExitStack() as clients:
        for name, place in PLACES.items():
            base_url = own.base_url_of(name) or place.base_url
            if base_url is None:
                continue
            provider = LateProvider(name, place.recipient, base_url)
            clients.push_async_callback(provider.aclose)
            key = own.key_of(name)
            if key is not None or name == "local":
                await provider.open()
            found[name] = Upstream(
                provider,
                None if key is None else Secret(key),
                wants_key=place.recipient != "voxbus",
                person_as=place.person_as,
                flags=place.keeps_nothing if gate.is_ready(place.recipient) else None,
                rule=rule,
                concurrency=own.ai_concurrency,
            )
        if own.has_small_model:
            small = SmallProvider(_small_model())
            clients.push_async_callback(small.aclose)
            found[small.name] = Upstream(small, None, wants_key=False, rule=rule, concurrency=AT_ONCE)
        yield found


async def _end_streams(stopping: asyncio.Event, drained: asyncio.Event) -> None:
    """Lets answers end by themselves for a while once the process is stopped, then ends them."""
    await stopping.wait()
    await asyncio.sleep(END_S)
    drained.set()
    await asyncio.Event().wait()


SERVICE = Service(
    name="feedback",
    metadata=METADATA,
    migrations=Path(__file__).parents[2] / "migrations",
    open=open_feedback,
    judge=_judge,
    handlers=(give_feedback, give_hint, runs.run_role),
    on_path=True,
    erase=Erasure(),
    export=EXPORT,
    pools=("routes",),
    routes=ROUTES,
    problems=runs.PROBLEMS,
)
