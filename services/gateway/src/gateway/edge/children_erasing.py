"""Lets guardians delete a child's account and everything about the child: `DELETE /guardian/children/{id}`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from chassis.web.problems import OUTCOME_UNKNOWN, SIGN_IN_AGAIN
from chassis.web.validation import Input
from gateway.edge import guardianship
from gateway.edge.account_fields import Password
from gateway.edge.callers import Caller, FromNetwork, SignedIn
from gateway.edge.context import Ctx, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.erasures import ErasureReference, ErasureTaken
from gateway.edge.keyed import JudgedKey
from gateway.edge.me import check_erasable, erase, prove
from gateway.edge.problems import WRONG_PASSWORD
from gateway.edge.schemas import example

router = APIRouter(prefix="/guardian/children", tags=["guardians"], dependencies=[NO_QUERY])


class DeleteChild(Input):
    """Carries the guardian's own password, where their account has one."""

    model_config = example({"password": "correct horse battery"})

    password: Password | None = None


_NO_PASSWORD = DeleteChild()


@router.delete("/{id}", status_code=202, response_description="The account is gone. Follow what becomes of the rest.")
@Own(
    access=("guardian",),
    person="id",
    problems=(WRONG_PASSWORD, SIGN_IN_AGAIN, OUTCOME_UNKNOWN),
    limits=("login",),
    headers={202: {"Location": "Where to follow it, with the receipt."}},
    keeps_no_record=True,
)
async def delete_child(
    person: SignedIn,
    id: PathId,
    caller: Caller,
    request: Request,
    response: Response,
    network: FromNetwork,
    _: JudgedKey,
    ctx: Ctx,
    body: DeleteChild = _NO_PASSWORD,
) -> ErasureTaken:
    """Deletes a child's account and everything about the child, for ever, as `DELETE /me` does for oneself.

    It takes the guardian's own password, or without one a sign-in of the last five minutes. The child's other guardians
    are told by mail. An `Idempotency-Key` is not needed: asked again there is no such child, 404.
    """
    await prove(person, body.password, caller, request, ctx)
    await check_erasable(id, ctx)
    guardians = await guardianship.tell_of_erasure(ctx, person, id, network)
    taken = await erase(id, ctx)
    await ctx.hub.ring_for_guardians(guardians)
    response.headers["Location"] = f"/erasures/{taken.id}"
    return ErasureTaken(erasure=ErasureReference(id=taken.id, receipt=taken.receipt))
