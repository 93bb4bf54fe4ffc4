"""Models the inbox as briefly as possible: a message waits, is held by one claim, or is settled for good."""

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
    """Holds one message as the database shows it. `payload` lists the types of the messages it has emitted."""

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
    """Models one message. `holder` is the owner who may settle it, also when its lease has run out."""

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
        """Tells whether the message has a row that is not settled."""
        return self.state in ("waiting", "held")

    def wait(self, *, due: bool) -> None:
        """Gives a message back: its holder no longer has it."""
        self.state, self.holder, self.due = "waiting", None, due

    def settle(self, outcome: str, payload: str | None = None, *, media: bool = True) -> None:
        """Settles a message for good. A holder that finished it stays named; any other end has no owner."""
        assert self.state != "settled", "it is settled twice"
        self.state, self.outcome = "settled", outcome
        self.said += (payload,) if payload else ()
        self.media_deleted = self.media_deleted or media

    def seen(self) -> Seen:
        """Returns the message as the database should show it."""
        owner = self.holder if self.state == "held" or self.outcome == "ok" else None
        due = self.due if self.open else None
        exists, numbers = self.state != "absent", (self.fence, self.tries)
        return Seen(exists, *numbers, owner, due, self.outcome, self.done_by, self.said, self.media_deleted)


@dataclass
class Inbox:
    """Models all messages of one consumer, the ends of jobs, and every claim ever handed out."""

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
        """Returns the message of a claim."""
        return self.messages[self.ids.index(claim.id)]

    def mine(self, claim: Claim) -> bool:
        """Tells whether a claim is the one that may settle its message."""
        message = self.of(claim)
        return message.state == "held" and message.holder == claim.owner

    def ended(self, message: Message) -> bool:
        """Tells whether a message's job has ended for it; a failure ends only the retries up to its own."""
        cancelled = (message.job, "cancelled") in self.ends
        return cancelled or self.ends.get((message.job, "failed"), -1) >= message.retry

    def claimable(self, message: Message) -> bool:
        """Tells whether a delivery may claim a message: it is new, or given back and due, and its job has not ended."""
        free = message.state == "absent" or (message.state == "waiting" and message.due)
        return free and not self.ended(message)

    def claimed(self, number: int, found: Claim | None) -> None:
        """Checks a claim of a delivery, or that there was none."""
        if self.claimable(self.messages[number]):
            assert found is not None, "nobody gets what is free"
            self._take(found)
        else:
            assert found is None, "two may hold it, or it is not for a delivery to take"

    def reaped(self, found: list[Claim], limit: int, crash_suspects: bool) -> None:
        """Checks that the reaper takes due messages, and crash suspects where it may."""
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
        """Checks that a beat keeps held claims and reports lost ones, except those that the claim itself finished."""
        for claim in claims:
            message = self.of(claim)
            finished = message.outcome == "ok" and message.holder == claim.owner
            assert (claim.owner not in lost) == (self.mine(claim) or finished), "a beat for what is somebody else's"
            row = found[self.ids.index(claim.id)]
            skipped = self.beside and not (row.owner == claim.owner and row.due is False)  # it was locked
            if self.mine(claim) and not skipped:
                message.due = False

    def time_passed(self, number: int) -> None:
        """Lets a lease or a backoff run out, which alone takes nothing from its holder."""
        self.messages[number].due = True

    def started_again(self) -> None:
        """Restarts the process: its held messages are due and remain crash suspects. Backoffs stay."""
        for message in self.messages:
            message.due = message.due or message.state == "held"

    def job_ended(self, job: int, outcome: str, retry: int) -> None:
        """Ends a job in the first of two transactions: from here on its end is known."""
        self.ends[job, outcome] = max(retry, self.ends.get((job, outcome), 0))

    def rows_cancelled(self, job: int, found: set[UUID]) -> None:
        """Cancels the job's open messages in the second transaction, whoever runs them."""
        cancelled = [m for m in self.messages if m.job == job and m.open and self.ended(m)]
        assert found == {self.ids[self.messages.index(m)] for m in cancelled}
        for message in cancelled:
            self.cancelled(message)

    def cancelled_unclaimed(self, number: int, done: bool) -> None:
        """Checks a delivery that could not be claimed because its job has ended."""
        message = self.messages[number]
        assert done == (message.state != "settled" and self.ended(message))
        if done:
            self.cancelled(message)

    def given_up_by_broker(self, number: int, done: bool) -> None:
        """Gives a message that the broker gave up a row, due now, unless it has one."""
        message = self.messages[number]
        assert done == (message.state == "absent")
        if done:
            message.wait(due=True)

    def too_old(self, number: int, done: bool) -> None:
        """Checks that a message too old is dead without a try, unless it has a row: the first writer wins."""
        message = self.messages[number]
        assert done == (message.state == "absent")
        if done:
            message.fence = 1
            message.settle("dead", media=False)

    def cancelled(self, message: Message) -> None:
        """Cancels a message: its holder is fenced out."""
        message.fence += 1
        message.settle("cancelled")

    def worked(self, claim: Claim, finished: bool) -> None:
        """Checks that a unit of work commits only for the holding claim, and only while the job goes on."""
        message = self.of(claim)
        assert finished == (self.mine(claim) and not self.ended(message)), "not the one winner has finished it"
        if finished:
            message.begun |= {claim.owner}
            message.settle("ok", "demo.worked")
            message.done_by += (str(claim.owner),)

    def claim_locked(self, claim: Claim, locked: bool) -> None:
        """Checks that an outside effect begins only for the holding claim, and only while the job goes on."""
        assert locked == (self.mine(claim) and not self.ended(self.of(claim)))

    def failed(self, claim: Claim, error: str, written: bool) -> None:
        """Checks that only the holding claim may settle a failed try."""
        message = self.of(claim)
        assert written == self.mine(claim), "a settlement by somebody else"
        if written:
            message.begun |= {claim.owner}
            self._give_up_or_back(message, *ERRORS[error])

    def crashed(self, claim: Claim, written: bool) -> None:
        """Checks a message whose tries are spent before it began."""
        assert written == self.mine(claim)
        if written:
            self.of(claim).settle("dead", "step.failed")

    def cancelled_by_holder(self, claim: Claim, done: bool) -> None:
        """Checks a holder's attempt to cancel its own message, whose job may have ended."""
        message = self.of(claim)
        assert done == (self.mine(claim) and self.ended(message))
        if done:
            self.cancelled(message)

    def fenced(self, claim: Claim, written: bool) -> None:
        """Checks that a fenced claim writes nothing, except to its own row when the job has ended."""
        assert not written
        if self.mine(claim) and self.ended(self.of(claim)):
            self.cancelled(self.of(claim))

    def reread(self, claim: Claim, exists: bool, mine: Claim | None) -> None:
        """Checks what an owner reads about its claim whose commit was unknown."""
        assert exists
        assert mine == (claim if self.mine(claim) else None)

    def batch_worked(self, numbers: Collection[int], worked: int) -> None:
        """Checks that a fast batch settles new and due messages; those of an ended job are settled without work."""
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
        """Checks that a message that failed alone in a batch is kept, unless a live claim holds it."""
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
