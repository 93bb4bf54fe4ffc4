"""Changes accounts, each in one transaction with what follows: the fact, the mail, the end of links and sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from chassis.errors import Erased, VoxbusError
from chassis.message.envelope import new_id
from chassis.privacy.ages import Ages, Born, is_adult
from chassis.storage.database import Transaction
from chassis.storage.keys import Keys
from chassis.web.keyed import KeyedWrite
from contracts.gateway import MailTemplate, PersonChanged
from gateway.edge.auth import accounts, links
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.identities import TellNew
from gateway.edge.auth.issuers.twitter import NAME as X
from gateway.edge.auth.links import Kind, MailedLink
from gateway.edge.auth.sessions import begin_with, end_all_in
from gateway.edge.auth.tokens import ISSUER
from gateway.edge.context import GatewayContext
from gateway.edge.follow_age import Following, finish, follow_age, settle_before
from gateway.edge.mail import LINKS
from gateway.edge.security_events import Event, SecurityEvent, count_since, record
from gateway.jobs.facts import emit
from gateway.jobs.probes import is_probe

_TEMPLATES: Mapping[Kind, MailTemplate] = {
    "verify": "verify-email",
    "reset": "reset-password",
    "email": "change-email",
}
#: grows with each release that tells more of accounts: then each is told of once more
_TELLS = 1
#: what is noted of an account of which nothing changes with time any more
TOLD_OF_GROWN_UPS = f"{_TELLS} of_age adult"
# $1 id $2 what was told
_NOTE_TOLD = "UPDATE people SET told = $2 WHERE id = $1 AND told IS DISTINCT FROM $2 RETURNING id"
#: why sessions end when a password is changed or reset
#: what an age follows from
_AGE = frozenset({"birth_date", "country", "time_zone"})
#: changes of a person's time zone that seven days take
_MOST_ZONES, _WEEK = 4, timedelta(days=7)
_PASSWORD = "password"  # noqa: S105  a reason, no secret


class PasswordChanged(VoxbusError):
    """Says that the password of an account was changed since it was checked."""


class LinkExpired(VoxbusError):
    """Says that the token of a link is used, old, or never was one."""


class BirthDateFixed(VoxbusError):
    """Says that a birth date is given already: it cannot be changed."""


class TooManyZones(VoxbusError):
    """Says that the time zone was changed too often in the last seven days."""


async def sign_up(ctx: GatewayContext, *, email: str, password_hash: str, **others: Any) -> Account:
    """Makes an account, and mails a link that proves its address; `others` as `accounts.add`. Raises `EmailTaken`."""
    async with ctx.database.transaction() as tx:
        made = await accounts.add(tx, id=new_id(), email=email, password_hash=password_hash, **others)
        await _tell(ctx, tx, made)
        if not is_probe(email):  # which has no mailbox
            await _mail_link(ctx, tx, made, "verify", email)
    return made


async def change(
    ctx: GatewayContext, person: UUID, changes: Mapping[str, object], network: str | None, write: KeyedWrite
) -> Account:
    """Changes what a person says about themselves; nothing is told when nothing changes.

    Consents follow the age that results. Raises `Erased`, `BirthDateFixed`, `TooManyZones`, `GuardianDecides`, and
    `DependencyDown` when the store of consents does not answer.
    """
    following = Following()
    if not _AGE.isdisjoint(changes):
        await settle_before(ctx, person)
    async with write.transaction(ctx.database, person) as tx:
        account = await _locked(tx, person)
        if account.birth_date is not None and "birth_date" in changes:
            raise BirthDateFixed
        if all(getattr(account, name) == value for name, value in changes.items()):
            return account
        if changes.get("time_zone", account.time_zone) != account.time_zone:
            if await count_since(tx, person, "time_zone_changed", ctx.clock() - _WEEK) >= _MOST_ZONES:
                raise TooManyZones
            await _record(tx, "time_zone_changed", person, network)
        changed = await accounts.change(tx, account, changes)
        following = await follow_age(ctx, tx, account, changed)
        if "birth_date" in changes:
            await _record(tx, "birth_date_set", person, network)
        await _tell(ctx, tx, changed)
    await finish(ctx, following, person)
    return changed


async def change_password(
    ctx: GatewayContext, checked: Account, password_hash: str, session: UUID, network: str | None, write: KeyedWrite
) -> None:
    """Changes a password that was checked, and ends every other session and what was asked for by mail before.

    Raises `Erased` and `PasswordChanged`.
    """
    async with write.transaction(ctx.database, checked.id) as tx:
        account = await _unchanged(tx, checked)
        await accounts.change(tx, account, {"password_hash": password_hash})
        await _record(tx, "password_changed", account.id, network)
        await links.end(tx, account.id, "reset", "email")
        await end_all_in(tx, account.id, _PASSWORD, keep=session, network=network)


async def ask_for_email(
    ctx: GatewayContext, checked: Account, email: str, network: str | None, write: KeyedWrite
) -> None:
    """Mails a link to the address that a person wants, and a notice to the one they have.

    Raises `Erased` and `PasswordChanged`.
    """
    async with write.transaction(ctx.database, checked.id) as tx:
        account = await _unchanged(tx, checked)
        await _record(tx, "email_change_asked", account.id, network)
        await _mail_link(ctx, tx, account, "email", email)
        if account.email is not None:
            await ctx.mails.want(tx, account.id, "email-changed", account.email, language=account.language)


async def confirm_email(ctx: GatewayContext, token: str, network: str | None = None) -> Account:
    """Gives an account the address that a link was sent to. Raises `LinkExpired` and `EmailTaken`."""
    async with _using(ctx, "email", token) as (tx, account, link):
        changed = await accounts.change(tx, account, {"email": link.email, "email_verified": True})
        await _record(tx, "email_changed", account.id, network)
        await links.end(tx, account.id, "verify", "reset")
        await _tell(ctx, tx, changed)
    return changed


async def send_verification(ctx: GatewayContext, person: UUID) -> None:
    """Mails a new link that proves the address, unless it is proven. Raises `Erased`."""
    async with ctx.database.transaction(partial(begin_with, person)) as tx:
        account = await _locked(tx, person)
        if account.email is not None and not account.email_verified:
            await _mail_link(ctx, tx, account, "verify", account.email)


async def verify(ctx: GatewayContext, token: str, network: str | None = None) -> Account:
    """Takes the address of an account as proven by a link that was sent to it. Raises `LinkExpired`."""
    async with _using(ctx, "verify", token) as (tx, account, link):
        if account.email != link.email:
            raise LinkExpired
        if account.email_verified:
            return account
        verified = await accounts.change(tx, account, {"email_verified": True})
        await _record(tx, "email_verified", account.id, network)
        await _tell(ctx, tx, verified)
    return verified


async def reset(ctx: GatewayContext, token: str, password_hash: str, network: str | None = None) -> Account:
    """Stores a new password, which proves the address, and ends every session.

    If the address was not proven before, somebody else may have made the account in advance: the ways to sign in with
    other issuers end too. Raises `LinkExpired`.
    """
    async with _using(ctx, "reset", token) as (tx, account, link):
        if account.email != link.email:
            raise LinkExpired
        if not account.email_verified:
            await accounts.unlink(tx, account.id)
            await ctx.vault.take_out(account.id, X)
        changed = await accounts.change(tx, account, {"password_hash": password_hash, "email_verified": True})
        await _record(tx, "password_reset", account.id, network)
        await links.end(tx, account.id, "verify", "email")
        await end_all_in(tx, account.id, _PASSWORD, network=network)
        if not account.email_verified:
            await _tell(ctx, tx, changed)
    return changed


async def _locked(tx: Transaction, person: UUID) -> Account:
    account = await accounts.lock(tx, person)
    if account is None:
        raise Erased(str(person))
    return account


async def _unchanged(tx: Transaction, checked: Account) -> Account:
    account = await _locked(tx, checked.id)
    if account.password_hash != checked.password_hash:
        raise PasswordChanged
    return account


@asynccontextmanager
async def _using(ctx: GatewayContext, kind: Kind, token: str) -> AsyncIterator[tuple[Transaction, Account, MailedLink]]:
    """Uses a link up, in a transaction that locks its person. Raises `LinkExpired`."""
    found = await links.read(ctx.database, kind, token)
    if found is None:
        raise LinkExpired
    async with ctx.database.transaction(partial(begin_with, found.person)) as tx:
        account = await accounts.lock(tx, found.person)
        link = await links.use(tx, kind, token)
        if account is None or link is None:
            raise LinkExpired
        yield tx, account, link


async def _mail_link(ctx: GatewayContext, tx: Transaction, account: Account, kind: Kind, to: str) -> None:
    template = _TEMPLATES[kind]
    token = await links.issue(tx, account.id, kind, to, LINKS[template].lifetime)
    await ctx.mails.want(tx, account.id, template, to, token=token, language=account.language)


async def _record(tx: Transaction, event: Event, person: UUID, network: str | None) -> None:
    await record(tx, SecurityEvent(event=event, person=person, issuer=ISSUER, network=network))


async def _tell(ctx: GatewayContext, tx: Transaction, account: Account) -> None:
    await tell(ctx.keys, ctx.ages, ctx.clock(), tx, account)


def tells_new(keys: Keys, ages: Ages, clock: Callable[[], datetime]) -> TellNew:
    """Returns what tells the other services of a person of another issuer, made in the transaction that it is given."""

    async def tell_new(tx: Transaction, person: UUID) -> None:
        account = await accounts.lock(tx, person)
        if account is not None:
            await tell(keys, ages, clock(), tx, account)

    return tell_new


async def tell(keys: Keys, ages: Ages, now: datetime, tx: Transaction, account: Account, *, again: bool = True) -> None:
    """Tells the other services what the account says now, and notes it. `again`: also if that is what they know."""
    told = told_of(ages, account.born, now)
    if not await tx.fetch(_NOTE_TOLD, account.id, told) and not again:
        return
    fact = PersonChanged(
        person_id=account.id,
        time_zone=account.time_zone,
        language=account.language,
        country=account.country,
        age_band=ages.band(account.born, now),
        username=account.username,
        email=account.email,
        email_verified=account.email_verified,
        adult=is_adult(account.born, now),
        at=account.at,
    )
    await emit(tx, keys, fact, about=account.id)


def told_of(ages: Ages, born: Born, now: datetime) -> str:
    """Returns what is noted of an account that was told of: what changes with time, after the version of the fact."""
    return f"{_TELLS} {ages.band(born, now)} {'adult' if is_adult(born, now) else 'minor'}"
