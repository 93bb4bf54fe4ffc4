"""Stands in for PostgREST, the server of Supabase's Data API, which is in no registry here and was never run.

It turns the requests of Supabase's client into SQL as PostgREST describes it (postgrest.org): one transaction each, in
the role that the token's claim `role` names, with its claims in `request.jwt.claims`. It knows only what the test asks.
"""

from __future__ import annotations

import json
from typing import Any

import asyncpg
import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SCHEMA = "public_api"
_OPERATORS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "like": "LIKE"}
_STATUS = {"42501": 403, "42P01": 404, "42883": 404}


def _name(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class DataApi:
    """Answers the requests of one client of one database."""

    def __init__(self, database_url: str, secret: str) -> None:
        """Takes the owner's DSN, and the key that tokens are signed with (`jwt-secret`)."""
        self._url, self._secret = database_url, secret
        methods = ["GET", "POST", "PATCH", "DELETE"]
        self.app = Starlette(routes=[Route("/rest/v1/{view}", self.answer, methods=methods)])

    @property
    def anon_key(self) -> str:
        """Returns the key of clients without a person."""
        return jwt.encode({"role": "anon", "iss": "supabase"}, self._secret, "HS256")

    async def answer(self, request: Request) -> Response:
        """Answers one request."""
        token = request.headers["authorization"].removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, self._secret, ["HS256"], options={"verify_aud": False})
        except jwt.InvalidTokenError as error:
            return _problem(401, "PGRST301", str(error))
        profile = "accept-profile" if request.method == "GET" else "content-profile"
        if request.headers.get(profile, "public") != SCHEMA:
            return _problem(406, "PGRST106", f"The schema must be one of the following: {SCHEMA}")
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute("BEGIN")
            await connection.fetchval("SELECT set_config('request.jwt.claims', $1, true)", json.dumps(claims))
            await connection.execute(f"SET LOCAL ROLE {_name(claims.get('role', 'anon'))}")
            return Response(await connection.fetchval(_statement(request)), media_type="application/json")
        except asyncpg.PostgresError as error:
            status = 401 if error.sqlstate == "42501" and claims.get("role") == "anon" else None
            return _problem(status or _STATUS.get(error.sqlstate, 400), error.sqlstate, str(error))
        finally:
            await connection.close()


def _problem(status: int, code: str, message: str) -> Response:
    said: dict[str, Any] = {"code": code, "message": message, "details": None, "hint": None}
    return JSONResponse(said, status)


def _statement(request: Request) -> str:
    view, asked = f"{SCHEMA}.{_name(request.path_params['view'])}", dict(request.query_params)
    shown = ", ".join("*" if column == "*" else _name(column) for column in asked.pop("select", "*").split(","))
    order, limit = asked.pop("order", ""), asked.pop("limit", "ALL")
    conditions = ["true"]
    for column, condition in asked.items():
        operator, _, value = condition.partition(".")
        conditions.append(f"{_name(column)} {_OPERATORS[operator]} {_literal(value)}")
    where = " AND ".join(conditions)
    if request.method != "GET":
        writes = {"POST": f"INSERT INTO {view} DEFAULT VALUES", "DELETE": f"DELETE FROM {view} WHERE {where}"}
        return writes.get(request.method, f"UPDATE {view} SET id = id WHERE {where}")
    column, _, direction = order.partition(".")
    ordered = f" ORDER BY {_name(column)} {'DESC' if direction == 'desc' else 'ASC'}" if order else ""
    rows = f"SELECT {shown} FROM {view} WHERE {where}{ordered} LIMIT {limit}"
    return f"SELECT coalesce(json_agg(r), '[]')::text FROM ({rows}) r"
