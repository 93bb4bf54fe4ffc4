"""Walks `/openapi.json` with every kind of caller: each refusal and each allowance, printed as a table (`make access`).

An operation that refuses everybody fails as well as one that lets too many in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from chassis.settings import Settings
from chassis.web.access import FRESH_S, ROLES
from gateway.edge.auth.issuers.verifier import sign
from gateway.edge.auth.tokens import AUDIENCE, ISSUER, AccessToken, Tokens
from tests.e2e.access_product import Json, Person, Product
from tests.e2e.access_requests import asked
from tests.e2e.access_things import filled, make_things
from tests.e2e.conftest import PASSWORD
from tests.issuers.x import XStandIn
from voxbus import accounts
from voxbus.local.reach import reach_database

pytestmark = [pytest.mark.timeout(300), pytest.mark.landing]


@pytest.fixture
async def product(all_in_one: str, data_dir: Path, x_at_hand: XStandIn) -> Any:
    settings = Settings(data_dir=data_dir)
    async with reach_database(settings) as url, AsyncClient(base_url=all_in_one, timeout=60) as client:
        document = (await client.get("/openapi.json")).raise_for_status().json()
        yield Product(client, settings, url, document, x_at_hand)


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
        **await make_things(product, owner),
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
