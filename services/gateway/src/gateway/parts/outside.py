"""Opens what requests reach outside this service, and closes it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from chassis.errors import SettingsError
from chassis.installation_key import derived_key
from chassis.privacy.outside import OutsideCalls
from chassis.privacy.recipients import Recipients
from chassis.service import Platform
from chassis.settings import PREFIX
from chassis.storage.keys import Keys
from chassis.storage.vault import Vault
from gateway.analytics.event import Vendor
from gateway.analytics.firebase import Firebase
from gateway.analytics.mixpanel import Mixpanel
from gateway.analytics.sender import Analytics
from gateway.edge.auth.issuers.configured import configured_accounts, configured_issuers, configured_x
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.issuers.settings import IssuerSettings, issuer_settings
from gateway.edge.auth.issuers.supabase import SupabaseAccounts
from gateway.edge.auth.issuers.twitter import X
from gateway.edge.auth.tokens import Tokens
from gateway.edge.conditions import Conditions
from gateway.edge.forward.owners import upstreams_of
from gateway.edge.forward.upstream import Upstream
from gateway.edge.limits.counters import Counters
from gateway.edge.limits.policies import Name, Policy, read_policies
from gateway.edge.limits.rates import Rates
from gateway.edge.limits.redis import SharedStore
from gateway.edge.limits.refusals import Refusals
from gateway.edge.openapi import PublicDocument, read_document
from gateway.edge.outside import Outside, configured_admins
from gateway.edge.twitter import CALLBACK
from gateway.settings import GatewaySettings, owner_urls, public_url


@dataclass(frozen=True, slots=True)
class SignsIn:
    """Holds who signs people in besides ourselves."""

    issuers: Issuers
    supabase: SupabaseAccounts | None
    x: X | None
    #: whom an erasure tells
    issuers_told: Outside


@dataclass(frozen=True, slots=True)
class Reached:
    """Holds what a request reaches outside this service, and is closed at the end."""

    document: PublicDocument
    upstreams: Mapping[str, Upstream]
    conditions: Conditions
    rates: Rates
    tokens: Tokens
    signs_in: SignsIn
    #: what grown-ups use is told to, if a setting names anybody
    analytics: Analytics | None


@asynccontextmanager
async def open_outside(platform: Platform, own: GatewaySettings, key: str) -> AsyncIterator[Reached]:
    policies = read_policies(own.rate_limits)
    tokens = Tokens(key, lifetime=timedelta(minutes=own.access_minutes), previous=platform.settings.secret_key_previous)
    async with (
        _upstreams(platform, key) as (document, upstreams),
        _rates(platform, own, key, policies) as rates,
        _issuers(issuer_settings(), platform.keys, tokens, key, public_url(platform.settings, own)) as signs_in,
        _analytics(platform, own, key) as analytics,
    ):
        conditions = Conditions(platform.pools["routes"], upstreams)
        yield Reached(document, upstreams, conditions, rates, tokens, signs_in, analytics)


def vendors_of(own: GatewaySettings) -> list[Vendor]:
    """Returns whom the settings name. Raises `SettingsError` where they name one by half."""
    vendors: list[Vendor] = []
    if own.mixpanel_token is not None:
        vendors.append(Mixpanel(own.mixpanel_url, own.mixpanel_token))
    match own.firebase_app_id, own.firebase_api_secret:
        case str(app_id), str(secret):
            vendors.append(Firebase(own.firebase_url, app_id, secret))
        case None, None:
            pass
        case _:
            raise SettingsError(f"{PREFIX}FIREBASE_APP_ID and {PREFIX}FIREBASE_API_SECRET are given together or not.")
    return vendors


@asynccontextmanager
async def _analytics(platform: Platform, own: GatewaySettings, key: str) -> AsyncIterator[Analytics | None]:
    """Begins to tell whom the settings name, and ends it at once: what waits is lost."""
    vendors = vendors_of(own)
    if not vendors:
        yield None
        return
    analytics = Analytics(vendors, OutsideCalls(platform.consents, recipients=Recipients(platform.database)), key)
    telling = asyncio.create_task(analytics.run())
    try:
        yield analytics
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


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
) -> AsyncIterator[SignsIn]:
    """Opens the connections to other issuers, to X, and to the server of the accounts, if not we keep them."""
    client = IssuerClient()
    issuers = configured_issuers(settings, tokens.issuer, client)
    x = configured_x(settings, client, callback=address + CALLBACK, key=derived_key(secret, "pkce"))
    try:
        admins, key = configured_admins(settings), derived_key(secret, "grants of the erased")
        told = Outside(Vault(keys), x, issuers, client, admins, key=key)
        yield SignsIn(issuers, configured_accounts(settings, client), x, told)
    finally:
        await issuers.aclose()
        await client.aclose()
