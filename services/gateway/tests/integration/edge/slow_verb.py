"""Gateways in front of the toys that make jobs of what is proposed, and owners that propose otherwise."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.message.envelope import new_id
from chassis.web.proposal import MEDIA_TYPE
from contracts.catalogue import JOB_KINDS
from gateway.edge.forward.forwarder import Forwarder
from gateway.edge.forward.hop import Hop, HopAnswer, HopRequest, NoAnswer, NotSent, OwnerHealth
from gateway.edge.forward.proposals import Proposals
from gateway.edge.forward.routes import RouteTable
from gateway.edge.forward.serve import Propose
from gateway.edge.streams.hub import Hub
from gateway.jobs.accept import Acceptance
from libs.chassis.tests.integration.toys.messages import POLISH
from services.gateway.tests.integration.edge.door import DOCUMENT, Door, door
from services.gateway.tests.integration.fixtures import Bench

KINDS = {**JOB_KINDS, POLISH.name: POLISH}


@dataclass
class Polishing:
    """Holds one gateway's core, which any number of doors share."""

    bench: Bench
    hub: Hub
    key: bytes

    def door(self, hop: Hop, acceptance: Acceptance | None = None, document: Mapping[str, Any] = DOCUMENT) -> Door:
        """Returns a gateway that reaches the toys over a hop."""

        def accepting(table: RouteTable, forwarder: Forwarder) -> Propose:
            accepts = acceptance or self.bench.acceptance
            return Proposals(table, forwarder, accepts, self.hub, self.bench.database, self.bench.keys, KINDS).answer

        return door(hop, self.key, document=document, accepting=accepting)

    async def count(self, table: str) -> int:
        """Counts the rows of a table that are about the bench's person."""
        [[found]] = await self.bench.database.fetch(
            f"SELECT count(*) FROM {table} WHERE person_id = $1", self.bench.person
        )
        return int(found)

    async def is_empty(self) -> bool:
        """Tells whether nothing at all has been left of the person's requests."""
        left = [await self.count(table) for table in ("jobs", "log", "idempotency")]
        [[sent]] = await self.bench.database.fetch(
            "SELECT count(*) FROM outbox WHERE headers->>'cloudEvents_personid' = $1", str(self.bench.person)
        )
        return not any([*left, sent])

    async def command(self, job_id: str) -> tuple[UUID, dict[str, Any]]:
        """Returns whose a job is, and the command in its log."""
        row = (await self.bench.rows(UUID(job_id)))[0]
        return row.person_id, json.loads(row.body)


@dataclass
class Owner:
    """Stands for an owner, on a hop: it answers each request alike, or not at all."""

    status: int = 200
    content: bytes = b""
    media_type: str = MEDIA_TYPE
    #: that it breaks off after its content
    breaks: bool = False
    lost: Exception | None = None
    asked: list[HopRequest] = field(default_factory=list)
    closed: int = 0

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        """See `Hop`."""
        self.asked.append(request)
        if self.lost is not None:
            raise self.lost

        async def pieces() -> AsyncIterator[bytes]:
            yield self.content
            if self.breaks:
                raise NoAnswer("an answer that ends early")

        async def close() -> None:
            self.closed += 1

        return HopAnswer(self.status, [(b"content-type", self.media_type.encode())], pieces(), close)

    async def open(self, request: HopRequest, *, within: float) -> HopAnswer:
        """See `Hop`."""
        raise NotSent("no streams here")

    async def state(self) -> OwnerHealth:
        """See `Hop`."""
        return OwnerHealth("ok")

    async def aclose(self) -> None:
        """See `Hop`."""


def proposal(**changes: Any) -> bytes:
    """Returns what an owner proposes for a toy, with changes."""
    return json.dumps({**PROPOSAL, **changes}).encode()


PROPOSAL: Mapping[str, Any] = {
    "kind": "toy_polish",
    "type": "toy.polish",
    "version": "1.0",
    "command": {"person_id": str(new_id()), "toy_id": str(new_id()), "toy_version": 1, "with_what": "wax"},
    "public": {"toy": "a toy"},
}
