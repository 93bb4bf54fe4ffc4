"""Stands in for a learning record store: enforces what xAPI 1.0.3 demands of headers, ids and statements."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.stand_in import read_request, serving

NAME, PASSWORD = "voxbus", "a-password-of-the-store"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:\S+")
_PROPERTIES = {"id", "actor", "verb", "object", "result", "context", "timestamp", "version"}
_RESULT = {"score", "success", "completion", "response", "duration", "extensions"}
_CONTEXT = {"registration", "contextActivities", "revision", "platform", "language", "extensions"}


@dataclass
class RecordStoreService:
    """Holds statements by id, in the order in which they came. `answers`: the next answers, a status or `drop`."""

    port: int = 0
    answers: list[int | str] = field(default_factory=list)
    statements: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: how many statements each request had that was looked at
    requests: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/xapi"

    @property
    def settings(self) -> dict[str, str]:
        return {"xapi_url": self.url, "xapi_auth": f"{NAME}:{PASSWORD}"}

    def of(self, person: UUID) -> list[tuple[str, str]]:
        """Returns the verbs and activities of a person's statements, in their order."""
        return [
            (each["verb"]["id"].rpartition("/")[2], each["object"]["id"])
            for each in self.statements.values()
            if each["actor"]["account"]["name"] == str(person)
        ]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                line, headers, body = await read_request(reader)
                answer = self.answers.pop(0) if self.answers else None
                status = answer if isinstance(answer, int) else self._take(line, headers, body)
                if answer == "drop":
                    break
                content = json.dumps([]).encode()
                version = b"X-Experience-API-Version: 1.0.3"
                head_out = b"HTTP/1.1 %d X\r\n%s\r\nContent-Length: %d\r\n\r\n" % (status, version, len(content))
                writer.write(head_out + content)
                await writer.drain()
        writer.close()

    def _take(self, line: str, headers: dict[str, str], body: bytes) -> int:
        """Takes a whole batch or nothing of it."""
        if headers.get("authorization") != "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode():
            return 401
        method, path, _ = line.split()
        if (method, path) != ("POST", "/xapi/statements"):
            return 404
        if headers.get("x-experience-api-version") != "1.0.3":
            return 400
        batch = json.loads(body)
        self.requests.append(len(batch))
        faults = [fault for each in batch for fault in faults_of(each)]
        if faults or len({each["id"] for each in batch}) < len(batch):
            self.refused += faults or ["an id twice in a batch"]
            return 400
        if any(each["id"] in self.statements for each in batch):
            return 409
        self.statements |= {each["id"]: each for each in batch}
        return 200


def faults_of(statement: dict[str, Any]) -> list[str]:
    """Returns what of a statement is not as xAPI 1.0.3 has it, of the properties that Voxbus sends."""
    found = [f"property {name}" for name in statement.keys() - _PROPERTIES]
    found += [f"null in {name}" for name, value in statement.items() if value is None]
    found += _faults(str(UUID(statement["id"])) == statement["id"], "id")
    account = statement["actor"]["account"]
    found += _faults(set(statement["actor"]) <= {"objectType", "account", "name"}, "actor")
    found += _faults(set(account) == {"homePage", "name"} and bool(_IRI.fullmatch(account["homePage"])), "account")
    found += _faults("@" not in account["name"], "an address")
    for kind in (statement["verb"], statement["object"]):
        found += _faults(bool(_IRI.fullmatch(kind["id"])), f"iri {kind['id']}")
    found += _faults(all(map(_LANGUAGE.fullmatch, statement["verb"]["display"])), "display")
    found += _faults(bool(_IRI.fullmatch(statement["object"]["definition"]["type"])), "type of the activity")
    found += _faults(datetime.fromisoformat(statement["timestamp"]).tzinfo is not None, "timestamp")
    return found + _faults_of_result(statement.get("result")) + _faults_of_context(statement.get("context"))


def _faults_of_result(result: dict[str, Any] | None) -> list[str]:
    if result is None:
        return []
    found = _faults(set(result) <= _RESULT, "result") + _faults(
        -1 <= result.get("score", {}).get("scaled", 0) <= 1, "scaled"
    )
    found += _faults(all(isinstance(result.get(name, True), bool) for name in ("success", "completion")), "success")
    found += _faults(isinstance(result.get("response", ""), str), "response")
    found += _faults(bool(_DURATION.fullmatch(result.get("duration", "PT1S"))), "duration")
    return found + _faults(all(map(_IRI.fullmatch, result.get("extensions", {}))), "extensions")


def _faults_of_context(context: dict[str, Any] | None) -> list[str]:
    if context is None:
        return []
    activities = context.get("contextActivities", {})
    found = _faults(set(context) <= _CONTEXT, "context") + _faults(
        isinstance(context.get("revision", ""), str), "revision"
    )
    found += _faults(activities.keys() <= {"parent", "grouping", "category", "other"}, "contextActivities")
    return found + _faults(all(_IRI.fullmatch(each["id"]) for of in activities.values() for each in of), "activity")


def _faults(holds: bool, what: str) -> list[str]:
    return [] if holds else [what]


def record_store_service() -> AbstractAsyncContextManager[RecordStoreService]:
    return serving(RecordStoreService())
