"""Sends canary keys and canary words in good and bad ways to a conversation, and finds them however they are written.

Each way has a key and words of its own, so that what is found says how it came there.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from httpx2 import AsyncClient, Response

from chassis.settings import Settings
from tests.faults.canary_words import Words, count
from tests.provider import FAULTS, ProviderStandIn
from voxbus.local.reach import reach_database

PATH = "/api/conversation"
SECRET, OPENAIS_SECRET = f"{PATH}/client-secret", f"{PATH}/realtime/client_secrets"
#: faults of a provider that hold an answer until they are released
_HELD = frozenset({"silent", "slow-first", "stall"})
#: it answers with all that it was sent, words included: its answer is the person's own
_OBEYS = frozenset({"obey"})
_HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256")


@dataclass
class Canaries:
    """Holds the keys and words that were sent."""

    words: Words = field(default_factory=Words)
    sent: dict[str, str] = field(default_factory=dict)

    def key(self, way: str) -> str:
        """Returns a new key, which begins as those of OpenAI."""
        return self._note(f"sk-proj-{self.words.new(f'key {way}')}0123456789", f"key {way}")

    def said(self, way: str) -> str:
        """Returns new words to say."""
        return self._note(f"I heard that {self.words.new(f'words {way}')} is slow", f"words {way}")

    def _note(self, text: str, what: str) -> str:
        self.sent[text] = what
        return text

    def found_in(self, content: bytes) -> dict[str, int]:
        """Counts the canaries in some bytes, by the way in which they are written; hashes of what was sent as well."""
        found = dict(count(content))
        for text in self.sent:
            for form, digest in _digests(text):
                if digest in content:
                    found[form] = found.get(form, 0) + 1
        return found

    def found_below(self, *folders: Path, since: float = 0.0) -> dict[Path, dict[str, int]]:
        """Counts those in all files below the folders, by file; only in those that were written since a moment."""
        found = {}
        for path in sorted(path for folder in folders for path in folder.rglob("*")):
            try:
                if path.is_symlink() or not path.is_file() or path.stat().st_mtime < since:
                    continue
                here = self.found_in(path.read_bytes() + path.name.encode())
            except FileNotFoundError:
                continue
            if here:
                found[path] = here
        return found

    def labels_in(self, paths: Iterable[Path]) -> set[str]:
        """Returns whose words stand in clear in some files; a server may have deleted one by now, as of its log."""
        return {label for path in paths for label in self.words.fields_in(path.read_bytes() if path.exists() else b"")}


def _digests(text: str) -> list[tuple[str, bytes]]:
    found = []
    for name in _HASHES:
        digest = hashlib.new(name, text.encode())
        found += [
            (name, digest.digest()),
            (f"{name} in hex", digest.hexdigest().encode()),
            (f"{name} in base64", base64.b64encode(digest.digest()).rstrip(b"=")),
        ]
    return found


@dataclass
class Asking:
    """Asks one product as a client, and keeps what it is answered."""

    http: AsyncClient
    stand_in: ProviderStandIn
    canaries: Canaries
    answers: list[bytes] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)

    async def post(
        self, way: str, content: Any, query: str = "", headers: Mapping[str, str] | None = None, path: str = PATH
    ) -> Response:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        given = {"Content-Type": "application/json", **(headers or {})}
        answer = await self.http.post(path + query, content=body, headers=given)
        self.keep(way, answer)
        return answer

    def keep(self, way: str, answer: Response) -> None:
        self.answers.append(answer.content + str(answer.headers.raw).encode())
        self.statuses[way] = answer.status_code


Way = Callable[[Asking, str], Awaitable[None]]


def _body(made: Callable[[str, str], Any], **more: Any) -> Way:
    async def ask(asking: Asking, way: str) -> None:
        await asking.post(way, made(asking.canaries.key(way), asking.canaries.said(way)), **more)

    return ask


def _header(name: str, value: str = "{key}") -> Way:
    async def ask(asking: Asking, way: str) -> None:
        key = asking.canaries.key(way)  # rules take up the words of an answer that comes all the same
        await asking.post(way, {"message": "We begin."}, headers={name: value.format(key=key)})

    return ask


def _query(text: str) -> Way:
    async def ask(asking: Asking, way: str) -> None:
        key, said = asking.canaries.key(way), asking.canaries.said(way)
        await asking.post(way, {"message": said}, query="?" + text.format(key=key))

    return ask


def _fault(fault: str, *, stream: bool) -> Way:
    async def ask(asking: Asking, way: str) -> None:
        said = f"{asking.canaries.said(way)} [fault {fault}]"
        await asking.post(way, {"message": said, "apiKey": asking.canaries.key(way), "stream": stream})

    return ask


async def _abort(asking: Asking, way: str) -> None:
    """Goes away in the middle of a stream."""
    body = {
        "message": f"{asking.canaries.said(way)} [fault stall]",
        "apiKey": asking.canaries.key(way),
        "stream": True,
    }
    async with asking.http.stream("POST", PATH, json=body) as answer:
        async for piece in answer.aiter_bytes():
            asking.answers.append(piece)
            break
    asking.statuses[way] = answer.status_code
    async with asyncio.timeout(60):
        await asking.stand_in.last.over.wait()


async def _path(asking: Asking, way: str) -> None:
    asking.keep(way, await asking.http.post(f"{PATH}/{asking.canaries.key(way)}", json={"message": "a"}))


async def _method(asking: Asking, way: str) -> None:
    asking.keep(way, await asking.http.put(PATH, json={"message": "a", "apiKey": asking.canaries.key(way)}))


async def _secret_by_bearer(asking: Asking, way: str) -> None:
    """Asks for a short-lived key as OpenAI's clients do."""
    key, said = asking.canaries.key(way), asking.canaries.said(way)
    given = {"Authorization": f"Bearer {key}"}
    await asking.post(way, {"session": {"instructions": said}}, path=OPENAIS_SECRET, headers=given)


