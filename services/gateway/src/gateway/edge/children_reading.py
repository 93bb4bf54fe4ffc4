"""Reads what a guardian may see of a child: the consents, and how much is stored."""

from __future__ import annotations

from uuid import UUID

from chassis.web.problems import not_found
from gateway.consents import evidence, guardians
from gateway.consents.guardians import Link
from gateway.edge.auth import accounts
from gateway.edge.consent_schemas import ChildOut, ConsentOut, StoredOut
from gateway.edge.context import GatewayContext
from gateway.edge.stored import stored_of


async def linked_child(person: UUID, made: UUID, ctx: GatewayContext) -> ChildOut:
    """Shows a child to a guardian. Raises 404 for anybody else, and for a child who was erased."""
    for link in await guardians.of_child(ctx.database, made):
        if link.person == person:
            return await child_of(ctx, Link(made, link.linked_at))
    raise not_found()


async def child_of(ctx: GatewayContext, link: Link) -> ChildOut:
    """Shapes the child of a link. Raises 404 for one who was erased."""
    account = await accounts.by_id(ctx.database, link.person)
    if account is None:
        raise not_found()
    decided = await evidence.of_person(ctx.database, link.person)
    band = ctx.ages.band(account.born, ctx.clock())
    stored = await stored_of(ctx.database, ctx.retention, link.person, child=band != "of_age")
    return ChildOut(
        id=account.id,
        username=account.username,
        age_band=band,
        linked_at=link.linked_at,
        consents=[ConsentOut.of(each, account.at) for each in decided.values()],
        stored=[
            StoredOut.model_validate(
                {"class": each.kind, "items": each.items, "oldest_at": each.oldest_at, "deleted_by": each.deleted_by}
            )
            for each in stored
        ],
    )
