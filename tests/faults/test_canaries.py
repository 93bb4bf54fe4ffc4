"""Tests that a person's words are in clear in no table of the delivery, file of the broker, log or trace.

Canary words go in over HTTP, through real processes, RabbitMQ and Postgres; then everything that was written down is
searched. Services' own rows hold what they are there to hold; those go when the person is erased.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from httpx2 import AsyncClient

from chassis.testing import until
from gateway.consents.notices import VERSIONS
from tests.brokers import Broker
from tests.faults.client import WITHIN_S, Client
from tests.faults.conftest import Make
from tests.faults.fake_speech import REFUSES
from tests.faults.invariants import SCHEMAS
from tests.faults.system import System
from tests.receiver import receiving

#: the tables that are there to hold a person's words, and their account
OWN_ROWS = {"speech.assessments", "feedback.feedback"}
ACCOUNT = {"gateway.people", "gateway.mailed_links"}
#: where services keep what others may rely on of an account: its address for mails, its name for a league
OF_ACCOUNT = {"notify.people", "content.learners"}
#: outbox rows go when they are published: what was ever in one is copied here
_SEEN = """
CREATE SCHEMA seen;
CREATE TABLE seen.outbox (body bytea, headers jsonb);
CREATE FUNCTION seen.copy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN INSERT INTO seen.outbox VALUES (NEW.body, NEW.headers); RETURN NEW; END $$;
"""
#: the first two times a row is written, an error names it, as a server's errors name the row that was refused
_ERRORS = """
CREATE SEQUENCE seen.refused_{table};
CREATE FUNCTION seen.refuse_{table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN
  IF nextval('seen.refused_{table}') > 2 THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'refused: {text}';
END $$;
CREATE TRIGGER refused BEFORE INSERT ON {schema}.{table} FOR EACH ROW EXECUTE FUNCTION seen.refuse_{table}();
"""
_TABLES = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname = ANY($1::text[])
"""


async def copy_outboxes(system: System) -> None:
    """Keeps what outboxes hold for a moment."""
    taps = [
        f"CREATE TRIGGER copied AFTER INSERT ON {s}.outbox FOR EACH ROW EXECUTE FUNCTION seen.copy()" for s in SCHEMAS
    ]
    await system.execute(_SEEN, *taps)


async def refuse_at_first(system: System, text: str) -> None:
    """Makes a slow and a fast handler fail at first, with an error that holds a text, and work later."""
    rows = [("feedback", "feedback"), ("content", "folded_attempts")]
    await system.execute(*(_ERRORS.format(schema=schema, table=table, text=text) for schema, table in rows))


async def tables_with(system: System, text: str) -> set[str]:
    """Returns tables with a text in any column of any row, also as bytes; partitions count as their table."""
    connection = await asyncpg.connect(system.database_url)
    try:
        names = [row[0] for row in await connection.fetch(_TABLES, [*SCHEMAS, "seen"])]
        found = set()
        for name in names:
            query = f"SELECT EXISTS (SELECT FROM {name} t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0)"
            if await connection.fetchval(query, text, text.encode().hex()):
                found.add(name.removesuffix("_default").rstrip("0123456789").rstrip("_"))
        return found
    finally:
        await connection.close()


def files_with(folder: Path, text: str) -> list[str]:
    """Returns files below a folder that have a text: logs and stderr of all processes, media, mails, the key store."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [str(path.relative_to(folder)) for path in files if text.encode() in path.read_bytes()]


@dataclass
class Child:
    """Holds words that stand for a child's and their guardian's addresses, name, browser and file, and for a text."""

    email: str = field(default_factory=lambda: f"child{uuid4().hex[:10]}")
    parent: str = field(default_factory=lambda: f"parent{uuid4().hex[:10]}")
    name: str = field(default_factory=lambda: f"Kim{uuid4().hex[:10]}")
    agent: str = field(default_factory=lambda: f"agent{uuid4().hex[:10]}")
    file: str = field(default_factory=lambda: f"file{uuid4().hex[:10]}")
    text: str = field(default_factory=lambda: f"text{uuid4().hex[:10]}")
    network: str = "203.0.113.77"

    @property
    def words(self) -> list[str]:
        return [self.email, self.parent, self.name, self.agent, self.file, self.text, self.network]

    async def practise(self, system: System, recording: bytes) -> None:
        """Goes the whole way: asks a guardian, is agreed to, reads, is refused, looks, and goes."""
        headers = {"User-Agent": self.agent, "X-Forwarded-For": self.network}
        at = system.address
        async with (
            AsyncClient(base_url=at, timeout=WITHIN_S) as parent,
            AsyncClient(base_url=at, timeout=WITHIN_S, headers=headers) as door,
        ):
            await self._sign_up(door, self.email, self.name, "2018-04-05")
            await self._sign_up(parent, self.parent, "Marian", "1985-02-03")
            named = {"email": f"{self.parent}@example.org"}
            assert (await door.post("/me/guardian", json=named)).status_code == 202
            proven = {"token": await self._mailed(system, "verify-email")}
            assert (await parent.post("/auth/verify", json=proven)).status_code == 200
            asked = {"token": await self._mailed(system, "guardian-invitation")}
            linked = await parent.post("/guardian/invitations/accept", json=asked)
            pair = f"/guardian/children/{linked.json()['id']}/consents/assess_voice/voxbus"
            given = await parent.put(pair, json={"notice_version": VERSIONS[-1].version, "method": "email_plus"})
            assert given.status_code == 200, given.text
            form: dict[str, Any] = {
                "files": {"recording": (f"{self.file}.webm", recording, "audio/webm")},
                "data": {"text": f"Red lorry {self.text}"},
            }
            accepted = await door.post("/attempts", **form)
            assert accepted.status_code == 202, accepted.text
            shown = await door.get(f"/jobs/{accepted.json()['job']['id']}/events")
            assert self.text in shown.text and "job.succeeded" in shown.text
            assert (await door.get(f"/twisters/{self.text}?q={self.text}")).status_code in (404, 422)
            assert (await parent.delete(pair)).status_code == 200
            assert (await door.post("/attempts", **form)).status_code == 403
            assert (await door.patch("/me", json={"username": self.name + "!"})).status_code == 200

    async def _sign_up(self, who: AsyncClient, email: str, name: str, birth_date: str) -> None:
        account = {"email": f"{email}@example.org", "username": name, "birth_date": birth_date}
        made = await who.post("/auth/signup", json=account | {"password": "correct horse battery"})
        who.headers["Authorization"] = f"Bearer {made.json()['access_token']}"

    async def _mailed(self, system: System, template: str) -> str:
        """Returns the token of a mail to the guardian, once it is on the disk."""

        async def arrived() -> str | None:
            for path in (system.folder / "mail").glob("*.eml"):
                mail = path.read_text(encoding="utf-8", errors="replace")
                if self.parent in mail and f"X-Voxbus-Template: {template}" in mail:
                    return mail.partition("#token=")[2].split()[0]
            return None

        return str(await until(arrived, what=f"a mail {template}"))


async def shown_to_owner(client: Client, job: UUID) -> str:
    """Returns everything a job's stream says, as it is on the wire."""
    return (await client.http.get(f"/jobs/{job}/events")).text


@pytest.mark.timeout(300)
@pytest.mark.landing
async def test_what_was_said_stands_in_clear_nowhere_and_goes_with_the_person(
    make_system: Make, broker: Broker, recording: bytes
) -> None:
    canary, name, other, error = (f"canary{uuid4().hex[:10]}" for _ in range(4))
    async with make_system() as system, receiving() as collector:
        await copy_outboxes(system)
        await refuse_at_first(system, error)
        traces = f"http://127.0.0.1:{collector.port}"
        proxied = "127.0.0.1/32"
        await system.serve("gateway", otlp_url=traces, trusted_proxies=proxied, public_url=system.address)
        await system.fake_speech()
        await system.serve_each("feedback", "content", "notify", otlp_url=traces)
        async with Client(system.address) as client, Client(system.address) as stranger:
            email = f"{name}@example.org"
            await client.sign_up({"birth_date": "1990-01-01", "email": email, "username": name})
            job = await client.submit(recording, f"Red lorry {canary}")
            refused = await client.submit(recording, f"{REFUSES} {canary}", ends="failed")
            kept = await stranger.submit(recording, f"Yellow lorry {other}")
            for who, which in ((client, job), (client, refused), (stranger, kept)):
                await who.follow(which)
            await system.settled(client.observed)
            await system.settled(stranger.observed)

            # its owner reads it, so it has gone all the way
            assert canary in await shown_to_owner(client, job)
            attempt = (await client.http.get(f"/attempts/{job}")).json()
            assert canary in attempt["text"] and canary in attempt["transcript"]
            # the search finds what is there
            everywhere = await tables_with(system, str(job))
            assert everywhere >= OWN_ROWS | {"gateway.log", "speech.inbox", "feedback.inbox", "seen.outbox"}
            assert "speech.inbox" in await tables_with(system, str(refused))  # a dead letter
            assert await broker.holds(str(job).encode())
            assert ACCOUNT <= await tables_with(system, name) <= ACCOUNT | OF_ACCOUNT

            assert {"speech.assessments"} <= await tables_with(system, canary) <= OWN_ROWS
            for text in (canary, name, other, error):
                assert not await broker.holds(text.encode())
                # a mail in a file, which stands in for one that is sent, names its recipient
                outside = [
                    path for path in files_with(system.folder, text) if text != name or not path.startswith("mail/")
                ]
                assert outside == []

            child = Child()
            await child.practise(system, recording)
            for text in child.words:
                assert not await broker.holds(text.encode())
                assert [path for path in files_with(system.folder, text) if not path.startswith("mail/")] == []
                assert "gateway.security_events" not in await tables_with(system, text)

            await system.command("people", "erase", email, "--yes")

            async def gone() -> bool:
                answer = await client.http.get(f"/attempts/{job}")
                return answer.status_code == 401 and not await tables_with(system, canary)

            await until(gone, within=30, what="a person who is erased everywhere")
            assert await tables_with(system, name) == set()
            for path in ("/jobs", f"/jobs/{job}", f"/jobs/{job}/events", "/attempts", "/notifications"):
                assert (await client.http.get(path)).status_code == 401
            assert other in (await stranger.http.get(f"/attempts/{kept}")).json()["text"]
            assert other in await shown_to_owner(stranger, kept)
        await system.stop_all()  # the last traces are exported

        traced = b"".join(request.body for request in collector.requests)
        for handler in (b"feedback.give_feedback", b"content.project_progress"):
            assert handler in traced
        assert b"chassis.delivery.fast._Failed" in traced  # the error was exported
        assert b"POST /guardian/invitations/accept" in traced
        for text in (canary, name, other, error, *child.words):
            assert text.encode() not in traced
