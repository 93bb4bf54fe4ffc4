"""Provides those who ask for every operation: no one, and a person of each role with things of their own."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import requests
from schemathesis import Response
from schemathesis.generation.case import Case as AnyCase

RECORDING = Path(__file__).parents[2] / "samples/peter-piper.webm"
PASSWORD = "correct horse"
NO_ONE, LEARNER, AUTHOR, ADMIN = ROLES = ("no one", "learner", "author", "admin")
#: a request that is made up
Case = AnyCase[Any]
#: the things of every caller, by what their paths begin with
Things = dict[str, list[str]]
#: gives a person, named by the address, a role, as an operator does
Grant = Callable[[str, str], Awaitable[None]]

DELETES_ONESELF, READS_ERASURE = "DELETE /me", "GET /erasures/{id}"
_ACCEPTED = 202
_PATIENCE_S = 60.0
#: problems after which a person signs in again: a request may have ended the session, or wants one of late
_SIGNED_OUT = ("/problems/unauthorized", "/problems/sign-in-again")


@dataclass
class Caller:
    """Asks as no one or as a person, who signs in again when a request has ended the session."""

    address: str
    role: str
    email: str | None = None
    token: str | None = None
    things: Things = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)
    #: the receipts of erasures, by id
    receipts: dict[str, str] = field(default_factory=dict)
    #: gives the role back, since the person may take it away from itself
    restore: Callable[[], None] | None = None

    def send(self, case: Case) -> Response:
        """Sends a request, once more after a sign-in if it was refused for want of one."""
        answer = self._send(case)
        if self.email is None or case.operation.label == READS_ERASURE:
            return answer
        if _type(answer) in _SIGNED_OUT:
            self._sign_in()
        elif self.restore is not None and _type(answer) == "/problems/forbidden":
            self.restore()
        else:
            return answer
        answer = self._send(case)
        assert _type(answer) not in _SIGNED_OUT, f"{case.operation.label} refuses a token that is good"
        return answer

    def learn(self, answer: Response) -> str | None:
        """Keeps the id of what an answer has made; returns its path."""
        location = next(iter(answer.headers.get("location", ())), None)
        if location is not None:
            prefix, _, id = location.rpartition("/")
            self.things.setdefault(f"{prefix}/", []).insert(0, id)
        return location

    def _send(self, case: Case) -> Response:
        """Sends a request; somebody new is deleted in the caller's place, and an erasure is read with its receipt."""
        token = self.token
        if case.operation.label == DELETES_ONESELF and token is not None:
            token = _person(self.address)["token"]
        if case.operation.label == READS_ERASURE:
            token = self.receipts.get(str((case.path_parameters or {}).get("id")), token)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = case.call(base_url=self.address, headers=headers, session=self.session, timeout=60)
        if case.operation.label == DELETES_ONESELF and answer.status_code == _ACCEPTED:
            erasure = answer.json()["erasure"]
            self.receipts[erasure["id"]] = erasure["receipt"]
        return answer

    def _sign_in(self) -> None:
        body = {"email": self.email, "password": PASSWORD}
        session = httpx2.post(f"{self.address}/auth/login", json=body, timeout=60).raise_for_status().json()
        self.token = str(session["access_token"])


async def callers(address: str, grant: Grant) -> list[Caller]:
    """Makes people of all roles. What all of them ask for at first is the learner's; more follows from `Location`."""
    elder, bystander, *people = [_person(address) for _ in range(5)]
    things = _things(address, people[0])
    made = [Caller(address, NO_ONE, things=deepcopy(things))]
    for role, person in zip((LEARNER, AUTHOR, ADMIN), people, strict=True):
        if role != LEARNER:
            await grant(person["email"], role)
        made.append(Caller(address, role, person["email"], person["token"], deepcopy(things)))
    await grant(elder["email"], ADMIN)
    made[-1].things["/admin/people/"] = [bystander["id"]]
    made[-1].restore = partial(_restore, address, elder, people[-1])
    return made


def _person(address: str) -> dict[str, str]:
    who = {"email": f"{uuid4()}@example.org", "password": PASSWORD, "username": "Robin", "birth_date": "1990-01-01"}
    made = httpx2.post(f"{address}/auth/signup", json=who, timeout=60).raise_for_status().json()
    return {"email": who["email"], "id": made["user"]["id"], "token": made["access_token"]}


def _restore(address: str, elder: Mapping[str, str], person: Mapping[str, str]) -> None:
    body = {"email": elder["email"], "password": PASSWORD}
    with httpx2.Client(base_url=address, timeout=60) as client:
        token = client.post("/auth/login", json=body).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        client.put(f"/admin/people/{person['id']}/roles/{ADMIN}", headers=headers).raise_for_status()


def _things(address: str, person: Mapping[str, str]) -> Things:
    with httpx2.Client(base_url=address, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {person['token']}"
        attempt = _attempt(client)
        twisters = [one["id"] for one in client.get("/twisters?limit=3").raise_for_status().json()["items"]]
        sessions = [one["id"] for one in client.get("/me/sessions").raise_for_status().json()["items"]]
        return {
            "/attempts/": [attempt],
            "/jobs/": [attempt],
            "/me/sessions/": sessions,
            "/notifications/": _told(client),
            "/twisters/": twisters,
        }


def _attempt(client: httpx2.Client) -> str:
    recording = ("recording.webm", RECORDING.read_bytes(), "audio/webm")
    text = "Peter Piper picked a peck of pickled peppers."
    sent = client.post("/attempts", files={"recording": recording}, data={"text": text}).raise_for_status()
    return sent.headers["Location"].rpartition("/")[2]


def _told(client: httpx2.Client) -> list[str]:
    until = time.monotonic() + _PATIENCE_S
    while not (told := [one["id"] for one in client.get("/notifications").raise_for_status().json()["items"]]):
        assert time.monotonic() < until, "nobody is told of the finished attempt"
        time.sleep(0.05)
    return told


def _type(answer: Response) -> Any:
    if answer.status_code not in (401, 403):
        return None
    return answer.json()["type"]
