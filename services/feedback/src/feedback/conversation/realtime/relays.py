"""Opens spoken conversations for clients, and lets a client that was lost go on with its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.message.envelope import new_id
from chassis.observe.logs import logger
from chassis.observe.metrics import AI_COST
from chassis.privacy.consents import Consents
from chassis.privacy.outside import MayBegin, NotAllowed, OutsideCalls
from chassis.web.problems import CONSENT_REQUIRED, UNAVAILABLE, ProblemError
from chassis.web.stream import StreamCall, StreamEnded, StreamSocket
from contracts.feedback import ConversationTurn
from feedback.conversation.realtime import own_events
from feedback.conversation.realtime.actions import TakeUp
from feedback.conversation.realtime.meanings import Turn
from feedback.conversation.realtime.problems import BUDGET_SPENT, NO_KEY
from feedback.conversation.realtime.provider import Connection, RealtimeProvider
from feedback.conversation.realtime.relay import RECONNECTS_S, Relay, Ways
from feedback.conversation.realtime.resume import ResumeWords
from feedback.conversation.realtime.session import Session, Terms
from feedback.conversation.realtime.terms import ROLE, Agreed, Deal
from feedback.conversation.turn_problems import problem_of
from feedback.models.errors import ProviderError
from feedback.models.ledger import Bill, BudgetSpent, Ledger, Reservation, Spent
from feedback.models.money import dollars

#: the least that a session is opened for, in US dollars
_LEAST_USD = Decimal("0.02")
_MILLION = 1_000_000
_OUR_FAULT = ("key_refused", "quota")

#: tells that a turn took place
TellTurn = Callable[[ConversationTurn], None]

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Budget:
    """Holds what is reserved for a session that we pay."""

    reservation: Reservation
    usd: Decimal


class Relays:
    """Holds the sessions of this replica."""

    def __init__(
        self,
        provider: RealtimeProvider,
        deal: Deal,
        consents: Consents,
        ledger: Ledger,
        tell: TellTurn,
        stopping: asyncio.Event,
        reconnects: tuple[float, ...] = RECONNECTS_S,
    ) -> None:
        self._provider = provider
        self._deal = deal
        self._consents = consents
        self._outside = OutsideCalls(consents)
        self._ledger = ledger
        self._tell = tell
        self._stopping = stopping
        self._reconnects = reconnects
        self._words: ResumeWords[Relay] = ResumeWords()
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self, call: StreamCall, socket: StreamSocket) -> None:
        """Serves one client. Raises the problem by which it is refused, before it is accepted."""
        person = call.principal.id
        agreed = await self._deal.agree(call.principal, call.key, call.query.get("model"))
        budget = await self._reserve(agreed) if agreed.is_ours else None
        if budget is not None:
            agreed = replace(agreed, limits=replace(agreed.limits, usd=budget.usd))
        try:
            connection = await self._open(agreed)
        except BaseException:
            if budget is not None:
                await self._ledger.withdraw(budget.reservation)
            raise
        relay = self._relay(agreed, connection, budget)
        relay.word = self._words.give(relay, person)
        try:
            await socket.accept()
            await relay.attach(socket, relay.session.opened(relay.word))
        except BaseException:
            await relay.end()
            raise
        finally:
            self._start(relay)
        await self._pass(relay, socket, person)

    async def _pass(self, relay: Relay, socket: StreamSocket, person: UUID | None) -> None:
        """Passes on what a client sends, until it goes. What fails ends the session: nobody pays for it any longer."""
        try:
            while True:
                for action in await relay.from_client(await socket.receive()):
                    if isinstance(action, TakeUp):
                        relay = await self._take_up(relay, socket, action.word, person)
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

    async def _take_up(self, relay: Relay, socket: StreamSocket, word: str, person: UUID | None) -> Relay:
        """Returns the session that a client goes on with: the one it has lost, or the present one."""
        lost = self._words.take(word, person, time.monotonic())
        if lost is None or lost.is_over:
            text = "There is no such session here any more: send what was said as items."
            await socket.send(own_events.error("resume_not_found", text))
            return relay
        await relay.end()
        lost.word = self._words.give(lost, person)
        try:
            await lost.attach(socket, lost.session.taken_up(lost.word, lost.now))
        except StreamEnded:
            self._lose(lost, socket)
            raise
        return lost

    async def _open(self, agreed: Agreed) -> Connection:
        try:
            connection = await self._connect(agreed)
        except ProviderError as error:
            _log.warning("no session at the provider", kind=error.kind, status=error.status)
            if agreed.is_ours and error.kind in _OUR_FAULT:
                raise ProblemError(NO_KEY) from None
            raise problem_of(error, agreed.model.id, begun=False) from None
        except NotAllowed:
            raise ProblemError(CONSENT_REQUIRED) from None
        except DependencyDown:
            raise ProblemError(UNAVAILABLE) from None
        if not await self._may_go_on(agreed):  # it may have been taken back while the connection came about
            await connection.close()
            raise ProblemError(CONSENT_REQUIRED)
        return connection

    async def _connect(self, agreed: Agreed) -> Connection:
        recipient = self._provider.recipient
        may_begin: MayBegin = nullcontext
        if agreed.person is not None:
            may_begin = partial(self._outside.beginning, agreed.person, "ai_voice", recipient)
        return await self._provider.connect(agreed.model.id, agreed.key, may_begin)

    async def _may_go_on(self, agreed: Agreed) -> bool:
        if agreed.person is None:
            return True
        try:
            return await self._consents.allows(agreed.person, "ai_voice", self._provider.recipient)
        except DependencyDown:
            return True  # it was allowed a moment ago; a new connection would ask again

    def _relay(self, agreed: Agreed, connection: Connection, budget: _Budget | None) -> Relay:
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
            record=lambda turn: self._tell(self._fact(agreed, turn)),
            may_go_on=partial(self._may_go_on, agreed),
            settle=partial(self._settle, budget),
            stopping=self._stopping,
            reconnects=self._reconnects,
        )
        return Relay(Session(terms, ways.clock()), connection, ways)

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

    def _start(self, relay: Relay) -> None:
        task = asyncio.create_task(self._run(relay))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, relay: Relay) -> None:
        try:
            await relay.run()
        except Exception as error:
            _log.error("a spoken conversation has ended early", exc_info=error)
        finally:
            self._words.forget(relay.word)

    async def _reserve(self, agreed: Agreed) -> _Budget:
        """Reserves what a session may cost, or what is left of the day's budget. Raises 402 if that is hardly anything.

        The ledger counts tokens: it is told as many of the dearest as the amount buys.
        """
        amount, price = agreed.limits.usd or _LEAST_USD, agreed.model.price_on(self._deal.today())
        while amount >= _LEAST_USD:
            tokens = int(amount * _MILLION / price.output) if price is not None and price.output else 0
            found = await self._ledger.reserve(
                Bill(
                    person=agreed.person,
                    role=ROLE,
                    provider=self._provider.name,
                    model=agreed.model.id,
                    price=price,
                    input_tokens=0,
                    max_output_tokens=tokens,
                )
            )
            if not isinstance(found, BudgetSpent):
                return _Budget(found, amount)
            amount /= 2
        raise ProblemError(BUDGET_SPENT)

    async def _settle(self, budget: _Budget | None, session: Session) -> None:
        used = session.meter.usage
        if budget is None:
            AI_COST.labels("caller").inc(float(session.meter.usd))
            return
        spent = Spent(session.meter.usd, used.input, used.output)
        await self._ledger.settle(budget.reservation, spent, "reported" if session.meter.is_reported else "estimated")
