"""Asks for every operation as a child, a learner, an author and an admin, with a word in each field.

What they write stays where it belongs, such as a lesson's file or the reason of an act; it is in no log, trace or
metric. And no operation is refused to all four for who they are: each field of each was read by somebody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.brokers import Broker
from tests.faults.canary_fields import Document, ask_everywhere
from tests.faults.canary_life import done
from tests.faults.canary_places import Places
from tests.faults.canary_words import Words
from tests.faults.client import Client
from tests.faults.system import System, system
from tests.faults.test_canaries_everywhere import start_all
from tests.receiver import receiving

pytestmark = [pytest.mark.timeout(900), pytest.mark.in_full]
_NOT_ALLOWED = (401, 403)
#: whose 401 is about the credentials in the body, so that has been read
_JUDGE_THE_BODY = {("POST", "/auth/login"), ("POST", "/auth/refresh")}


async def grown(client: Client, made: System, role: str) -> None:
    """Gives a client an account with a role."""
    account = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery"}
    await client.sign_up({"birth_date": "1980-01-01", "email": account["email"]})
    await made.command("people", "grant", account["email"], role)
    session = done(await client.http.post("/auth/login", json=account)).json()
    client.http.headers["Authorization"] = f"Bearer {session['access_token']}"


def read_by_nobody(document: Document, *asked: dict[str, int]) -> Iterator[str]:
    """Yields the operations of which no answer to anybody tells more than that they may not."""
    for method, path in sorted(set(document.operations()) - _JUDGE_THE_BODY):
        found = [each for of in asked for label, each in of.items() if label.startswith(f"{method} {path} ")]
        if all(status in _NOT_ALLOWED for status in found):
            yield f"{method} {path}"


async def test_no_word_of_an_author_or_admin_is_in_logs_traces_or_metrics(
    broker: Broker, postgres_url: str, tmp_path: Path, recording: bytes
) -> None:
    words = Words()
    async with system(tmp_path, postgres_url, broker) as made, receiving() as collector:
        addresses, _ = await start_all(made, collector)
        async with (
            Client(made.address) as child,
            Client(made.address) as learner,
            Client(made.address) as author,
            Client(made.address) as admin,
        ):
            await child.sign_up({"birth_date": (date.today() - timedelta(days=9 * 365)).isoformat()})
            await grown(author, made, "author")
            await grown(admin, made, "admin")
            document = Document((await learner.http.get("/openapi.json")).json())
            asked = [await ask_everywhere(each.http, words, recording) for each in (child, learner, author, admin)]
            found = await Places(made, broker, collector, addresses).told()
        assert sum(path.stat().st_size for path in made.folder.glob("*.log")) > 0
        assert found.in_any() == {}
        assert list(read_by_nobody(document, *asked)) == []
