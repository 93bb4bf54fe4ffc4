"""Models quick writes as the state machine expects them: toys, notes, records, facts, and who was erased."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Self
from uuid import UUID

from chassis.message.envelope import derived_id
from chassis.web.testing import Answer
from libs.chassis.tests.integration.fixtures import Fate
from libs.chassis.tests.integration.toys.messages import NoteWritten, ToyChanged, ToyDeleted

Verb = Literal["make", "edit", "delete", "note"]
ROUTES: dict[Verb, tuple[str, int]] = {
    "make": ("POST /toys", 201),
    "edit": ("PATCH /toys/{id}", 200),
    "delete": ("DELETE /toys/{id}", 204),
    "note": ("POST /notes", 201),
}
FACTS = {"make": ToyChanged.type, "edit": ToyChanged.type, "delete": ToyDeleted.type, "note": NoteWritten.type}
#: what the client of a request has been told; `open`: nothing yet
Told = Literal["open", "done", "refused", "never", "unknown"]


@dataclass(frozen=True)
class Request:
    """Holds a write as its client sends it; a resend has the same id. `content`: a name, an age or a text."""

    id: UUID
    person: UUID
    verb: Verb
    content: str | int | None
    key: str | None = None
    toy: UUID | None = None
    if_match: str | None = None

    @property
    def record(self) -> tuple[UUID, str, str]:
        """Returns whose record it has, on which route, under which key."""
        named = f"key {self.key}" if self.key is not None else f"operation {self.id}"
        return self.person, ROUTES[self.verb][0], hashlib.sha256(named.encode()).hexdigest()

    @property
    def fact(self) -> UUID:
        """Returns the id of the fact that follows from it."""
        return derived_id(self.id, FACTS[self.verb], "", 0)

    def same(self, other: Request) -> bool:
        """Tells whether two requests under one key ask for the same."""
        return (self.toy, self.content) == (other.toy, other.content)


class Toy(NamedTuple):
    name: str
    age: int
    version: int


class Picture(NamedTuple):
    """Holds all that later writes may depend on, and the facts."""

    toys: frozenset[tuple[UUID, str, int, int]]
    notes: frozenset[tuple[UUID, UUID, str]]
    #: person, route, hash of the key, status, resource
    records: frozenset[tuple[UUID, str, str, int, UUID]]
    facts: frozenset[UUID]
    erased: frozenset[UUID]


@dataclass
class Writes:
    """Models one owner's rows. An answer that cannot be is an AssertionError."""

    toys: dict[UUID, Toy] = field(default_factory=dict)
    notes: dict[UUID, tuple[UUID, str]] = field(default_factory=dict)
    #: live records: the request that was written
    records: dict[tuple[UUID, str, str], Request] = field(default_factory=dict)
    facts: set[UUID] = field(default_factory=set)
    erased: set[UUID] = field(default_factory=set)
    told: dict[UUID, Told] = field(default_factory=dict)
    beside: bool = False

    def copy(self) -> Self:
        return dataclasses.replace(
            self,
            toys=dict(self.toys),
            notes=dict(self.notes),
            records=dict(self.records),
            facts=set(self.facts),
            erased=set(self.erased),
            told=dict(self.told),
        )

    def picture(self) -> Picture:
        return Picture(
            frozenset((identity, *toy) for identity, toy in self.toys.items()),
            frozenset((identity, *note) for identity, note in self.notes.items()),
            frozenset((*key, ROUTES[done.verb][1], _resource(done)) for key, done in self.records.items()),
            frozenset(self.facts),
            frozenset(self.erased),
        )

    def tried(self, request: Request, answer: Answer, fate: Fate | None, *, late: bool, heard: bool) -> None:
        """Explains the answer of a try.

        `fate`: what becomes of the commit's first try. `late`: no time is left for another. `heard`: the answer
        reaches the gateway; one that follows an unheard one tells a client less.
        """
        told = self._tried(request, answer, fate, late=late)
        if self.told.get(request.id) == "open" and told in ("refused", "never"):
            told = "unknown"  # the try before may have been written, or may be yet
        self.told[request.id] = told if heard else "open"

    def _tried(self, request: Request, answer: Answer, fate: Fate | None, *, late: bool) -> Told:
        if request.person in self.erased:
            return _expect(answer, 401, "unauthorized", "refused")
        done = self.records.get(request.record)
        if done is not None and not done.same(request):
            return _expect(answer, 422, "idempotency-conflict", "refused")
        if done is not None:
            self._replayed(done, answer)
            return "done"
        refusal = self._refusal(request)
        if refusal is not None:
            return _expect(answer, *refusal, "refused")
        if fate is not None and late:
            if fate != "lost":
                self._write(request)
            return _expect(answer, 504, "outcome-unknown", "unknown")
        self._write(request)
        if fate in ("applied", "later"):
            self._replayed(request, answer)
        else:
            assert "idempotency-replayed" not in answer.headers, "it was not done before"
            self._shown(request, answer)
        return "done"

    def refused_in_drain(self, request: Request, answer: Answer) -> None:
        """Explains what a draining owner says: nothing was written, and nothing ever will be."""
        _expect(answer, 503, "unavailable", "never")
        assert answer.headers["voxbus-not-written"] == "1"
        self.told.setdefault(request.id, "never")

    def erase(self, person: UUID) -> None:
        self.erased.add(person)
        self.notes = {identity: note for identity, note in self.notes.items() if note[0] != person}
        self.records = {key: done for key, done in self.records.items() if key[0] != person}

    def expire(self, key: tuple[UUID, str, str]) -> None:
        """Lets a record expire: that comes minutes after the last try of its request."""
        self.told[self.records.pop(key).id] = "done"

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        if request.verb == "make" and request.content in {toy.name for toy in self.toys.values()}:
            return 409, "toy-exists"
        if request.toy is None:
            return None
        toy = self.toys.get(request.toy)
        if toy is None:
            return 404, "not-found"
        matches = request.if_match in ("*", f'"{toy.version}"')
        return None if matches else (412, "version-conflict")

    def _write(self, request: Request) -> None:
        self.records[request.record] = request
        rules: dict[Verb, Callable[[Request], None]] = {"make": self._make, "edit": self._edit, "note": self._note}
        rules.get(request.verb, self._delete)(request)

    def _make(self, request: Request) -> None:
        self.toys[request.id] = Toy(str(request.content), 3, 1)
        self.facts.add(request.fact)

    def _edit(self, request: Request) -> None:
        assert request.toy is not None and isinstance(request.content, int)
        toy = self.toys[request.toy]
        if toy.age != request.content:
            self.toys[request.toy] = toy._replace(age=request.content, version=toy.version + 1)
            self.facts.add(request.fact)

    def _delete(self, request: Request) -> None:
        assert request.toy is not None
        del self.toys[request.toy]
        self.facts.add(request.fact)

    def _note(self, request: Request) -> None:
        self.notes[request.id] = (request.person, str(request.content))
        self.facts.add(request.fact)

    def _replayed(self, done: Request, answer: Answer) -> None:
        """Explains a replay: the resource as it stands. Beside another write it may stand as before or after that."""
        assert answer.headers.get("idempotency-replayed") == "true", "it was done before"
        if not self.beside:
            self._shown(done, answer)
        else:
            assert answer.status in (ROUTES[done.verb][1], 404), answer

    def _shown(self, done: Request, answer: Answer) -> None:
        resource = _resource(done)
        toy, note = self.toys.get(resource), self.notes.get(resource)
        if done.verb != "delete" and toy is None and note is None:
            _expect(answer, 404, "not-found", "done")
            return
        assert answer.status == ROUTES[done.verb][1], answer
        if toy is not None and done.verb != "delete":
            content = answer.json()
            assert (content["name"], content["age"], content["version"]) == toy, content
        if note is not None:
            assert answer.json()["text"] == note[1]


def _resource(done: Request) -> UUID:
    """Returns the resource that the record names: what was made, or what the path names."""
    return done.toy if done.toy is not None else done.id


def _expect(answer: Answer, status: int, problem: str, told: Told) -> Told:
    assert (answer.status, answer.problem) == (status, problem), answer
    return told
