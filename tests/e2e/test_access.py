"""Walks `/openapi.json` with every kind of caller: each refusal and each allowance, printed as a table (`make access`).

An operation that refuses everybody fails as well as one that lets too many in.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from chassis.message.envelope import Envelope, new_id
from chassis.settings import Settings
from chassis.storage.database import open_database
from chassis.storage.media import open_media
from chassis.web.access import FRESH_S, ROLES
from gateway.edge.auth.issuers.verifier import sign
from gateway.edge.auth.tokens import AUDIENCE, ISSUER, AccessToken, Tokens
from services.content.tests.lesson_sources import lesson_source
from tests.e2e.conftest import PASSWORD
from tests.issuers.x import XStandIn
from voxbus import accounts
from voxbus.local.reach import reach_database

RECORDING = Path(__file__).parents[2] / "samples/peter-piper.webm"
#: where a picture of a lesson is
PICTURE = "0" * 64
#: a public address, so a webhook may lead there; it is deleted before any job ends
HOOK = "https://93.184.216.34/hook"
CHILD = "INSERT INTO people (id, username, birth_date) VALUES ($1, 'Sam', '2018-04-05')"
GUARDED = "INSERT INTO guardians (person_id, guardian_id) VALUES ($1, $2)"
LETTER = """
INSERT INTO inbox (consumer, id, body, headers, fence, tries, due_at, done_at, outcome)
VALUES ('gateway.keep_receipts', $1, '{}', $2, 1, 1, now(), now(), 'dead')
"""
LINKED = "INSERT INTO identities (id, person_id, issuer, subject) VALUES ($1, $2, 'https://issuer.example', $3)"

Json = dict[str, Any]
#: what a request has besides method, path and token
Request = dict[str, Any]

pytestmark = pytest.mark.timeout(300)


@dataclass
class Person:
    """Is somebody with an account, and the session that signed it up."""

    id: UUID
    email: str
    session: Json

    @property
    def token(self) -> str:
        return str(self.session["access_token"])


@dataclass
class Product:
    """Is the running product as its clients and its operator see it."""

    client: AsyncClient
    settings: Settings
    database_url: str
    document: Json
    x: XStandIn
    #: what the person has whose things others must not see, by what it is
    things: dict[str, str] = field(default_factory=dict)

    async def person(self, *roles: str) -> Person:
        email = f"{uuid4()}@example.org"
        body = {"email": email, "password": PASSWORD, "username": "Robin", "birth_date": "1990-01-01"}
        made = (await self.client.post("/auth/signup", json=body)).raise_for_status().json()
        for role in roles:
            await accounts.grant(self.settings, email, role)
        return Person(UUID(made["user"]["id"]), email, made)

    async def rows(self, service: str, statement: str, *values: object) -> None:
        database = open_database(self.database_url, service, size=1)
        try:
            await database.fetch(statement, *values)
        finally:
            await database.close()

    def operations(self) -> Iterator[tuple[str, str, Json]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation


@pytest.fixture
async def product(all_in_one: str, data_dir: Path, x_at_hand: XStandIn) -> Any:
    settings = Settings(data_dir=data_dir)
    async with reach_database(settings) as url, AsyncClient(base_url=all_in_one, timeout=60) as client:
        document = (await client.get("/openapi.json")).raise_for_status().json()
        yield Product(client, settings, url, document, x_at_hand)


# How to ask for each operation so that whoever may is not refused: those whose example would not do it. A path is
# filled with the things of the owner, which are made anew for each caller that may change them.


async def _sign_up(_: Product, __: Person) -> Request:
    return {"json": {"email": f"{uuid4()}@example.org", "password": PASSWORD, "username": "Robin"}}


async def _log_in(_: Product, caller: Person) -> Request:
    return {"json": {"email": caller.email, "password": PASSWORD}}


async def _refresh(product: Product, _: Person) -> Request:
    return {"json": {"refresh_token": (await product.person()).session["refresh_token"]}}


async def _returned(product: Product, _: Person) -> Request:
    """Goes to X and agrees there."""
    left = await product.client.get("/auth/twitter/login")
    assert left.status_code == 302, left.text
    back = urlsplit(product.x.press(left.headers["location"]))
    cookie = left.headers["set-cookie"].partition(";")[0]
    product.client.cookies.clear()
    return {"params": dict(parse_qsl(back.query)), "headers": {"Cookie": cookie}}


async def _exchange(product: Product, caller: Person) -> Request:
    returning = await _returned(product, caller)
    returned = await product.client.get("/auth/twitter/callback", **returning)
    code = dict(parse_qsl(urlsplit(returned.headers["location"]).fragment))["code"]
    return {"json": {"code": code}, "headers": returning["headers"]}


async def _attempt(_: Product, __: Person) -> Request:
    recording = ("recording.webm", RECORDING.read_bytes(), "audio/webm")
    return {"files": {"recording": recording}, "data": {"text": "Peter Piper picked a peck."}}


async def _change(_: Product, __: Person) -> Request:
    return {"json": {"username": "Sam"}}


async def _delete_me(_: Product, __: Person) -> Request:
    return {"json": {"password": PASSWORD}}


async def _email(_: Product, __: Person) -> Request:
    return {"json": {"email": f"{uuid4()}@example.org", "password": PASSWORD}}


async def _password(_: Product, __: Person) -> Request:
    return {"json": {"current_password": PASSWORD, "password": "battery staple horse"}}


async def _with_key(_: Product, __: Person) -> Request:
    return {"json": {"apiKey": "sk-of-the-caller"}}


async def _webhook(_: Product, __: Person) -> Request:
    return {"json": {"url": HOOK, "events": ["job.failed"]}}


async def _twister(_: Product, __: Person) -> Request:
    return {"json": {"text": f"Red lorry {uuid4()}", "language": "en", "difficulty": 1, "sounds": ["R"]}}


async def _edit(_: Product, __: Person) -> Request:
    return {"json": {"difficulty": 2}, "headers": {"If-Match": "*"}}


async def _delete(_: Product, __: Person) -> Request:
    return {"headers": {"If-Match": "*"}}


async def _content(_: Product, __: Person) -> Request:
    return {"json": {"kind": "lesson", "source": lesson_source(f"t{uuid4().hex}/one")}}


async def _report(_: Product, __: Person) -> Request:
    return {"json": {"kind": "idea", "text": "More about cables."}}


async def _answer(_: Product, __: Person) -> Request:
    return {"json": {"status": "resolved", "reply": "Thank you."}}


async def _hint(product: Product, _: Person) -> Request:
    return {"json": {"lesson_id": product.things["/lessons/{id}"], "exercise_id": product.things["exercise"]}}


async def _import(product: Product, by: Person) -> Request:
    source = (await _content(product, by))["json"]["source"]
    return {"files": {"file": ("lesson.md", source.encode(), "text/markdown")}, "data": {"dry_run": "true"}}


async def _write(product: Product, by: Person) -> Request:
    return {"json": {"source": (await _content(product, by))["json"]["source"]}, "headers": {"If-Match": "*"}}


async def _publish(_: Product, __: Person) -> Request:
    return {"json": {}}


async def _revert(_: Product, __: Person) -> Request:
    return {"json": {"revision": 1}}


async def _compare(_: Product, __: Person) -> Request:
    return {"params": {"from": 1, "to": 1}}


async def _form(product: Product, by: Person) -> Request:
    child = await _child(product, by.id)
    return {"files": {"form": ("form.pdf", b"%PDF-1.7 signed", "application/pdf")}, "data": {"child_id": str(child)}}


async def _why(_: Product, __: Person) -> Request:
    return {"json": {"reason": "It was looked at."}}


async def _child(product: Product, guardian: UUID) -> UUID:
    """Makes a child of somebody."""
    child = new_id()
    await product.rows("gateway", CHILD, child)
    await product.rows("gateway", GUARDED, child, guardian)
    return child


ASK: Mapping[str, Callable[[Product, Person], Awaitable[Request]]] = {
    "signUp": _sign_up,
    "logIn": _log_in,
    "refreshSession": _refresh,
    "returnFromX": _returned,
    "exchangeCode": _exchange,
    "changeMe": _change,
    "changeEmail": _email,
    "deleteMe": _delete_me,
    "deleteChild": _delete_me,
    "changePassword": _password,
    "createAttempt": _attempt,
    "createClientSecret": _with_key,
    "createRealtimeClientSecret": _with_key,
    "createWebhook": _webhook,
    "makeTwister": _twister,
    "editTwister": _edit,
    "deleteTwister": _delete,
    "giveHint": _hint,
    "makeContent": _content,
    "importContent": _import,
    "sendReport": _report,
    "answerReport": _answer,
    "writeContent": _write,
    "deleteContent": _delete,
    "publishContent": _publish,
    "revertContent": _revert,
    "compareRevisions": _compare,
    "sendEvidence": _form,
    "retryDeadLetter": _why,
    "dropDeadLetter": _why,
    "cancelAnyJob": _why,
}
#: what the caller who may gets instead of a success, from the rule of the resource, which is behind all checks
ELSE = {
    "acceptInvitation": "410 link-expired",
    "askGuardian": "403 forbidden",
    "cancelAnyJob": "409 job-ended",
    "cancelJob": "409 job-ended",
    "checkChannel": "409 channel-unconfirmed",
    "confirmChannel": "422 wrong-code",
    "confirmEmail": "410 link-expired",
    "createChild": "403 verify-email-first",
    "linkIdentity": "422 invalid",
    "readErasure": "401 unauthorized",  # it wants the receipt, which is no token
    "resetPassword": "410 link-expired",
    "verifyEmail": "410 link-expired",
}
#: what ends the caller's session, or the caller
ALONE = {"changePassword", "deleteMe", "logOut"}


async def _made(product: Product, owner: Person) -> dict[str, str]:
    """Makes what the owner has, by the path that names it: ids in paths are filled with these."""
    headers = {"Authorization": f"Bearer {owner.token}"}
    sent = await product.client.post(
        "/attempts", headers={**headers, "Prefer": "wait=30"}, **await _attempt(product, owner)
    )
    attempt = sent.raise_for_status().json()["id"]
    hook = await product.client.post("/webhooks", headers=headers, **await _webhook(product, owner))
    address = {"kind": "email", "address": "robin@example.org"}
    channel = await product.client.post("/notifications/channels", headers=headers, json=address)
    kept = await product.client.post("/api/conversation/sessions", headers=headers, json={})
    lesson = (await product.client.get("/lessons?limit=1")).raise_for_status().json()["items"][0]["id"]
    exercise = (await product.client.get(f"/lessons/{lesson}")).raise_for_status().json()["exercises"][0]["id"]
    about = {"lesson_id": lesson, "exercise_id": exercise}
    hint = (await product.client.post("/ai/hint", headers=headers, json=about)).raise_for_status().json()["id"]
    said = await product.client.post("/feedback", headers=headers, **await _report(product, owner))
    await open_media(None, product.settings.data_dir).write(f"lessons/{PICTURE}", b"\x89PNG\r\n\x1a\n", "image/png")
    identity = new_id()
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    reminder = {"title": "Read", "body": "", "send_at": later}
    told = (await product.client.post("/notifications", headers=headers, json=reminder)).raise_for_status().json()["id"]
    await product.rows("gateway", LINKED, identity, owner.id, str(identity))
    login = {"email": owner.email, "password": PASSWORD}
    session = (await product.client.post("/auth/login", json=login)).raise_for_status().json()
    listed = await product.client.get("/me/sessions", headers={"Authorization": f"Bearer {session['access_token']}"})
    copied = await product.client.post("/me/export", headers={**headers, "Prefer": "wait=30"})
    return {
        "/attempts/{id}": attempt,
        "/jobs/{id}": attempt,
        "/admin/jobs/{id}": attempt,
        "/lessons/{id}": lesson,
        "exercise": exercise,
        "/ai/hint/{id}": hint,
        "/notifications/channels/{id}": channel.raise_for_status().json()["id"],
        "/feedback/{id}": said.raise_for_status().json()["id"],
        "/notifications/{id}": told,
        "/erasures/{id}": str(new_id()),
        "/ai/models/{id}": "gpt-6-luna",
        "/webhooks/{id}": hook.raise_for_status().json()["id"],
        "/api/conversation/sessions/{id}": kept.raise_for_status().json()["id"],
        "/me/export/{id}": copied.raise_for_status().json()["id"],
        "/me/identities/{id}": str(identity),
        "/me/sessions/{id}": next(each["id"] for each in listed.json()["items"] if each["current"]),
    }


async def _of_a_lesson(product: Product, path: str, token: str) -> str:
    """Returns the path of a report about a published lesson of who asks, or of its preview."""
    headers, admin = ({"Authorization": f"Bearer {each}"} for each in (token, product.things["admin"]))
    if path.startswith("/articles/"):
        page = {"kind": "page", "source": f"---\nkey: p{uuid4().hex}\ntitle: A page\n---\nText.\n"}
        made = await product.client.post("/admin/content", headers=admin, json=page)
        id = made.raise_for_status().json()["content_id"]
        (await product.client.post(f"/admin/content/{id}/publish", headers=admin, json={})).raise_for_status()
        return path.replace("{id}", id)
    source = lesson_source(f"t{uuid4().hex}/one")
    writes = await product.client.post("/admin/content", headers=headers, json={"kind": "lesson", "source": source})
    made = (
        writes
        if writes.status_code == 201
        else await product.client.post("/admin/content", headers=admin, json={"kind": "lesson", "source": source})
    )
    lesson = made.raise_for_status().json()["content_id"]
    if "{token}" in path:
        link = await product.client.post(f"/admin/content/{lesson}/preview", headers=admin)
        return str(link.raise_for_status().json()["url"])
    (await product.client.post(f"/admin/content/{lesson}/publish", headers=admin, json={})).raise_for_status()
    about = {"lesson_id": lesson, "kind": "mistake", "text": "It is not so."}
    said = await product.client.post("/feedback", headers=admin, json=about)
    return path.replace("{id}", said.raise_for_status().json()["id"])


def letter_headers(letter: UUID) -> Json:
    """Returns the headers of a message that its handler cannot read: it is dead again, however often it is retried."""
    return Envelope(
        id=letter, type="retention.executed", version=(1, 0), source="voxbus/test", time=datetime.now(UTC)
    ).headers()


async def filled(product: Product, path: str, by: Person | None = None) -> str:
    """Returns a path with ids that exist; what an author writes is that of whoever asks."""
    if path.startswith(("/admin/content/feedback/{id}", "/previews/{token}", "/articles/{id}")):
        return await _of_a_lesson(product, path, product.things["admin"] if by is None else by.token)
    if path.startswith("/admin/content/{id}"):
        headers = {"Authorization": f"Bearer {product.things['admin'] if by is None else by.token}"}
        made = await product.client.post("/admin/content", headers=headers, **await _content(product, by))  # type: ignore[arg-type]
        return path.replace("{id}", made.raise_for_status().json()["content_id"])
    if path.startswith("/twisters/{id}"):
        admin = {"Authorization": f"Bearer {product.things['admin']}"}
        made = await product.client.post("/twisters", headers=admin, **await _twister(product, None))  # type: ignore[arg-type]
        return path.replace("{id}", made.raise_for_status().json()["id"])
    if path.startswith("/admin/dead-letters/{handler}"):
        letter = new_id()
        await product.rows("gateway", LETTER, letter, json.dumps(letter_headers(letter)))
        return path.replace("{handler}/{id}", f"gateway.keep_receipts/{letter}")
    if path.startswith("/guardian/children/{id}"):
        path = path.replace("{id}", str(await _child(product, UUID(product.things["guardian"]))))
    if path.startswith("/admin/evidence/{id}"):
        guardian = await product.person()
        headers = {"Authorization": f"Bearer {guardian.token}"}
        made = await product.client.post("/guardian/evidence", headers=headers, **await _form(product, guardian))
        path = path.replace("{id}", made.raise_for_status().json()["id"])
    path = (
        path.replace("{purpose}/{recipient}", "assess_voice/voxbus")
        .replace("{version}", "1")
        .replace("{digest}", PICTURE)
        .replace("{lesson_id}", product.things["/lessons/{id}"])
    )
    if path.startswith("/admin/people/{id}"):
        return path.replace("{id}", product.things["person"]).replace("{role}", "moderator")
    for prefix, id in product.things.items():
        if path.startswith(prefix):
            return path.replace("{id}", id)
    assert "{" not in path, f"{path}: say in `_made` what the owner has there"
    return path


async def asked(product: Product, operation: Json, method: str, path: str, token: str | None, by: Person) -> Response:
    """Sends the request of whoever may, with somebody's token."""
    request = await ASK[operation["operationId"]](product, by) if operation["operationId"] in ASK else {}
    if not request and "requestBody" in operation:
        request = {"json": _example(product.document, operation)}
    headers = {**request.pop("headers", {}), **({} if token is None else {"Authorization": f"Bearer {token}"})}
    async with product.client.stream(method, path, headers=headers, **request) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):  # which may have no end
            await answer.aread()
    return answer


