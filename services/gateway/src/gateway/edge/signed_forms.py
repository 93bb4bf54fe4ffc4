"""Takes signed forms of guardians, and lets what admins decide about them hold, each in one transaction."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from chassis.errors import DependencyDown, VoxbusError
from chassis.privacy.law import Pair
from chassis.storage.database import Database, Transaction
from chassis.storage.keys import Keys
from chassis.web.keyed import KeyedWrite
from chassis.web.problems import ProblemError, not_found
from gateway.consents import decisions, evidence, forms, guardians
from gateway.consents.decisions import Wish
from gateway.consents.evidence import Decision
from gateway.consents.forms import Form
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.roles import Act
from gateway.edge.auth.sessions import begin_with
from gateway.edge.context import GatewayContext
from gateway.edge.problems import RATE_LIMITED, unavailable
from gateway.edge.security_events import SecurityEvent, record

#: forms that are deleted in one go
_AT_ONCE = 1_000


class AlreadyDecided(VoxbusError):
    """Says that something else was decided about a form before, or that it has waited for too long."""


class OwnForm(VoxbusError):
    """Says that an admin would decide about a form of their own."""


async def send(
    ctx: GatewayContext, guardian: UUID, child: UUID, content: bytes, media_type: str, write: KeyedWrite
) -> Form:
    """Stores a guardian's form for a child.

    Raises 404 when the child is not theirs, 429 when too many forms wait, and 503 without the key store.
    """
    try:
        async with write.transaction(ctx.database, child) as tx:
            account = await accounts.lock(tx, child)
            if account is None or not await _decides(ctx, tx, account, guardian):
                raise not_found()
            if await forms.waiting(tx, child, guardian) >= forms.WAIT_AT_MOST:
                raise ProblemError(RATE_LIMITED, "So many forms of yours wait already. Wait until one is decided on.")
            key = (await ctx.keys.make([child])).get(child)
            if key is None:
                raise not_found()
            form = await forms.add(tx, child, guardian, content, media_type, key)
            write.made(form.id)
            return form
    except DependencyDown:
        raise unavailable() from None


async def decide(ctx: GatewayContext, id: UUID, approve: bool, reason: str, act: Act, write: KeyedWrite) -> Form:
    """Decides about a form and all consents that wait for it. The same decision once more changes nothing.

    Raises `AlreadyDecided`, `OwnForm`, 404, and 503 when the store of consents does not answer.
    """
    form = await forms.read(ctx.database, id)
    if form is None:
        raise not_found()
    state: forms.State = "approved" if approve else "refused"
    given: list[Decision] = []
    try:
        async with write.transaction(ctx.database, form.child) as tx:
            account = await accounts.lock(tx, form.child)
            found = await forms.lock(tx, id)
            if account is None or found is None:
                raise not_found()
            if found.by == act.actor:
                raise OwnForm
            if found.state != "pending":
                if found.state == state:
                    return found
                raise AlreadyDecided
            decided = await forms.decide(tx, id, state, reason, act.actor)
            if approve:
                given = await _give(ctx, tx, account, decided)
            else:
                await _refuse(tx, ctx.keys, account, id)
            await _record(tx, decided, act)
        for decision in given:
            if not await decisions.store(ctx.keys, form.child, decision):
                raise unavailable()
    except DependencyDown:
        raise unavailable() from None
    return decided


async def expire(database: Database, keys: Keys) -> int:
    """Deletes forms that nobody has decided about in time, and ends the consents that wait for them; returns how many.

    Raises `DependencyDown` when the store of consents does not answer.
    """
    ended = 0
    for form in await forms.old(database, _AT_ONCE):
        async with database.transaction(partial(begin_with, form.child)) as tx:
            account = await accounts.lock(tx, form.child)
            found = await forms.lock(tx, form.id)
            if account is None or found is None or found.state != "pending":
                continue
            await forms.decide(tx, form.id, "expired", None, None)
            await _refuse(tx, keys, account, form.id)
            ended += 1
    return ended


async def _give(ctx: GatewayContext, tx: Transaction, account: Account, form: Form) -> list[Decision]:
    """Gives the consents that waited for a form; returns the decisions, which are to be stored after the commit."""
    given: list[Decision] = []
    for pair, last in await _waiting(tx, account.id, form.id):
        if not ctx.notices.still_covers(last.notice_version, pair):  # it waits for another yes
            continue
        wish = Wish(
            pair=pair,
            by=last.by,
            notice_version=last.notice_version,
            method=last.method,
            reason="form",
            evidence=form.id,
            until=ctx.ages.of_age_at(account.born),
        )
        decision, _ = await decisions.give_in(tx, ctx.keys, account.id, wish, account.at)
        given += [] if decision is None else [decision]
    return given


async def _refuse(tx: Transaction, keys: Keys, account: Account, form: UUID) -> None:
    for pair, last in await _waiting(tx, account.id, form):
        await decisions.take_back_in(
            tx, keys, account.id, pair, by=None, reason="form", at=account.at, notice=last.notice_version
        )


async def _waiting(tx: Transaction, child: UUID, form: UUID) -> list[tuple[Pair, Decision]]:
    decided = (await evidence.of_person(tx, child)).items()
    return [(pair, each.last) for pair, each in decided if each.last.state == "pending" and each.last.evidence == form]


async def _decides(ctx: GatewayContext, tx: Transaction, child: Account, guardian: UUID) -> bool:
    is_child = ctx.ages.band(child.born, ctx.clock()) != "of_age"
    return is_child and await guardians.are_linked(tx, child.id, guardian)


async def _record(tx: Transaction, form: Form, act: Act) -> None:
    event = SecurityEvent(
        event="form_decided",
        person=form.child,
        actor=act.actor,
        issuer=act.issuer,
        network=act.network,
        detail={"form": str(form.id), "approved": form.state == "approved"},
    )
    await record(tx, event)
