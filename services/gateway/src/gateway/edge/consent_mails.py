"""Sends the second mail of `email_plus`: after a day it repeats to a guardian the notice, and how to revoke."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Backoff, Deps, Unit, handles
from chassis.privacy.law import METHODS
from chassis.storage.database import Database
from contracts.gateway import ConsentConfirmationDue
from gateway.consents import evidence, guardians
from gateway.consents.notices import Notices
from gateway.edge.auth import accounts
from gateway.edge.mail import Mails
from gateway.tables import CONSENT_CONFIRMATIONS


@dataclass(frozen=True, kw_only=True)
class GatewayDeps(Deps):
    """Holds what the gateway's handlers use besides their unit."""

    database: Database
    mails: Mails
    notices: Notices


@handles(ConsentConfirmationDue, slots=1, timeout=30, retry=Backoff(attempts=20, first=5.0, cap=600.0))
async def confirm_consents(due: ConsentConfirmationDue, deps: GatewayDeps) -> None:
    """Mails the notice again, unless nothing that it would confirm is agreed to any more."""
    guardian = await accounts.by_id(deps.database, due.guardian_id)
    child = await accounts.by_id(deps.database, due.person_id)
    linked = await guardians.are_linked(deps.database, due.person_id, due.guardian_id)
    decided = await evidence.of_person(deps.database, due.person_id)
    waiting = [
        each.last
        for each in decided.values()
        if each.last.state == "granted"
        and each.last.by == due.guardian_id
        and each.last.method is not None
        and METHODS[each.last.method].confirms
        and each.last.confirmed_at is None
    ]
    async with deps.unit() as unit:
        if guardian is None or guardian.email is None or child is None or not linked or not waiting:
            return
        if not await _note(unit, due.person_id, [each.id for each in waiting]):
            return
        newest = max(each.notice_version for each in waiting)
        unit.emit(
            deps.mails.wanted(
                due.person_id,
                "consent-confirmation",
                guardian.email,
                language=guardian.language,
                child=child.username,
                notice=deps.notices.text(newest),
            )
        )


async def _note(unit: Unit, person: UUID, consents: list[UUID]) -> bool:
    """Notes that the consents are confirmed; False when they all were before."""
    statement = insert(CONSENT_CONFIRMATIONS).values([{"consent_id": id, "person_id": person} for id in consents])
    added: sa.Result[tuple[UUID]] = await unit.execute(
        statement.on_conflict_do_nothing().returning(CONSENT_CONFIRMATIONS.c.consent_id)
    )
    return bool(added.all())
