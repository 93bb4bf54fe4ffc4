"""Makes the things that are named in the paths of operations."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from chassis.message.envelope import Envelope, new_id
from chassis.storage.media import open_media
from services.content.tests.lesson_sources import lesson_source
from tests.e2e.access_product import Json, Person, Product
from tests.e2e.access_requests import (
    attempt_fields,
    content_fields,
    form_fields,
    make_child,
    report_fields,
    twister_fields,
    webhook_fields,
)
from tests.e2e.conftest import PASSWORD

#: where a picture of a lesson is
PICTURE = "0" * 64
LETTER = """
INSERT INTO inbox (consumer, id, body, headers, fence, tries, due_at, done_at, outcome)
VALUES ('gateway.keep_receipts', $1, '{}', $2, 1, 1, now(), now(), 'dead')
"""
LINKED = "INSERT INTO identities (id, person_id, issuer, subject) VALUES ($1, $2, 'https://issuer.example', $3)"


async def make_things(product: Product, owner: Person) -> dict[str, str]:
    """Makes what the owner has, by the path that names it: ids in paths are filled with these."""
    headers = {"Authorization": f"Bearer {owner.token}"}
    sent = await product.client.post(
        "/attempts", headers={**headers, "Prefer": "wait=30"}, **await attempt_fields(product, owner)
    )
    attempt = sent.raise_for_status().json()["id"]
    hook = await product.client.post("/webhooks", headers=headers, **await webhook_fields(product, owner))
    address = {"kind": "email", "address": "robin@example.org"}
    channel = await product.client.post("/notifications/channels", headers=headers, json=address)
    kept = await product.client.post("/api/conversation/sessions", headers=headers, json={})
    lesson = (await product.client.get("/lessons?limit=1")).raise_for_status().json()["items"][0]["id"]
    exercise = (await product.client.get(f"/lessons/{lesson}")).raise_for_status().json()["exercises"][0]["id"]
    about = {"lesson_id": lesson, "exercise_id": exercise}
    hint = (await product.client.post("/ai/hint", headers=headers, json=about)).raise_for_status().json()["id"]
    said = await product.client.post("/feedback", headers=headers, **await report_fields(product, owner))
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
        made = await product.client.post("/admin/content", headers=headers, **await content_fields(product, by))  # type: ignore[arg-type]
        return path.replace("{id}", made.raise_for_status().json()["content_id"])
    if path.startswith("/twisters/{id}"):
        admin = {"Authorization": f"Bearer {product.things['admin']}"}
        made = await product.client.post("/twisters", headers=admin, **await twister_fields(product, None))  # type: ignore[arg-type]
        return path.replace("{id}", made.raise_for_status().json()["id"])
    if path.startswith("/admin/dead-letters/{handler}"):
        letter = new_id()
        await product.rows("gateway", LETTER, letter, json.dumps(letter_headers(letter)))
        return path.replace("{handler}/{id}", f"gateway.keep_receipts/{letter}")
    if path.startswith("/guardian/children/{id}"):
        path = path.replace("{id}", str(await make_child(product, UUID(product.things["guardian"]))))
    if path.startswith("/admin/evidence/{id}"):
        guardian = await product.person()
        headers = {"Authorization": f"Bearer {guardian.token}"}
        made = await product.client.post("/guardian/evidence", headers=headers, **await form_fields(product, guardian))
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
    assert "{" not in path, f"{path}: say in `make_things` what the owner has there"
    return path
