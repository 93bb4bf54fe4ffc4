"""Makes the issuers that the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gateway.edge.auth.issuers.clerk import clerk_rule
from gateway.edge.auth.issuers.http import Away, IssuerClient
from gateway.edge.auth.issuers.issuers import Issuer, Issuers
from gateway.edge.auth.issuers.keys import OwnKeys, PublishedKeys, SecretAndPublishedKeys
from gateway.edge.auth.issuers.rule import Rule
from gateway.edge.auth.issuers.settings import IssuerSettings, OtherIssuer
from gateway.edge.auth.issuers.supabase import SupabaseAccounts, supabase_rule
from gateway.edge.auth.issuers.twitter import X
from gateway.edge.auth.issuers.verifier import Key

_OK = 200
_JWKS = "/.well-known/jwks.json"


def configured_issuers(settings: IssuerSettings, own: Issuer, client: IssuerClient) -> Issuers:
    """Returns our own issuer and those of the settings, whose keys `client` fetches."""
    return Issuers([own, *_others(settings, client)])


def configured_accounts(settings: IssuerSettings, client: IssuerClient) -> SupabaseAccounts | None:
    """Returns the server of the accounts; None when we keep them."""
    if settings.supabase_url is None or settings.supabase_key is None:
        return None
    return SupabaseAccounts(settings.supabase_url, settings.supabase_key, client)


def configured_x(settings: IssuerSettings, client: IssuerClient, *, callback: str, key: bytes) -> X | None:
    """Returns X as the settings name it; None without an application there. `callback` and `key` as `X` takes them."""
    if settings.x_client_id is None:
        return None
    return X(
        client,
        client_id=settings.x_client_id,
        client_secret=settings.x_client_secret,
        authorize_url=settings.x_authorize_url,
        api_url=settings.x_api_url,
        callback=callback,
        key=key,
    )


def _others(settings: IssuerSettings, client: IssuerClient) -> Iterator[Issuer]:
    if settings.supabase_url is not None:
        secret = settings.supabase_jwt_secret
        rule = supabase_rule(settings.supabase_url, has_secret=secret is not None)
        published = _published(rule, rule.issuer + _JWKS, client)
        keys = published if secret is None else SecretAndPublishedKeys(OwnKeys([Key("HS256", secret)]), published)
        yield Issuer(rule, keys)
    if settings.clerk_issuer is not None:
        rule = clerk_rule(settings.clerk_issuer, settings.clerk_authorized_parties)
        url = settings.clerk_jwks_url or settings.clerk_issuer.rstrip("/") + _JWKS
        yield Issuer(rule, _published(rule, url, client))
    for other in settings.issuers:
        yield _other(other, client)


def _other(other: OtherIssuer, client: IssuerClient) -> Issuer:
    rule = Rule(
        name=other.name,
        kind="other",
        issuer=other.issuer,
        algorithms=frozenset(other.algorithms),
        audience=other.audience,
        authorized_parties=None if other.authorized_parties is None else frozenset(other.authorized_parties),
        session_claim=other.session_claim,
    )
    if other.jwks_url is not None:
        return Issuer(rule, _published(rule, other.jwks_url, client))
    assert other.secret is not None  # the settings have one of the two
    return Issuer(rule, OwnKeys([Key(algorithm, other.secret) for algorithm in other.algorithms]))


def _published(rule: Rule, url: str, client: IssuerClient) -> PublishedKeys:
    return PublishedKeys(rule, url, partial(_fetch, client))


async def _fetch(client: IssuerClient, url: str) -> bytes:
    answer = await client.ask("GET", url)
    if answer.status != _OK:
        raise Away(f"status {answer.status}")
    return answer.body
