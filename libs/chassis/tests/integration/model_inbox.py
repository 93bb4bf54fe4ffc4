"""What the inbox promises, as short as can be: a message waits, is held by one claim, or is settled for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple
from uuid import UUID

from chassis.delivery.inbox import Claim

#: tries a message has
ATTEMPTS = 3

#: errors of a try: what becomes of the message, and whether it is due again at once
ERRORS: dict[str, tuple[str, bool]] = {
    "unknown": ("retry", False),
    "retryable": ("retry", True),
    "permanent": ("dead", False),
    "dependency": ("release", True),
    "parked": ("release", False),
    "gone": ("gone", False),
    "erased": ("erased", False),
}


class Seen(NamedTuple):
    """One message in the database. `payload` are the types of what was emitted because of it."""

    exists: bool = False
    fence: int = 0
    tries: int = 0
    owner: UUID | None = None
    due: bool | None = None
    outcome: str | None = None
    done_by: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    media_deleted: bool = False


@dataclass
class Message:
    """One message. `holder` is the owner who may settle it, also when its lease has run out."""

    job: int
    retry: int
    state: Literal["absent", "waiting", "held", "settled"] = "absent"
    fence: int = 0
    tries: int = 0
    holder: UUID | None = None
    due: bool = False
    outcome: str | None = None
    done_by: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    media_deleted: bool = False
    begun: frozenset[UUID] = frozenset()

    @property
    def open(self) -> bool:
        """Whether there is a row that is not settled."""
        return self.state in ("waiting", "held")

    def wait(self, *, due: bool) -> None:
        """Given back: whoever had it has it no more."""
        self.state, self.holder, self.due = "waiting", None, due

    def settle(self, outcome: str, payload: str | None = None, *, media: bool = True) -> None:
        """For good. Who has finished it stays named; nobody owns what has ended in another way."""
        assert self.state != "settled", "it is settled twice"
        self.state, self.outcome = "settled", outcome
        self.said += (payload,) if payload else ()
        self.media_deleted = self.media_deleted or media

    def seen(self) -> Seen:
        """As the database should show it."""
        owner = self.holder if self.state == "held" or self.outcome == "ok" else None
        due = self.due if self.open else None
        exists, numbers = self.state != "absent", (self.fence, self.tries)
        return Seen(exists, *numbers, owner, due, self.outcome, self.done_by, self.said, self.media_deleted)


@dataclass
class Inbox:
    """All messages of one consumer, the ends of jobs, the claims that were ever handed out."""

    messages: list[Message]
    ids: list[UUID]
    claims: list[Claim] = field(default_factory=list)
    #: (job, outcome) to the retry number it has ended in
    ends: dict[tuple[int, str], int] = field(default_factory=dict)
    beside: bool = False

    def copy(self) -> Inbox:
        messages = [replace(message) for message in self.messages]
        return replace(self, messages=messages, claims=list(self.claims), ends=dict(self.ends))

    def picture(self) -> list[Seen]:
        return [message.seen() for message in self.messages]

    def of(self, claim: Claim) -> Message:
        """The message of a claim."""
        return self.messages[self.ids.index(claim.id)]

    def mine(self, claim: Claim) -> bool:
        """Whether it is the one claim that may settle its message."""
        message = self.of(claim)
        return message.state == "held" and message.holder == claim.owner

    def ended(self, message: Message) -> bool:
        """Whether the job has ended for it: a failure counts for what is no later retry."""
        cancelled = (message.job, "cancelled") in self.ends
        return cancelled or self.ends.get((message.job, "failed"), -1) >= message.retry

    def claimable(self, message: Message) -> bool:
        """Whether a delivery takes it: new, or given back and due; nothing of a job that has ended."""
        free = message.state == "absent" or (message.state == "waiting" and message.due)
        return free and not self.ended(message)

    def claimed(self, number: int, found: Claim | None) -> None:
        """A delivery was claimed, or not."""
        if self.claimable(self.messages[number]):
            assert found is not None, "nobody gets what is free"
            self._take(found)
        else:
            assert found is None, "two may hold it, or it is not for a delivery to take"

    def reaped(self, found: list[Claim], limit: int, crash_suspects: bool) -> None:
        """The reaper takes what is due: also what its owner has left, if it may."""
        due = [m for m in self.messages if m.open and m.due and (crash_suspects or m.state == "waiting")]
        taken = [self.of(claim) for claim in found]
        assert all(message in due for message in taken), "it takes what is not due"
        assert len(found) <= limit, f"{len(found)} where {limit} were wanted"
        assert len(found) == min(limit, len(due)) or self.beside, f"it leaves what is due: {len(found)} of {len(due)}"
        for claim in sorted(found, key=lambda claim: self.ids.index(claim.id)):
            self._take(claim)

    def _take(self, claim: Claim) -> None:
        message = self.of(claim)
        message.state, message.holder, message.due = "held", claim.owner, False
        message.fence += 1
        message.tries += 1
        assert (claim.fence, claim.tries) == (message.fence, message.tries)
        self.claims.append(claim)

    def beaten(self, claims: Sequence[Claim], lost: set[UUID], found: Sequence[Seen]) -> None:
        """A beat keeps what is mine and tells what is not; what this very claim has finished is no news."""
        for claim in claims:
            message = self.of(claim)
            finished = message.outcome == "ok" and message.holder == claim.owner
            assert (claim.owner not in lost) == (self.mine(claim) or finished), "a beat for what is somebody else's"
            row = found[self.ids.index(claim.id)]
            skipped = self.beside and not (row.owner == claim.owner and row.due is False)  # it was locked
            if self.mine(claim) and not skipped:
                message.due = False

    def time_passed(self, number: int) -> None:
        """A lease or a backoff has run out: that alone takes nothing away."""
        self.messages[number].due = True

    def started_again(self) -> None:
        """Whoever owned something is dead: it is due, and still a suspect. Backoffs stay."""
        for message in self.messages:
            message.due = message.due or message.state == "held"

    def job_ended(self, job: int, outcome: str, retry: int) -> None:
        """The first of two transactions: it is known from here on."""
        self.ends[job, outcome] = max(retry, self.ends.get((job, outcome), 0))

    def rows_cancelled(self, job: int, found: set[UUID]) -> None:
        """The second: what is open is cancelled, whoever runs it."""
        cancelled = [m for m in self.messages if m.job == job and m.open and self.ended(m)]
        assert found == {self.ids[self.messages.index(m)] for m in cancelled}
        for message in cancelled:
            self.cancelled(message)

    def cancelled_unclaimed(self, number: int, done: bool) -> None:
        """A delivery that could not be claimed finds that its job has ended."""
        message = self.messages[number]
        assert done == (message.state != "settled" and self.ended(message))
        if done:
            self.cancelled(message)

    def given_up_by_broker(self, number: int, done: bool) -> None:
        """A question, not a verdict: what has no row gets one, due now."""
        message = self.messages[number]
        assert done == (message.state == "absent")
        if done:
            message.wait(due=True)

    def too_old(self, number: int, done: bool) -> None:
        """Dead without a try, unless there is a row: the first writer wins."""
        message = self.messages[number]
        assert done == (message.state == "absent")
        if done:
            message.fence = 1
            message.settle("dead", media=False)

    def cancelled(self, message: Message) -> None:
        """CANCEL: whoever runs it is fenced out."""
        message.fence += 1
        message.settle("cancelled")

    def worked(self, claim: Claim, finished: bool) -> None:
        """A unit of work commits if its claim is the one, and its job goes on."""
        message = self.of(claim)
        assert finished == (self.mine(claim) and not self.ended(message)), "not the one winner has finished it"
        if finished:
            message.begun |= {claim.owner}
            message.settle("ok", "demo.worked")
            message.done_by += (str(claim.owner),)

    def claim_locked(self, claim: Claim, locked: bool) -> None:
        """An outside effect is begun only by the one claim, and only while its job goes on."""
        assert locked == (self.mine(claim) and not self.ended(self.of(claim)))

    def failed(self, claim: Claim, error: str, written: bool) -> None:
        """A try ends otherwise: only the one claim may say so."""
        message = self.of(claim)
        assert written == self.mine(claim), "a settlement by somebody else"
        if written:
            message.begun |= {claim.owner}
            self._give_up_or_back(message, *ERRORS[error])

    def crashed(self, claim: Claim, written: bool) -> None:
        """Its tries are spent before it began."""
        assert written == self.mine(claim)
        if written:
            self.of(claim).settle("dead", "step.failed")

    def cancelled_by_holder(self, claim: Claim, done: bool) -> None:
        """Who holds it finds that its job has ended."""
        message = self.of(claim)
        assert done == (self.mine(claim) and self.ended(message))
        if done:
            self.cancelled(message)

    def fenced(self, claim: Claim, written: bool) -> None:
        """Who was fenced out writes nothing, unless it is its own row whose job has ended."""
        assert not written
        if self.mine(claim) and self.ended(self.of(claim)):
            self.cancelled(self.of(claim))

    def reread(self, claim: Claim, exists: bool, mine: Claim | None) -> None:
        """A claim of unknown outcome is asked for by its owner."""
        assert exists
        assert mine == (claim if self.mine(claim) else None)

    def batch_worked(self, numbers: Collection[int], worked: int) -> None:
        """A fast batch settles what is new or due, whoever had it; what belongs to an ended job without working."""
        done_before = sum(m.done_by != () for m in self.messages)
        for number in numbers:
            message = self.messages[number]
            if message.state == "absent" or (message.open and message.due):
                message.fence += 1
                message.tries += 1
                ended = self.ended(message)
                message.settle("cancelled" if ended else "ok", None if ended else "demo.worked")
                message.holder = None
                message.done_by += () if ended else ("batch",)
        assert worked == sum(m.done_by != () for m in self.messages) - done_before

    def batch_failed(self, number: int, error: str, outcome: str) -> None:
        """What fails alone in a batch is kept, unless a live claim holds it."""
        message = self.messages[number]
        free = message.state in ("absent", "waiting") or (message.state == "held" and message.due)
        assert (outcome != "fenced") == free
        if free:
            verdict, due = ERRORS[error]
            message.fence += 1
            message.tries += verdict != "release"
            message.wait(due=due)
            self._give_up_or_back(message, verdict, due, taken_back=False)

    def _give_up_or_back(self, message: Message, verdict: str, due: bool, *, taken_back: bool = True) -> None:
        if verdict == "release":
            message.tries -= taken_back
            message.wait(due=due)
        elif verdict == "retry" and message.tries < ATTEMPTS:
            message.wait(due=due)
        else:
            message.settle("dead" if verdict == "retry" else verdict, "step.failed")
