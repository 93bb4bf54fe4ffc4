"""Opens spoken conversations for clients, and lets a client that was lost go on with its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.message.envelope import new_id
from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.web.problems import CONSENT_REQUIRED, ProblemError
from chassis.web.stream import StreamCall, StreamEnded, StreamSocket
from contracts.feedback import ConversationTurn
from feedback.conversation.kept import Turn as KeptTurn
from feedback.conversation.realtime import own_events
from feedback.conversation.realtime.actions import Record, TakeUp
from feedback.conversation.realtime.allowed import Refused, read
from feedback.conversation.realtime.calls import Calls
from feedback.conversation.realtime.meanings import Resumes, Turn
from feedback.conversation.realtime.problems import BUDGET_SPENT
from feedback.conversation.realtime.provider import Connection, RealtimeProvider
from feedback.conversation.realtime.purse import Budget, Purse
from feedback.conversation.realtime.relay import RECONNECTS_S, Relay, Ways
from feedback.conversation.realtime.resume import ResumeWords
from feedback.conversation.realtime.session import Session, Terms
from feedback.conversation.realtime.terms import Agreed, Deal
from feedback.conversation.realtime.transcripts import Transcript, transcript_of
from feedback.models.ledger import Ledger
from feedback.models.money import dollars
from feedback.models.secret import Secret
from feedback.models.upstreams import Upstream

#: seconds in which a client without money has to go on with the session that it has lost
_RESUMES_WITHIN_S = 10.0
#: what of the fact about a turn is kept with its words
_MEASURED = set(KeptTurn.__dataclass_fields__) & set(ConversationTurn.model_fields)

#: tells that a turn took place
TellTurn = Callable[[ConversationTurn], None]

_log = logger(__name__)


class Relays:
    """Holds the sessions of this replica."""

    def __init__(
        self,
        provider: RealtimeProvider,
        deal: Deal,
        ledger: Ledger,
        tell: TellTurn,
        stopping: asyncio.Event,
        database: Database,
        upstream: Upstream | None = None,
        reconnects: tuple[float, ...] = RECONNECTS_S,
    ) -> None:
        """Takes the `database` of sessions that are kept, and what knows the provider's breaker."""
        self._provider = provider
        self._deal = deal
        self._purse = Purse(ledger, deal, provider.name)
        self._tell = tell
        self._stopping = stopping
        self._database = database
        self._calls = Calls(provider, upstream)
        self._reconnects = reconnects
        self._words: ResumeWords[Relay] = ResumeWords()
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self, call: StreamCall, socket: StreamSocket) -> None:
        """Serves one client. Raises the problem by which it is refused, before it is accepted."""
        person = call.principal.id
        agreed = await self._deal.agree(
            call.principal, None if call.key is None else Secret(call.key), call.query.get("model")
        )
        transcript = await transcript_of(self._database, call.query.get("session_id"), person)
        budget = await self._purse.reserve(agreed) if agreed.is_ours else None
        if budget is None and agreed.is_ours:
            if person is None or not self._words.waits(person, time.monotonic()):
                raise ProblemError(BUDGET_SPENT)
            await self._resume_alone(agreed, socket)
            return
        if budget is not None:
            agreed = replace(agreed, limits=replace(agreed.limits, usd=budget.usd))
        try:
            connection = await self._open(agreed)
        except BaseException:
            if budget is not None:
                await self._purse.withdraw(budget)
            raise
        relay = self._relay(agreed, connection, budget, transcript)
        relay.word = self._words.give(relay, person)
        try:
            await socket.accept()
            await relay.attach(socket, relay.session.opened(relay.word))
        except BaseException:
            await relay.end()
            raise
        finally:
            self._start(relay, transcript)
        await self._pass(relay, socket, person)

    async def _pass(self, relay: Relay, socket: StreamSocket, person: UUID | None) -> None:
        """Passes on what a client sends, until it goes. What fails ends the session: nobody pays for it any longer."""
        try:
            while True:
                for action in await relay.from_client(await socket.receive()):
                    if isinstance(action, TakeUp):
                        relay = await self._take_up(relay, socket, action.word, person) or relay
        except StreamEnded as ended:
            if ended.is_clean:
                await relay.end()
            elif not relay.is_over:
                self._lose(relay, socket)
        except BaseException:
            await relay.end()
            raise

    def _lose(self, relay: Relay, socket: StreamSocket) -> None:
        relay.lose(socket)
        self._words.lose(relay.word, time.monotonic())

    async def _resume_alone(self, agreed: Agreed, socket: StreamSocket) -> None:
        """Serves a client for whose session there is no money, because the one that it has lost still holds it.

        It may go on with that one, and do nothing else.
        """
        word, limits = self._words.unused(), replace(agreed.limits, usd=Decimal(0))
        notices = [*agreed.notices, {"code": "budget-spent", "message": "Go on with the session that was lost."}]
        await socket.accept()
        relay: Relay | None = None
        try:
            await socket.send(own_events.session(str(new_id()), word, limits, agreed.model.id, notices))
            until = asyncio.get_running_loop().time() + _RESUMES_WITHIN_S
            while relay is None:
                async with asyncio.timeout_at(until):  # what is taken up is not limited: it is lost no second time
                    text = await socket.receive()
                relay = await self._resumed_by(text, socket, agreed.person)
        except TimeoutError:
            await socket.close(own_events.BUDGET)
        except StreamEnded:
            return
        if relay is not None:
            await self._pass(relay, socket, agreed.person)

    async def _resumed_by(self, text: str, socket: StreamSocket, person: UUID | None) -> Relay | None:
        try:
            meaning = read(text, None, is_ours=True)
        except Refused:
            meaning = None
        if isinstance(meaning, Resumes):
            return await self._take_up(None, socket, meaning.word, person)
        await socket.send(own_events.error("budget_spent", "Only voxbus.resume is possible here today."))
        return None

    async def _take_up(self, relay: Relay | None, socket: StreamSocket, word: str, person: UUID | None) -> Relay | None:
        """Returns the session that a client goes on with: the one it has lost, or the present one, if it has one."""
        lost = self._words.take(word, person, time.monotonic())
        if lost is None or lost.is_over:
            text = "There is no such session here any more: send what was said as items."
            await socket.send(own_events.error("resume_not_found", text))
            return relay
        if relay is not None:
            await relay.end()
        lost.word = self._words.give(lost, person)
        try:
            await lost.attach(socket, lost.session.taken_up(lost.word, lost.now))
        except StreamEnded:
            self._lose(lost, socket)
            raise
        return lost

    async def _open(self, agreed: Agreed) -> Connection:
        with self._deal.refusals(agreed):
            connection = await self._connect(agreed)
        if not await self._may_go_on(agreed):  # it may have been taken back while the connection came about
            await connection.close()
            raise ProblemError(CONSENT_REQUIRED)
        return connection

    async def _connect(self, agreed: Agreed) -> Connection:
        return await self._calls.connect(agreed, self._deal.may_begin(agreed))

    async def _may_go_on(self, agreed: Agreed) -> bool:
        try:
            return await self._deal.allows(agreed.person)
        except DependencyDown:
            return True  # it was allowed a moment ago; a new connection would ask again

    def _relay(
        self, agreed: Agreed, connection: Connection, budget: Budget | None, transcript: Transcript | None
    ) -> Relay:
        terms = Terms(
            id=str(new_id()),
            model=agreed.model.id,
            limits=agreed.limits,
            prices=agreed.prices,
            is_ours=agreed.is_ours,
            notices=[*agreed.notices],
        )
        ways = Ways(
            connect=partial(self._connect, agreed),
            record=partial(self._record, agreed, transcript),
            may_go_on=partial(self._may_go_on, agreed),
            settle=partial(self._purse.settle, budget),
            stopping=self._stopping,
            reconnects=self._reconnects,
        )
        return Relay(Session(terms, ways.clock()), connection, ways)

    def _record(self, agreed: Agreed, transcript: Transcript | None, record: Record) -> None:
        fact = self._fact(agreed, record.turn)
        self._tell(fact)
        if transcript is not None:
            cost = Decimal(fact.cost_usd) if fact.cost_usd is not None else None
            measured = fact.model_dump(include=_MEASURED) | {"cost_usd": cost}
            transcript.add(KeptTurn(said=record.said, answer=record.answer, **measured))

    def _fact(self, agreed: Agreed, turn: Turn) -> ConversationTurn:
        """Returns what is told of a turn: nothing of what was said, or by whom."""
        return ConversationTurn(
            model=agreed.model.id,
            source=f"{self._provider.name}/{agreed.model.id}",
            first_token_ms=turn.first_token_ms,
            total_ms=turn.total_ms,
            interrupted_at_ms=turn.interrupted_at_ms,
            input_tokens=turn.input_tokens,
            output_tokens=turn.output_tokens,
            cost_usd=dollars(turn.cost),
            paid_by="voxbus" if agreed.is_ours else "caller",
        )

    def _start(self, relay: Relay, transcript: Transcript | None) -> None:
        task = asyncio.create_task(self._run(relay, transcript))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, relay: Relay, transcript: Transcript | None) -> None:
        try:
            await relay.run()
        except Exception as error:
            _log.error("a spoken conversation has ended early", exc_info=error)
        finally:
            self._words.forget(relay.word)
            if transcript is not None:
                await transcript.all_kept()
