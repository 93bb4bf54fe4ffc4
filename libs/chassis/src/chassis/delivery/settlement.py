"""Settles runs: one function decides how a run ends, another one writes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chassis.delivery import inbox
from chassis.delivery.inbox import Claim
from chassis.delivery.outbox import OutboxMessage, insert_outbox, to_outbox
from chassis.errors import ConsentRevoked, DependencyDown, Erased, Fenced, Permanent, Retryable, UnknownVersion
from chassis.handler import Handler
from chassis.observe.logs import own_places
from chassis.storage.database import Transaction
from chassis.storage.media import Gone
from contracts.base import Message, Problem, Ref
from contracts.common import StepFailed

CRASHED = Problem(
    type="/problems/crashed",
    title="The work kept ending its process",
    detail="Every try ended without a result.",
)
GONE = Problem(type="/problems/recording-gone", title="The recording is gone", status=410)
ERASED = Problem(type="/problems/person-erased", title="The person was erased", status=410)
REVOKED = Problem(
    type="/problems/consent-revoked",
    title="The consent was taken back",
    status=403,
    detail="What this needed was agreed to once, and is not any more.",
)
TOO_OLD = Problem(type="/problems/too-old", title="The message is too old", status=410)
#: most characters that are kept of where a try has failed
_FAILURE_MAX = 1000

GAVE_UP = Problem(type="/problems/gave-up", title="The work failed each time it was tried")


@dataclass(frozen=True, slots=True)
class Disposition:
    """Says how a try ends: `fenced` writes nothing, `after` is in seconds, `failure` is the error's type and place."""

    kind: Literal["ok", "retry", "dead", "gone", "erased", "revoked", "release", "parked", "fenced"]
    after: float = 0.0
    problem: Problem | None = None
    failure: str | None = None


OK = Disposition("ok")
FENCED = Disposition("fenced")


def disposition_of(error: BaseException, handler: Handler, tries: int) -> Disposition:
    """Decides how a run ends from its error; an unknown error is retried, up to the handler's attempts."""
    decided = _decided(error, handler, tries)
    if decided.kind not in ("retry", "dead"):
        return decided
    return replace(decided, failure=own_places(error)[:_FAILURE_MAX])


def _decided(error: BaseException, handler: Handler, tries: int) -> Disposition:
    match error:
        case Fenced():
            return FENCED
        case Gone():
            return Disposition("gone", problem=GONE)
        case Erased():
            return Disposition("erased", problem=ERASED)
        case ConsentRevoked():
            return Disposition("revoked", problem=REVOKED)
        case Permanent():
            return Disposition("dead", problem=error.problem)
        case UnknownVersion():
            return Disposition("parked", after=error.probe_after, problem=error.problem)
        case DependencyDown():
            return Disposition("release", after=error.probe_after)
        case _ if tries >= handler.retry.attempts:
            return Disposition("dead", problem=_gave_up(error, tries))
        case Retryable(after=float() | int() as after):
            return Disposition("retry", after=float(after))
        case _:
            return Disposition("retry", after=handler.retry.delay(tries))


def _gave_up(error: BaseException, tries: int) -> Problem:
    """Makes the problem of a last try. It names the kind of error, never its text, which may hold a person's words."""
    return GAVE_UP.model_copy(update={"detail": f"{type(error).__name__} after {tries} tries"})


async def write_settlement(
    tx: Transaction, claim: Claim, disposition: Disposition, source: str, refs: Callable[[], Awaitable[Sequence[str]]]
) -> list[OutboxMessage] | None:
    """Writes a settlement other than FINISH. Returns the messages it emits, or None when the claim is lost."""
    match disposition.kind:
        case "retry":
            return [] if await inbox.retry(tx, claim, disposition.after, disposition.failure) else None
        case "release":
            return [] if await inbox.release(tx, claim, disposition.after) else None
        case "parked":
            if not await inbox.release(tx, claim, disposition.after):
                return None
            await inbox.note(tx, claim, disposition.problem or CRASHED)
            return []
        case "dead" | "gone" | "erased" | "revoked":
            problem = disposition.problem or CRASHED
            if not await inbox.dead(tx, claim, disposition.kind, problem, disposition.failure):
                return None
            return await dead_letter(tx, claim, problem, source, await refs())
        case _:
            if await inbox.cancel_mine(tx, claim):
                await inbox.delete_media(tx, await refs(), claim.received.envelope.job_id)
            return None


async def dead_letter(
    tx: Transaction, claim: Claim, problem: Problem, source: str, refs: Sequence[str]
) -> list[OutboxMessage]:
    """Emits `step.failed` for a dead message, so that its job ends, and has its media deleted."""
    failed = StepFailed(step=claim.consumer, tries=claim.tries, problem=problem)
    handler = claim.consumer.partition(".")[2]
    outbox_messages = [
        to_outbox(failed, source=source, cause=claim.received.envelope, handler=handler, fence=claim.fence)
    ]
    await inbox.delete_media(tx, refs, claim.received.envelope.job_id)
    await insert_outbox(tx, outbox_messages)
    return outbox_messages


def refs_of(message: Message) -> list[str]:
    """Returns the keys of the objects a message refers to."""
    values = (getattr(message, name) for name in type(message).model_fields)
    return [value.key for value in values if isinstance(value, Ref)]
