"""Asks for every operation of the public document with a canary word in each field that takes a string, one at a time.

Most are refused, and that is the point: what was refused must not stand in a log, a trace or a table either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from httpx2 import AsyncClient, Response

from tests.faults.canary_words import Words

Json = dict[str, Any]

#: what would end the person's session or account, or would be somebody else's from then on, with the reason
LEFT_OUT: Mapping[tuple[str, str], str] = {
    ("DELETE", "/me"): "it comes last",
    ("POST", "/auth/logout"): "it ends the session",
    ("POST", "/auth/signup"): "it makes another person; one's own comes first",
    ("POST", "/guardian/children"): "it makes another person, whose account stays",
    ("POST", "/twisters"): "what an author publishes belongs to the collection and names nobody",
    ("PATCH", "/twisters/{id}"): "the same",
}
#: what is said where no stand-in of a vendor is at hand
_NOT_THERE = ("not-configured", "/problems/provider-failed", "/problems/no-provider-key")
#: of what an answer with this type says, only the status is taken: such a stream has no end
_STREAM = "text/event-stream"
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Place:
    """Names a field of an operation that takes a string; `where` is header, query, path, or the type of the body."""

    method: str
    path: str
    where: str
    name: str

    @property
    def label(self) -> str:
        return f"{self.method} {self.path} {self.where} {self.name}"


@dataclass
class Document:
    """Reads the public document."""

    content: Json
    left_out: Mapping[tuple[str, str], str] = field(default_factory=lambda: LEFT_OUT)

    def places(self) -> Iterator[Place]:
        """Yields every field of every operation that takes a string which is not one of a list."""
        for path, operations in self.content["paths"].items():
            for method in _METHODS:
                if method in operations and (method.upper(), path) not in self.left_out:
                    yield from self._of(method.upper(), path, operations[method])

    def _of(self, method: str, path: str, operation: Json) -> Iterator[Place]:
        for parameter in map(self._found, operation.get("parameters", [])):
            if self._is_string(parameter["schema"]):
                yield Place(method, path, parameter["in"], parameter["name"])
        for kind, body in self._body(operation).items():
            for name, schema in self._found(body["schema"]).get("properties", {}).items():
                if self._is_string(schema):
                    yield Place(method, path, kind, name)

    def operations(self) -> Iterator[tuple[str, str]]:
        """Yields method and path of every operation that has such a field."""
        yield from dict.fromkeys((place.method, place.path) for place in self.places())

    def file_of(self, place: Place) -> str:
        """Returns the name of the field of a form that takes the file."""
        body = self._body(self.content["paths"][place.path][place.method.lower()])[place.where]
        fields = self._found(body["schema"])["properties"]
        found: str = next(name for name, schema in fields.items() if "contentMediaType" in schema)
        return found

    def example(self, place: Place) -> Json:
        """Returns the example of the body that a place is in."""
        body = self._body(self.content["paths"][place.path][place.method.lower()])[place.where]
        examples = self._found(body["schema"]).get("examples", [{}])
        return dict(examples[0])

    def _body(self, operation: Json) -> Json:
        found: Json = self._found(operation.get("requestBody", {})).get("content", {})
        return found

    def _found(self, schema: Json) -> Json:
        while "$ref" in schema:
            *_, kind, name = schema["$ref"].split("/")
            schema = self.content["components"][kind][name]
        return schema

    def _is_string(self, schema: Json) -> bool:
        schema = self._found(schema)
        if any(self._is_string(each) for kind in ("anyOf", "oneOf", "allOf") for each in schema.get(kind, [])):
            return True
        if schema.get("type") == "array":
            return self._is_string(schema.get("items", {}))
        return schema.get("type") == "string" and "enum" not in schema and "const" not in schema


async def ask_everywhere(http: AsyncClient, words: Words, recording: bytes) -> dict[str, int]:
    """Asks with a word in each place; returns the status of each answer by place."""
    document = Document((await http.get("/openapi.json")).json())
    statuses = {}
    for place in document.places():
        answer = await _ask(http, document, place, words.new(place.label), recording)
        assert answer.status_code < 500 or any(told in answer.text for told in _NOT_THERE), (place.label, answer.text)
        statuses[place.label] = answer.status_code
    return statuses


async def _ask(http: AsyncClient, document: Document, place: Place, word: str, recording: bytes) -> Response:
    path = place.path
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        own = word if (place.where, place.name) == ("path", name) else str(uuid4())
        path = path.replace(f"{{{name}}}", own)
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    content: Json = {}
    if place.where == "header":
        headers[place.name] = word
    elif place.where == "query":
        query[place.name] = word
    elif place.where == "multipart/form-data":
        file, given = document.file_of(place), {place.name: word}
        held = recording if file == "recording" else f"%PDF-1.4\n{word}\n".encode()
        if place.name == file:
            given = {"text": "Red lorry, yellow lorry"} if file == "recording" else {}
        content = {"files": {file: (f"{word}.webm", held, "audio/webm")}, "data": given}
    elif place.where != "path":
        value = f"{word}@example.org" if place.name == "email" else word
        if place.name in ("url", "return_to"):
            value = f"https://{word}.example.org/{word}?{word}={word}"
        headers["Content-Type"] = place.where
        content = {"content": json.dumps(document.example(place) | {place.name: value})}
    async with http.stream(place.method, path, headers=headers, params=query, **content) as answer:
        if answer.headers.get("Content-Type", "").startswith(_STREAM):
            return Response(answer.status_code)
        await answer.aread()
        return answer
