"""Lets people sign up and in with Supabase Auth where that keeps the accounts; what else we know of them stays here."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from chassis.observe.logs import logger
from chassis.web.problems import UNAVAILABLE, ProblemError, ProblemType, invalid
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.identities import Profile, Revoked
from gateway.edge.auth.issuers.http import Away
from gateway.edge.auth.issuers.keys import KeysUnknown
from gateway.edge.auth.issuers.rule import InvalidToken
from gateway.edge.auth.issuers.supabase import Reason, Refused, SupabaseAccounts, SupabaseTokens, Unconfirmed
from gateway.edge.context import GatewayContext
from gateway.edge.problems import (
    EMAIL_TAKEN,
    LINK_EXPIRED,
    RATE_LIMITED,
    REFRESH_INVALID,
    REFRESH_REUSED,
    WRONG_CREDENTIALS,
)
from gateway.edge.security_events import SecurityEvent, record

_AWAY = "The server of the accounts does not answer. Try again in a moment."
_PROBLEMS: dict[Reason, ProblemType] = {
    Reason.WRONG_CREDENTIALS: WRONG_CREDENTIALS,
    Reason.EMAIL_TAKEN: EMAIL_TAKEN,
    Reason.REFRESH_INVALID: REFRESH_INVALID,
    Reason.REFRESH_REUSED: REFRESH_REUSED,
    Reason.LINK_EXPIRED: LINK_EXPIRED,
}
_SIGN_IN = (WRONG_CREDENTIALS, REFRESH_INVALID, REFRESH_REUSED)

_log = logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """Holds an account and the tokens of a session of it."""

    account: Account
    tokens: SupabaseTokens


async def sign_up(
    ctx: GatewayContext,
    server: SupabaseAccounts,
    email: str,
    password: SecretStr,
    profile: Profile,
    device: str | None,
    network: str | None,
) -> SignedIn | None:
    """Makes an account and signs in to it; None when the address has to be confirmed first, by a mail of Supabase."""
    try:
        made = await server.sign_up(email, password.get_secret_value())
    except (Refused, Away) as error:
        raise problem_of(error) from None
    if isinstance(made, SupabaseTokens):
        return await _signed_in(ctx, made, profile, device, network)
    if isinstance(made, Unconfirmed) and made.subject is not None:
        await ctx.identities.expect(server.issuer, made.subject, email, profile, network=network)
    return None


async def log_in(
    ctx: GatewayContext,
    server: SupabaseAccounts,
    email: str,
    password: SecretStr,
    device: str | None,
    network: str | None,
) -> SignedIn:
    """Signs in."""
    try:
        tokens = await server.log_in(email, password.get_secret_value())
    except (Refused, Away) as error:
        if isinstance(error, Refused) and error.reason is Reason.WRONG_CREDENTIALS:
            event = SecurityEvent(event="sign_in_failed", issuer=server.issuer, network=network)
            await record(ctx.database, event)
        raise problem_of(error) from None
    return await _signed_in(ctx, tokens, Profile(), device, network)


async def refresh(
    ctx: GatewayContext, server: SupabaseAccounts, token: SecretStr, device: str | None, network: str | None
) -> SignedIn:
    """Spends a refresh token. That of a session that has ended here is refused, whatever Supabase says."""
    try:
        tokens = await server.refresh(token.get_secret_value())
    except (Refused, Away) as error:
        raise problem_of(error) from None
    return await _signed_in(ctx, tokens, Profile(), device, network, ended=REFRESH_INVALID)


async def log_out(server: SupabaseAccounts, access_token: str, *, everywhere: bool) -> None:
    """Tells Supabase that a session has ended, so that it refreshes it no more. Here it has ended before."""
    try:
        await server.log_out(access_token, everywhere=everywhere)
    except (Refused, Away) as error:
        _log.warning("supabase was not told of a logout", error=type(error).__name__)


async def forget_password(server: SupabaseAccounts, email: str) -> None:
    """Lets Supabase mail a link to choose a new password."""
    try:
        await server.recover(email)
    except (Refused, Away) as error:
        raise problem_of(error) from None


async def reset_password(
    ctx: GatewayContext, server: SupabaseAccounts, token: str, password: SecretStr, network: str | None
) -> None:
    """Stores a new password by the token of such a link, and ends every session here and there."""
    try:
        tokens = await server.reset(token, password.get_secret_value())
        person = (await _signed_in(ctx, tokens, Profile(), None, network)).account.id
        event = SecurityEvent(event="password_reset", person=person, issuer=server.issuer, network=network)
        await record(ctx.database, event)
        await ctx.sessions.end_all(person, "password", network=network)
        await server.log_out(tokens.access_token, everywhere=True)
    except (Refused, Away) as error:
        raise problem_of(error) from None


def problem_of(error: Refused | Away) -> ProblemError:
    """Returns our problem for what Supabase refuses, or for its silence."""
    if isinstance(error, Away):
        return ProblemError(UNAVAILABLE, _AWAY)
    if error.reason is Reason.TOO_MANY:
        return ProblemError(RATE_LIMITED, headers={"Retry-After": str(max(1, error.retry_after))})
    if error.reason is Reason.NOT_CONFIRMED:
        detail = "Confirm your e-mail address first: press the link in the mail."
        return ProblemError(WRONG_CREDENTIALS, detail, headers={"WWW-Authenticate": "Bearer"})
    if error.reason is Reason.BAD_EMAIL:
        return invalid(("email", "is not accepted"))
    if error.reason is Reason.BAD_PASSWORD:
        return invalid(("password", "is not accepted: choose another"))
    problem = _PROBLEMS[error.reason]
    return ProblemError(problem, headers={"WWW-Authenticate": "Bearer"} if problem in _SIGN_IN else None)


async def _signed_in(
    ctx: GatewayContext,
    tokens: SupabaseTokens,
    profile: Profile,
    device: str | None,
    network: str | None,
    *,
    ended: ProblemType = WRONG_CREDENTIALS,
) -> SignedIn:
    """Returns the account of a session, whose token is checked like any other. Raises `ended` for one that is over."""
    try:
        verified = await ctx.issuers.verify(tokens.access_token)
        if verified.rule.kind != "supabase":
            raise InvalidToken("another issuer")
        account = await accounts.by_id(
            ctx.database, await ctx.identities.meet(verified, profile, device=device, network=network)
        )
    except (InvalidToken, KeysUnknown) as error:
        _log.error("supabase gives a token that is not good", error=type(error).__name__)
        raise ProblemError(UNAVAILABLE, _AWAY) from None
    except Revoked:
        account = None
    if account is None:
        raise ProblemError(ended, headers={"WWW-Authenticate": "Bearer"})
    return SignedIn(account, tokens)
