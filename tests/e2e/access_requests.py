"""Says how to ask for each operation so that whoever may is not refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

from httpx2 import Response

from chassis.message.envelope import new_id
from services.content.tests.lesson_sources import lesson_source
from tests.e2e.access_product import Json, Person, Product, Request
from tests.e2e.conftest import PASSWORD

RECORDING = Path(__file__).parents[2] / "samples/peter-piper.webm"
#: a public address, so a webhook may lead there; it is deleted before any job ends
HOOK = "https://93.184.216.34/hook"
CHILD = "INSERT INTO people (id, username, birth_date) VALUES ($1, 'Sam', '2018-04-05')"
GUARDED = "INSERT INTO guardians (person_id, guardian_id) VALUES ($1, $2)"


# Those whose example would not do it have a function here. A path is filled with the things of the owner, which are
# made anew for each caller that may change them.


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


async def attempt_fields(_: Product, __: Person) -> Request:
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


async def webhook_fields(_: Product, __: Person) -> Request:
    return {"json": {"url": HOOK, "events": ["job.failed"]}}


async def twister_fields(_: Product, __: Person) -> Request:
    return {"json": {"text": f"Red lorry {uuid4()}", "language": "en", "difficulty": 1, "sounds": ["R"]}}


async def _edit(_: Product, __: Person) -> Request:
    return {"json": {"difficulty": 2}, "headers": {"If-Match": "*"}}


async def _delete(_: Product, __: Person) -> Request:
    return {"headers": {"If-Match": "*"}}


async def content_fields(_: Product, __: Person) -> Request:
    return {"json": {"kind": "lesson", "source": lesson_source(f"t{uuid4().hex}/one")}}


async def report_fields(_: Product, __: Person) -> Request:
    return {"json": {"kind": "idea", "text": "More about cables."}}


async def _answer(_: Product, __: Person) -> Request:
    return {"json": {"status": "resolved", "reply": "Thank you."}, "headers": {"If-Match": "*"}}


async def _hint(product: Product, _: Person) -> Request:
    return {"json": {"lesson_id": product.things["/lessons/{id}"], "exercise_id": product.things["exercise"]}}


async def _import(product: Product, by: Person) -> Request:
    source = (await content_fields(product, by))["json"]["source"]
    return {"files": {"file": ("lesson.md", source.encode(), "text/markdown")}, "data": {"dry_run": "true"}}


async def _write(product: Product, by: Person) -> Request:
    return {"json": {"source": (await content_fields(product, by))["json"]["source"]}, "headers": {"If-Match": "*"}}


async def _publish(_: Product, __: Person) -> Request:
    return {"json": {}}


async def _revert(_: Product, __: Person) -> Request:
    return {"json": {"revision": 1}}


async def _compare(_: Product, __: Person) -> Request:
    return {"params": {"from": 1, "to": 1}}


async def form_fields(product: Product, by: Person) -> Request:
    child = await make_child(product, by.id)
    return {"files": {"form": ("form.pdf", b"%PDF-1.7 signed", "application/pdf")}, "data": {"child_id": str(child)}}


async def _why(_: Product, __: Person) -> Request:
    return {"json": {"reason": "It was looked at."}}


async def make_child(product: Product, guardian: UUID) -> UUID:
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
    "createAttempt": attempt_fields,
    "createClientSecret": _with_key,
    "createRealtimeClientSecret": _with_key,
    "createWebhook": webhook_fields,
    "makeTwister": twister_fields,
    "editTwister": _edit,
    "deleteTwister": _delete,
    "giveHint": _hint,
    "makeContent": content_fields,
    "importContent": _import,
    "sendReport": report_fields,
    "answerReport": _answer,
    "writeContent": _write,
    "deleteContent": _delete,
    "publishContent": _publish,
    "revertContent": _revert,
    "compareRevisions": _compare,
    "sendEvidence": form_fields,
    "retryDeadLetter": _why,
    "dropDeadLetter": _why,
    "cancelAnyJob": _why,
}


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
