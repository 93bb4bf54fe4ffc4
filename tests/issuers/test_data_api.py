"""Tests that Supabase's own Python client reads the views of `public_api`, each person what is theirs.

The server is a stand-in for PostgREST, which was never run.
"""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import asyncpg
import jwt

from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from gateway.edge.auth.tokens import AccessToken, Tokens
from services.gateway.tests.integration.test_door import KEY
from tests.issuers.data_api import DataApi
from tests.issuers.server import serving
from voxbus.services import SERVICES

_CLIENT = Path(__file__).parent / "vendors" / "data_api.py"
SUPABASE = "https://project.supabase.co/auth/v1"
NO_UUID = "user_2abcDEF"
#: a schema, a table, a method with its arguments, and conditions
QUESTIONS: dict[str, list[Any]] = {
    "mine": ["public_api", "attempts", "select", ["id, transcript"], [["limit", [9]], ["order", ["created_at"]]]],
    "one": ["public_api", "attempts", "select", ["transcript"], [["eq", ["transcript", "words of robin"]]]],
    "cast": ["public_api", "twister_progress", "select", ["sound"], [["gt", ["score", 50]]]],
    "me": ["public_api", "me", "select", ["username"], []],
    "catalogue": ["public_api", "twisters", "select", ["text"], [["like", ["text", "Red%"]]]],
    "insert": ["public_api", "me", "insert", [{"username": "x"}], []],
    "update": ["public_api", "me", "update", [{"username": "x"}], [["like", ["username", "%"]]]],
    "delete": ["public_api", "notifications", "delete", [], [["like", ["title", "%"]]]],
    "no view": ["public_api", "people", "select", ["*"], []],
    "another schema": ["gateway", "people", "select", ["*"], []],
}
REFUSED = dict.fromkeys(("insert", "update", "delete"), "42501") | {"no view": "42P01", "another schema": "PGRST106"}
NOTHING: dict[str, Any] = {"mine": [], "one": [], "cast": [], "me": []}
CATALOGUE = [{"text": "Red lorry"}]


async def test_supabases_client_reads_what_is_a_persons_own(postgres_url: str, vendors_python: Path) -> None:
    robin, alex, attempts, session = new_id(), new_id(), [new_id(), new_id()], new_id()
    async with fresh_database(postgres_url, SERVICES) as url:
        owner = await asyncpg.connect(url)
        await owner.execute("INSERT INTO content.twisters VALUES ($1, 'Red lorry', 'en', 3, '{R}')", new_id())
        people = ((robin, "robin", attempts[0]), (alex, "alex", attempts[1]))
        for person, name, attempt in people:
            await owner.execute("INSERT INTO gateway.people (id, username) VALUES ($1, $2)", person, name)
            await owner.execute(
                "INSERT INTO gateway.jobs (id, kind, person_id, status, deadline, last_seq)"
                " VALUES ($1, 'attempt', $2, 'succeeded', now(), 7)",
                attempt,
                person,
            )
            await owner.execute(
                "INSERT INTO speech.assessments (attempt_id, person_id, transcript, words, sounds, engine)"
                " VALUES ($1, $2, $3, '[]', '[]', '{}')",
                attempt,
                person,
                f"words of {name}",
            )
            await owner.execute(
                "INSERT INTO content.twister_progress VALUES ($1, $2, 4, 71, 70, 2, 'rising')", person, name
            )
        await owner.execute(
            "INSERT INTO gateway.sessions (id, person_id, issuer, ends_at)"
            " VALUES ($1, $2, 'voxbus', now() + interval '1 hour')",
            session,
            robin,
        )
        add_identity = "INSERT INTO gateway.identities (id, person_id, issuer, subject) VALUES ($1, $2, $3, $4)"
        await owner.execute(add_identity, new_id(), alex, SUPABASE, NO_UUID)
        await owner.close()

        api = DataApi(url, KEY)
        tokens = {
            "robin": Tokens(KEY).issue(AccessToken(robin, session, 1)),
            "alex": jwt.encode({"iss": SUPABASE, "sub": NO_UUID, "role": "authenticated"}, KEY, "HS256"),
            "somebody new": jwt.encode({"iss": SUPABASE, "sub": str(alex), "role": "authenticated"}, KEY, "HS256"),
            "a thief": jwt.encode({"iss": "voxbus", "sub": str(robin), "role": "authenticated"}, "x" * 32, "HS256"),
            "nobody": None,
        }
        async with serving(api.app) as served:
            seen = await ask(vendors_python, url=served, key=api.anon_key, tokens=tokens, questions=QUESTIONS)

    def own(name: str) -> dict[str, Any]:
        attempt = attempts[0] if name == "robin" else attempts[1]
        one = [{"transcript": "words of robin"}] if name == "robin" else []
        return {
            "mine": [{"id": str(attempt), "transcript": f"words of {name}"}],
            "one": one,
            "cast": [{"sound": name}],
            "me": [{"username": name}],
        }

    for who in ("robin", "alex"):
        assert seen[who] == {**own(who), "catalogue": CATALOGUE, **REFUSED}
    assert seen["somebody new"] == {**NOTHING, "catalogue": CATALOGUE, **REFUSED}
    assert seen["a thief"] == dict.fromkeys(QUESTIONS, "PGRST301")
    assert seen["nobody"] == {**dict.fromkeys(NOTHING, "42501"), "catalogue": CATALOGUE, **REFUSED}


async def ask(python: Path, **given: Any) -> Any:
    """Asks with the vendor's client, in a process of its own."""
    process = await asyncio.create_subprocess_exec(python, _CLIENT, stdin=PIPE, stdout=PIPE, env={})
    said, _ = await process.communicate(json.dumps(given).encode())
    assert process.returncode == 0
    return json.loads(said)
