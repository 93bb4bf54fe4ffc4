"""Types commands of `voxbus` in this process, and leaves rows for them to find."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from typer.testing import CliRunner, Result

from chassis.delivery.outbox import to_outbox_uncaused
from chassis.message.crypto import Key
from chassis.message.envelope import Envelope, new_id
from chassis.observe.logs import configure_logs
from contracts.base import Message
from contracts.speech import AttemptAssessed
from voxbus.cli.commands import application

PROBLEM = {"type": "/problems/gave-up", "title": "The work failed each time it was tried", "status": 500, "detail": ""}
FAILURES = [{"try": 1, "at": "2026-11-20T10:00:00+00:00", "error": "builtins.KeyError at a.py:1 f"}]

_LETTER = """
INSERT INTO {}.inbox (consumer, id, job_id, body, headers, fence, tries, due_at, done_at, outcome, problem, failures)
VALUES ($1, $2, $3, $4, $5, 1, 1, now(), now(), 'dead', $6, $7)
"""
_PERSON = "INSERT INTO gateway.people (id, email, username, password_hash, roles) VALUES ($1, $2, 'Ada', 'none', $3)"
_JOB = """
INSERT INTO gateway.jobs (id, kind, person_id, status, deadline, last_seq, heard_at)
VALUES ($1, 'attempt', $2, 'running', now() + interval '1 hour', 1, now() - interval '{}')
"""
_LOGGED = """
INSERT INTO gateway.log (stream_id, seq, event_id, type, version, time, person_id, headers, body)
VALUES ($1, 1, $2, 'attempt.assess', '1.0', now(), $3, $4, $5)
"""


@dataclass(frozen=True)
class CommandLine:
    """Types commands in an environment; nobody sits at the terminal."""

    environment: Mapping[str, str]

    def __call__(self, *words: str, **environment: str) -> Result:
        """Runs a command, and returns its exit code and what it printed."""
        try:
            return CliRunner().invoke(application(words), list(words), env={**self.environment, **environment})
        finally:
            configure_logs("text")  # the command's log went to what is closed by now

    def lines(self, *words: str, **environment: str) -> list[dict[str, Any]]:
        """Runs a command that succeeds, with `--json`; returns its documents."""
        ended = self(*words, "--json", **environment)
        assert ended.exit_code == 0, ended.output
        return [json.loads(line) for line in ended.stdout.splitlines()]


@dataclass(frozen=True)
class Rows:
    """Writes and reads rows as the database's owner."""

    url: str

    async def ask(self, statement: str, *parameters: object) -> list[Any]:
        """Runs one statement."""
        connection = await asyncpg.connect(self.url)
        try:
            rows: list[Any] = await connection.fetch(statement, *parameters)
            return rows
        finally:
            await connection.close()

    async def person(self, email: str, *roles: str) -> UUID:
        """Makes an account."""
        person = new_id()
        await self.ask(_PERSON, person, email, sorted({"learner", *roles}))
        return person

    async def letter(
        self, person: UUID, key: Key, message: Message | None = None, handler: str = "feedback.give_feedback"
    ) -> str:
        """Leaves a dead letter about a person; returns its id."""
        message = message or AttemptAssessed.model_validate(AttemptAssessed.examples()[0])
        sent = to_outbox_uncaused(message, source="voxbus/test", job_id=None, person_id=person, key=key)
        id, headers = sent.envelope.id, json.dumps(sent.envelope.headers())
        documents = json.dumps(PROBLEM), json.dumps(FAILURES)
        await self.ask(_LETTER.format(handler.partition(".")[0]), handler, id, None, sent.body, headers, *documents)
        return f"{handler}/{id}"

    async def job(self, person: UUID, silent: str = "1 second") -> UUID:
        """Leaves an open job that nobody has heard of for a while, with the event that began it."""
        job, begun = new_id(), new_id()
        envelope = Envelope(
            id=begun,
            type="attempt.assess",
            version=(1, 0),
            source="voxbus/test",
            time=datetime.now(UTC),
            job_id=job,
            person_id=person,
        )
        await self.ask(_JOB.format(silent), job, person)
        await self.ask(_LOGGED, job, begun, person, json.dumps(envelope.headers()), b"{}")
        return job

    async def acts(self, act: str) -> list[tuple[str, str | None, str, Any]]:
        """Returns the outcome, reason, object and detail of each act of a kind, oldest first."""
        rows = await self.ask("SELECT * FROM gateway.operator_acts WHERE act = $1 ORDER BY id", act)
        assert all("@" in row["operator"] for row in rows)
        return [(row["outcome"], row["reason"], row["object"], json.loads(row["detail"])) for row in rows]


def settings_of(folder: Path, database_url: str) -> dict[str, str]:
    """Returns the environment of an operator's command for a database, with a key file in a folder."""
    return {
        "VOXBUS_DATA_DIR": str(folder),
        "VOXBUS_DATABASE_URL": database_url,
        "VOXBUS_KEYS_URL": f"file://{folder}/keys.sqlite",
        "VOXBUS_BUS_URL": "memory://",
        "VOXBUS_SERVER": "",
        "VOXBUS_TOKEN": "",
    }
