"""Lets consents follow a person's age when a birth date, a country or a time zone changes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from chassis.errors import VoxbusError
from chassis.privacy.law import Pair
from chassis.storage.database import Transaction
from gateway.consents import decisions, evidence, guardians
from gateway.consents.decisions import Wish
from gateway.consents.evidence import Decision, Reason
from gateway.edge.auth.accounts import Account
from gateway.edge.consent import settle, take_back_in
from gateway.edge.context import GatewayContext
from gateway.jobs.event_log.plan import Plan

#: why one's own consents end
_REASON: Reason = "not_of_age_any_more"


class GuardianDecides(VoxbusError):
    """Says that a child with a guardian would become of age by their own word."""


@dataclass(slots=True)
class Following:
    """Holds what follows a change of age once it is committed."""

    plan: Plan | None = None
    ended: list[Pair] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


async def follow_age(ctx: GatewayContext, tx: Transaction, before: Account, after: Account) -> Following:
    """Ends or renews consents in the transaction that changes an account, which is locked. `finish` follows its commit.

    Raises `GuardianDecides`, and `DependencyDown`.
    """
    following = Following()
    if before.born == after.born:
        return following
    was, becomes = ctx.ages.band(before.born, ctx.clock()), ctx.ages.band(after.born, ctx.clock())
    if becomes == "of_age":
        if was != "of_age" and await guardians.of_child(tx, after.id):
            raise GuardianDecides
        return following
    known = await evidence.of_person(tx, after.id)
    own = [pair for pair, each in known.items() if each.last.state != "revoked" and each.last.method is None]
    if own:
        following.ended = own
        following.plan = await take_back_in(ctx, tx, after, own, None, _REASON)
    until = ctx.ages.of_age_at(after.born)
    for pair, each in known.items():
        last = each.last
        if each.state_at(after.at) == "granted" and last.method is not None and last.until != until:
            wish = Wish(
                pair=pair, by=last.by, notice_version=last.notice_version, method=last.method, reason="age", until=until
            )
            decision, _ = await decisions.give_in(tx, ctx.keys, after.id, wish, after.at)
            if decision is not None:
                following.decisions.append(decision)
    return following


async def settle_before(ctx: GatewayContext, person: UUID) -> None:
    """Waits once more where a change of age has ended consents before: that call may have been answered 503."""
    known = await evidence.of_person(ctx.database, person)
    ended = [pair for pair, each in known.items() if each.last.reason == _REASON]
    if ended:
        await settle(ctx, person, ended, Plan())


async def finish(ctx: GatewayContext, following: Following, person: UUID) -> None:
    """Stores the renewed consents, and waits until no call begins that an ended one allowed."""
    for decision in following.decisions:
        await decisions.store(ctx.keys, person, decision)
    if following.plan is not None:
        await settle(ctx, person, following.ended, following.plan)