def _example(document: Json, operation: Json) -> Any:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["examples"][0]


@dataclass(frozen=True)
class Strangers:
    """Holds tokens with which nothing at all may be done."""

    tokens: Mapping[str, str]

    @classmethod
    async def of(cls, product: Product) -> Strangers:
        key = (product.settings.data_dir / "secret_key").read_text(encoding="ascii").strip()
        someone, logged_out, erased = [await product.person() for _ in range(3)]
        listed = await product.client.get("/me/sessions", headers={"Authorization": f"Bearer {someone.token}"})
        content = AccessToken(someone.id, UUID(listed.json()["items"][0]["id"]), 1)
        now = datetime.now(UTC)
        claims = {"aud": AUDIENCE, "sub": str(content.person), "sid": str(content.session), "exp": now + timedelta(60)}
        out = {"Authorization": f"Bearer {logged_out.token}"}
        (await product.client.post("/auth/logout", headers=out)).raise_for_status()
        await accounts.erase(product.settings, erased.email)
        return cls(
            {
                "garbage": "nobody's",
                "expired": Tokens(key, clock=lambda: now - timedelta(minutes=16)).issue(content),
                "revoked": logged_out.token,
                "foreign": sign({**claims, "iss": "https://elsewhere.example", "iat": now}, key, "HS256"),
                "forged": sign({**claims, "iss": ISSUER, "iat": now, "jti": "1.x"}, "k" * 40, "HS256"),
                "erased": erased.token,
            }
        )