def _said(key: str, said: str) -> dict[str, Any]:
    return {"message": said, "apiKey": key}


WAYS: dict[str, Way] = {
    "as it should be": _body(_said),
    "streamed": _body(lambda key, said: {**_said(key, said), "stream": True}),
    "as text": _body(_said, headers={"Accept": "text/plain"}),
    "with history": _body(lambda key, said: {**_said(key, "Go on."), "history": [{"role": "user", "text": said}]}),
    "of Anthropic": _body(lambda key, said: {**_said(key, said), "model": "Claude 3.7 Sonnet"}),
    "of Gemini": _body(lambda key, said: {**_said(key, said), "model": "Gemini 2.5 Pro"}),
    "words without a key": _body(lambda _, said: {"message": said}, headers={"Accept": "text/event-stream"}),
    "in the message": _body(lambda key, said: {"message": f"{key} {said}", "apiKey": "short"}),
    "in another field": _body(lambda key, said: {"message": said, "api_key": key}),
    "as a field's name": _body(lambda key, said: {"message": said, key: 1}),
    "as a name within": _body(lambda key, said: {"message": said, "history": [{"role": "user", key: said}]}),
    "as the model": _body(lambda key, said: {**_said(key, said), "model": key}),
    "as a role": _body(lambda key, said: {"message": "a", "history": [{"role": key, "text": said}]}),
    "as a number's place": _body(lambda key, said: {"message": said, "maxOutputTokens": key}),
    "as a list": _body(lambda key, said: {"message": [said], "apiKey": [key]}),
    "as an object": _body(lambda key, said: {"message": {said: said}, "apiKey": {key: key}}),
    "too long": _body(lambda key, said: _said(key * 20, said)),
    "not ASCII": _body(lambda key, said: _said(key + "é", said)),
    "with a space": _body(lambda key, said: _said(key + " x", said)),
    "twice": _body(lambda key, said: f'{{"message": "{said}", "apiKey": "{key}", "apiKey": "{key}"}}'.encode()),
    "in broken JSON": _body(lambda key, said: f'{{"message": "{said}", "apiKey": "{key}'.encode()),
    "in no JSON": _body(lambda key, said: f"{said} {key}".encode()),
    "as a bare string": _body(lambda key, _: json.dumps(key).encode()),
    "in UTF-16": _body(lambda key, said: json.dumps(_said(key, said)).encode("utf-16")),
    "with a lone surrogate": _body(lambda key, said: f'{{"message": "{said}\\ud800", "apiKey": "{key}"}}'.encode()),
    "oversized": _body(lambda key, said: {**_said(key, said), "history": [{"role": "user", "text": "a" * 70_000}]}),
    "as a form": _body(
        lambda key, said: f"message={said}&apiKey={key}".encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    ),
    "compressed": _body(_said, headers={"Content-Encoding": "gzip"}),
    "as Bearer": _header("Authorization", "Bearer {key}"),
    "as Basic": _header("Authorization", "Basic {key}"),
    "as X-Api-Key": _header("X-Api-Key"),
    "as Idempotency-Key": _header("Idempotency-Key"),
    "as Accept": _header("Accept", "text/{key}"),
    "as X-Request-Id": _header("X-Request-Id"),
    "as a cookie": _header("Cookie", "key={key}"),
    "as traceparent": _header("traceparent", "00-{key}-01"),
    "in the query": _query("apiKey={key}"),
    "in the query's name": _query("{key}"),
    "in the query by another name": _query("x={key}"),
    "in the path": _path,
    "with another method": _method,
    "gone in the middle": _abort,
    "for a short-lived key": _body(lambda key, said: {"apiKey": key, "instructions": said}, path=SECRET),
    "for one, as a field's name": _body(lambda key, said: {"instructions": said, key: 1}, path=SECRET),
    "for one, as the voice": _body(lambda key, said: {"apiKey": key, "voice": key + said}, path=SECRET),
    "for one, in broken JSON": _body(
        lambda key, said: f'{{"instructions": "{said}", "apiKey": "{key}'.encode(), path=SECRET
    ),
    "for one, as OpenAI's clients do": _secret_by_bearer,
    "for one, in its session": _body(
        lambda key, said: {"session": {"model": key, "instructions": said}}, path=OPENAIS_SECRET
    ),
    **{
        f"{fault}{' streamed' if stream else ''}": _fault(fault, stream=stream)
        for fault in FAULTS
        if fault not in _HELD | _OBEYS
        for stream in (False, True)
    },
}
#: where a person's own words are in the answer: rules take them up, and a session says how it is set
_ANSWERED = frozenset({"words without a key", "for a short-lived key", "for one, as OpenAI's clients do"})
#: the ways that `make test` goes
FEW = ("as it should be", "streamed", "as a field's name", "in broken JSON", "as Bearer", "in the query", "401", "cut")


async def send(asking: Asking, ways: Mapping[str, Way]) -> None:
    """Goes each way; nothing that is answered may repeat a canary."""
    for way, ask in ways.items():
        await ask(asking, way)
        found = asking.canaries.found_in(asking.answers[-1])
        assert not found or way in _ANSWERED, f"{way}: {found}"


#: what is told of a word that is stored on purpose: a search that does not find it is blind
ON_PURPOSE = "stored on purpose"


async def kept_on_purpose(http: AsyncClient, canaries: Canaries) -> None:
    """Signs up somebody with a canary word as their name."""
    body = {
        "email": f"{uuid4()}@example.org",
        "password": "correct horse",
        "username": canaries.words.new(ON_PURPOSE),
        "birth_date": "1990-01-01",
    }
    (await http.post("/auth/signup", json=body)).raise_for_status()


async def database_folder(settings: Settings) -> Path:
    """Returns the folder of the files of an installation's own database server, all of them written out."""
    async with reach_database(settings) as url:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("CHECKPOINT")
            return Path(await connection.fetchval("SELECT current_setting('data_directory')"))
        finally:
            await connection.close()
