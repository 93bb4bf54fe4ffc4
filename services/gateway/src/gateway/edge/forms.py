"""Reads the forms of other services' operations: stores the file, and returns the JSON that names it for the owner."""

from __future__ import annotations

import hashlib
import json

from starlette.requests import Request
from starlette.types import Receive, Scope

from chassis.errors import DependencyDown
from chassis.web.principal import Principal
from chassis.web.problems import unauthorized
from chassis.web.upload import ANY_FILE, UPLOADS, StoredFile
from gateway.edge.context import GatewayContext
from gateway.edge.forward.routes import Route
from gateway.edge.problems import unavailable
from gateway.edge.upload import Taken, read_upload

_HEAD = 16


async def read_form(ctx: GatewayContext, scope: Scope, receive: Receive, route: Route, caller: Principal) -> bytes:
    """Returns the fields of a form as JSON, with the stored file in place of the sent one.

    What the file is, its owner finds out. Raises what `read_upload` raises, and 503 when there is no room for the file.
    """
    if route.upload is None or caller.id is None:
        raise unauthorized()
    if ctx.disks.full():
        raise unavailable()
    field, limit = route.upload
    taken = Taken(limit=limit, head=_HEAD, judge=lambda _: ANY_FILE, refusal="is not taken")
    within = ctx.settings.http_timeouts.upload
    async with (
        ctx.uploads.place(caller.id) as took,
        read_upload(Request(scope, receive), field, taken, within, took) as upload,
    ):

        async def write() -> StoredFile:
            data = await upload.read()
            stored = StoredFile(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
            await ctx.media.write(f"{UPLOADS}/{stored.sha256}", data, ANY_FILE)
            return stored

        try:
            stored = await ctx.uploads.store(write)
        except DependencyDown:
            raise unavailable() from None
        return json.dumps({**upload.fields, field: stored.model_dump()}).encode()