async def test_every_operation_refuses_and_admits_whom_it_says(product: Product) -> None:
    owner, other = await product.person(), await product.person()
    admin = await product.person("admin")
    product.things = {
        "admin": admin.token,
        "person": str(other.id),
        "guardian": str(owner.id),
        **await _made(product, owner),
    }
    strangers = await Strangers.of(product)
    by_role = {"admin": admin, "author": await product.person("author")}
    walk = sorted(product.operations(), key=lambda each: each[0] == "DELETE")  # what deletes a thing, asks for it last
    rows = [
        await _row(product, strangers, method, path, operation, owner, other, by_role)
        for method, path, operation in walk
    ]
    columns = [*strangers.tokens, "nobody", "role", "other", "stale", "right"]
    print("\n" + _table(sorted(rows, key=lambda row: row[0].split()[::-1]), columns))
    wrong = [
        f"{name} by {column}: {got}, wanted {wanted}"
        for name, cells in rows
        for column, (got, wanted) in cells.items()
        if got != wanted
    ]
    assert wrong == []
    assert set(columns) == {column for _, cells in rows for column in cells}


#: by the kind of caller, what the operation answered and what it should
Cells = dict[str, tuple[str, str]]


async def _row(
    product: Product,
    strangers: Strangers,
    method: str,
    path: str,
    operation: Json,
    owner: Person,
    other: Person,
    by_role: Mapping[str, Person],
) -> tuple[str, Cells]:
    """Asks for an operation by everyone who must not, then by those who may."""
    words, name = set(operation["x-access"]), operation["operationId"]
    target = await filled(product, path)
    cells: Cells = {}

    async def ask(column: str, token: str | None, by: Person, wanted: str, at: str = target) -> None:
        answer = await asked(product, operation, method, at, token, by)
        got = str(answer.status_code)
        if answer.status_code >= 400:
            got += f" {answer.json()['type'].removeprefix('/problems/')}"
        elif answer.is_success or answer.is_redirect:
            got = "ok"
        cells[column] = (got, wanted)

    for column, token in strangers.tokens.items():
        await ask(column, token, other, "401 unauthorized")
    await ask("nobody", None, other, ELSE.get(name, "ok") if "public" in words else "401 unauthorized")
    roles = sorted(words & ROLES)
    if roles and words <= ROLES and "learner" not in words:
        await ask("role", other.token, other, "403 forbidden")
    if words & {"own", "guardian"} and "{id}" in path:
        await ask("other", other.token, other, "404 not-found")
    for role in roles or [None]:
        by = owner if role is None else by_role[role]
        if operation.get("x-fresh"):
            await _age(product, by)
            await ask("stale", by.token, by, "403 sign-in-again")
            login = {"email": by.email, "password": PASSWORD}
            by.session = (await product.client.post("/auth/login", json=login)).raise_for_status().json()
        if name in ALONE:
            by = await product.person()
        await ask("right", by.token, by, ELSE.get(name, "ok"), await filled(product, path, by))
    return f"{method} {path}", cells


async def _age(product: Product, person: Person) -> None:
    """Makes the sign-ins of a person older than `x-fresh` permits."""
    sessions = "UPDATE sessions SET created_at = created_at - make_interval(secs => $2) WHERE person_id = $1"
    await product.rows("gateway", sessions, person.id, FRESH_S + 1)


def _table(rows: list[tuple[str, Cells]], columns: list[str]) -> str:
    shown = [["", *columns]]
    for name, cells in rows:
        shown.append([name, *(cells[column][0].partition(" ")[0] if column in cells else "·" for column in columns)])
    widths = [max(len(row[place]) for row in shown) for place in range(len(shown[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in shown)
