"""Gives and takes back consents for requests, and asks the gate for them.

A consent is two records: who decided what, when and how stands in `consents`, which is only added to; what holds now
stands beside the person's key, where every service asks. Giving writes the evidence first and then the store, taking
back the store first and then the evidence; so wherever a process dies between the two, the answer is no.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from chassis.delivery.timers import timer, write_timers
from chassis.errors import DependencyDown
from chassis.message.envelope import Envelope, new_id
from chassis.observe.logs import logger
from chassis.privacy.ages import is_adult
from chassis.privacy.law import ADULTS_ONLY, BY_DOING, METHODS, Pair, is_pair
from chassis.privacy.outside import HELD_AT_MOST_S, SETTLED_AFTER_S
from chassis.storage.database import Transaction
from chassis.web.failures import is_unavailable
from chassis.web.keyed import KeyedWrite
from chassis.web.principal import Principal
from chassis.web.problems import CONSENT_REQUIRED, UNAVAILABLE, ProblemError, invalid, not_found
from contracts.gateway import ConsentConfirmationDue
from gateway.consents import decisions, evidence, forms, guardians
from gateway.consents.decisions import Wish
from gateway.consents.evidence import Consent, Reason
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.sessions import begin_with
from gateway.edge.context import GatewayContext
from gateway.edge.problems import NOT_OF_AGE, unavailable
from gateway.jobs.event_log.plan import SOURCE, Plan
from gateway.jobs.probes import is_probe

_STILL_HELD = (
    "It is taken back. But a call that was allowed before may be about to begin: ask again to hear that none is."
)
_ADULTS = "Only somebody of 18 or older can agree to this, and nobody for a child."

_log = logger(__name__)


def is_of_age(caller: Principal) -> bool:
    """Tells whether the caller decides alone; to every rule an unknown age is that of a child."""
    return caller.age_band == "of_age"


async def check(ctx: GatewayContext, caller: Principal, pair: tuple[str, str]) -> None:
    """Returns if a caller's data may be used for an operation.

    Raises 403, and 503 when the store of consents does not answer. What a person of age agrees to by doing is noted.
    """
    if caller.id is None or not is_pair(pair):
        raise ProblemError(CONSENT_REQUIRED)
    try:
        if await ctx.consents.allows(caller.id, *pair, of_age=is_of_age(caller)):
            return
    except DependencyDown:
        raise unavailable() from None
    if not (is_of_age(caller) and pair in BY_DOING):
        raise ProblemError(CONSENT_REQUIRED)
    await give(ctx, caller.id, Wish(pair=pair, by=caller.id, notice_version=ctx.notices.current, reason="by_doing"))


async def give(ctx: GatewayContext, person: UUID, wish: Wish) -> Consent:
    """Gives a consent, or notes that it waits; what stands already is left as it is.

    Raises 403 where it is for adults alone, of whom a probe is none; 404 for a person who was erased or has another
    guardian now, and 503 when the store does not answer or something else was decided meanwhile.
    """
    try:
        async with ctx.database.transaction(partial(begin_with, person)) as tx:
            account = await _locked(tx, person)
            if wish.pair[1] in ADULTS_ONLY and (is_probe(account.email) or not is_adult(account.born, ctx.clock())):
                raise ProblemError(NOT_OF_AGE, _ADULTS)
            if wish.method is not None:
                if wish.by is None or not await guardians.are_linked(tx, person, wish.by):
                    raise not_found()
                wish = replace(wish, until=ctx.ages.of_age_at(account.born))
            if wish.evidence is not None:
                wish = await _by_form(tx, person, wish)
            decision, consent = await decisions.give_in(tx, ctx.keys, person, wish, account.at)
            if decision is not None and wish.by is not None and wish.method and METHODS[wish.method].confirms:
                await _confirm_later(ctx, tx, person, wish.by)
        if decision is not None and not await decisions.store(ctx.keys, person, decision):
            raise unavailable()
    except DependencyDown:
        raise unavailable() from None
    if decision is not None:
        await tell_guardians(ctx, person)
    return consent


async def take_back(
    ctx: GatewayContext,
    person: UUID,
    pair: Pair,
    by: UUID | None,
    reason: Reason = "asked",
    *,
    write: KeyedWrite | None = None,
) -> Consent:
    """Takes a consent back. Once this returns, no call that it allowed begins any more, and its jobs are cancelled.

    Raises as `give` does; 503 as well while a call that was allowed before may still begin (`settle`).
    """
    try:
        async with (write or KeyedWrite()).transaction(ctx.database, person) as tx:
            account = await _locked(tx, person)
            plan = await take_back_in(ctx, tx, account, [pair], by, reason)
    except DependencyDown:
        raise unavailable() from None
    await settle(ctx, person, [pair], plan)
    return (await evidence.of_person(ctx.database, person))[pair]


async def read_settled(ctx: GatewayContext, person: UUID, pair: Pair) -> Consent:
    """Returns a consent that was taken back before, when the call that does so may still be waiting. Raises 404."""
    await settle(ctx, person, [pair], Plan())
    found = (await evidence.of_person(ctx.database, person)).get(pair)
    if found is None:
        raise not_found()
    return found


async def take_back_in(
    ctx: GatewayContext, tx: Transaction, account: Account, pairs: list[Pair], by: UUID | None, reason: Reason
) -> Plan:
    """Takes consents back in a transaction that has locked the account. `settle` follows its commit.

    Raises `DependencyDown`.
    """
    plan = Plan()
    for pair in pairs:
        await decisions.take_back_in(
            tx, ctx.keys, account.id, pair, by=by, reason=reason, at=account.at, notice=ctx.notices.current
        )
        plan.add(await ctx.endings.cancel_consented(tx, account.id, pair))
    return plan


async def settle(ctx: GatewayContext, person: UUID, pairs: Sequence[Pair], plan: Plan) -> None:
    """Tells of the jobs that have ended, and returns when no call can begin that was allowed before.

    Raises 503 if one still might after `HELD_AT_MOST_S`, because a process stands still in front of it, or the store
    does not answer. What was taken back is taken back all the same.
    """
    await ctx.endings.announce(plan)
    await tell_guardians(ctx, person)
    asked = [ctx.keys.is_unheld(person, *pair, within=HELD_AT_MOST_S) for pair in pairs]
    try:
        *unheld, _ = await asyncio.gather(*asked, asyncio.sleep(SETTLED_AFTER_S, True))
    except DependencyDown:
        raise unavailable() from None
    if not all(unheld):
        _log.warning("a call that was allowed may begin after a consent was taken back: is a process standing still?")
        raise ProblemError(UNAVAILABLE, _STILL_HELD)


async def tell_guardians(ctx: GatewayContext, child: UUID) -> None:
    """Tells the guardians of a child, if somebody is one, that something was decided."""
    try:
        linked = await guardians.of_child(ctx.database, child)
    except Exception as error:
        if not is_unavailable(error):
            raise
        return  # what was decided holds, whether or not somebody hears of it now
    await ctx.hub.ring_for_guardians(link.person for link in linked)


async def _by_form(tx: Transaction, child: UUID, wish: Wish) -> Wish:
    """Returns a wish as its form lets it be: it waits with the form, or is given. Raises 422 for another's form."""
    form = None if wish.evidence is None else await forms.lock(tx, wish.evidence)
    if form is None or form.child != child or form.by != wish.by:
        raise invalid(("evidence_id", "is no form that you have sent for this child"))
    if form.state == "pending":
        return replace(wish, state="pending")
    if form.state == "approved":
        return replace(wish, reason="form")
    raise invalid(("evidence_id", "is a form that was not approved: send another one"))


async def _locked(tx: Transaction, person: UUID) -> Account:
    account = await accounts.lock(tx, person)
    if account is None:
        raise not_found()
    return account


async def _confirm_later(ctx: GatewayContext, tx: Transaction, person: UUID, guardian: UUID) -> None:
    """Sets the timer of the second mail, which tells of all consents that the guardian has given until then."""
    now = datetime.now(UTC)
    cause = Envelope(id=new_id(), type="consent.given", version=(1, 0), source=SOURCE, time=now, person_id=person)
    due = ConsentConfirmationDue(person_id=person, guardian_id=guardian)
    later = timer(ctx.consent_confirm_after, due, cause=cause, source=SOURCE)
    await write_timers(tx, {f"consent {person} {guardian}": later})
