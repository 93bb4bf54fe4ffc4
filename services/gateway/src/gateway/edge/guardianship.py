"""Links guardians and children, each in one transaction with what follows: the mail, the end of consents."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from chassis.errors import DependencyDown, Erased, VoxbusError
from chassis.message.envelope import new_id
from chassis.privacy.ages import is_adult
from chassis.storage.database import Transaction
from chassis.web.keyed import KeyedWrite
from chassis.web.problems import ProblemError, not_found
from gateway.consents import decisions, evidence, guardians
from gateway.consents.guardians import Link
from gateway.edge import account_changes
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.sessions import begin_with
from gateway.edge.auth.tokens import ISSUER
from gateway.edge.consent import settle, take_back_in
from gateway.edge.context import GatewayContext
from gateway.edge.problems import NOT_OF_AGE, VERIFY_EMAIL_FIRST, unavailable
from gateway.edge.security_events import Event, SecurityEvent, record
from gateway.jobs.event_log.plan import Plan


class OwnAddress(VoxbusError):
    """Says that a child has named their own address as a guardian's."""


class InvitationOver(VoxbusError):
    """Says that an invitation was answered, is too old, or never was one."""


async def check_adult(ctx: GatewayContext, person: UUID) -> Account:
    """Returns the account of somebody who may be a guardian. Raises 403 for anybody else."""
    account = await read_account(ctx, person)
    if not is_adult(account.born, ctx.clock()):
        raise ProblemError(NOT_OF_AGE)
    if account.email is None or not account.email_verified:
        raise ProblemError(VERIFY_EMAIL_FIRST)
    return account


async def read_account(ctx: GatewayContext, person: UUID) -> Account:
    """Reads an account. Raises 404 for an erased person."""
    account = await accounts.by_id(ctx.database, person)
    if account is None:
        raise not_found()
    return account


async def invite(ctx: GatewayContext, child: UUID, email: str, write: KeyedWrite) -> None:
    """Mails a guardian-to-be the notice and the child's request. Raises `OwnAddress`."""
    async with write.transaction(ctx.database, child) as tx:
        account = await _locked(tx, child)
        if account.email == email:
            raise OwnAddress
        token = await guardians.invite(tx, child, email)
        await ctx.mails.want(
            tx,
            child,
            "guardian-invitation",
            email,
            token=token,
            child=account.username,
            notice=ctx.notices.text(ctx.notices.current),
        )


async def accept(ctx: GatewayContext, guardian: UUID, token: str, network: str | None, write: KeyedWrite) -> Link:
    """Links the guardian to the child of an invitation. Raises `InvitationOver`, and 403 as `check_adult` does."""
    asked = await guardians.read(ctx.database, token)
    if asked is None:
        raise InvitationOver
    await check_adult(ctx, guardian)
    if asked.child == guardian:
        raise InvitationOver
    async with write.transaction(ctx.database, asked.child) as tx:
        child = await accounts.lock(tx, asked.child)
        used = await guardians.use(tx, token)
        if child is None or used is None or ctx.ages.band(child.born, ctx.clock()) == "of_age":
            raise InvitationOver
        linked_at = await guardians.link(tx, child.id, guardian)
        await _record(tx, "guardian_linked", child.id, guardian, network)
        write.made(child.id)
    return Link(asked.child, linked_at)


async def make_child(
    ctx: GatewayContext, guardian: UUID, network: str | None, write: KeyedWrite, **fields: Any
) -> Link:
    """Makes an account without an address for a child; `fields` as `accounts.add`. Raises `SignInNameTaken`."""
    async with write.transaction(ctx.database, guardian) as tx:
        made = await accounts.add(tx, id=new_id(), email=None, network=network, **fields)
        await account_changes.tell(ctx.keys, ctx.ages, ctx.clock(), tx, made)
        linked_at = await guardians.link(tx, made.id, guardian)
        await _record(tx, "guardian_linked", made.id, guardian, network)
        write.made(made.id)
    return Link(made.id, linked_at)


async def end_link(ctx: GatewayContext, guardian: UUID, child: UUID, network: str | None, write: KeyedWrite) -> None:
    """Ends the consents that rest on a guardian, waits until no call begins that they allowed, and then ends the link.

    So where it raises 503 the link is still there, and asked again it waits again. Raises 404 when there is no such
    link, and 503 when the store of consents does not answer, or as `settle` does.
    """
    try:
        async with ctx.database.transaction(partial(begin_with, child)) as tx:
            account = await _locked(tx, child)
            if guardian not in {link.person for link in await guardians.of_child(tx, child)}:
                raise not_found()
            ending = await decisions.resting_on(tx, child, without=guardian)
            plan = await take_back_in(ctx, tx, account, ending, guardian, "link_ended")
        known = await evidence.of_person(ctx.database, child)
        before = [pair for pair, each in known.items() if (each.last.by, each.last.reason) == (guardian, "link_ended")]
        await settle(ctx, child, before, plan)
        async with write.transaction(ctx.database, child) as tx:
            account = await _locked(tx, child)
            if not await guardians.unlink(tx, child, guardian):
                raise not_found()
            ending = await decisions.resting_on(tx, child)  # given in between
            plan = await take_back_in(ctx, tx, account, ending, guardian, "link_ended")
            await _record(tx, "guardian_unlinked", child, guardian, network)
    except DependencyDown:
        raise unavailable() from None
    await ctx.hub.ring_for_guardians([guardian])  # who is none any more, and may look at it elsewhere
    if ending:
        await settle(ctx, child, ending, plan)


async def tell_of_erasure(ctx: GatewayContext, guardian: UUID, child: UUID, network: str | None) -> list[UUID]:
    """Notes who erases a child, and mails the other guardians, without the child's name. Raises 404 without a link.

    The erasure follows: what is written here about the child stands under its id from then on. Returns all guardians.
    """
    async with ctx.database.transaction() as tx:
        await _locked(tx, child)
        linked = [link.person for link in await guardians.of_child(tx, child)]
        if guardian not in linked:
            raise not_found()
        await _record(tx, "child_erased", child, guardian, network)
        for each in linked:
            account = None if each == guardian else await accounts.by_id(tx, each)
            if account is not None and account.email is not None:
                with suppress(Erased):
                    await ctx.mails.want(tx, each, "child-erased", account.email, language=account.language)
    return linked


async def settle_ended(ctx: GatewayContext, child: UUID) -> None:
    """Returns when no call can begin that an ended consent of a child allowed. Raises 503 as `settle` does."""
    known = await evidence.of_person(ctx.database, child)
    await settle(ctx, child, [pair for pair, each in known.items() if each.last.state == "revoked"], Plan())


async def _locked(tx: Transaction, person: UUID) -> Account:
    account = await accounts.lock(tx, person)
    if account is None:
        raise not_found()
    return account


async def _record(tx: Transaction, event: Event, child: UUID, guardian: UUID, network: str | None) -> None:
    await record(tx, SecurityEvent(event=event, person=child, actor=guardian, issuer=ISSUER, network=network))
