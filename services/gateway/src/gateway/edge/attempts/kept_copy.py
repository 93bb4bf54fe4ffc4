"""Keeps a copy of a recording after use, where that was agreed to."""

from __future__ import annotations

from uuid import UUID

from chassis.errors import DependencyDown, Retryable
from chassis.observe.logs import logger
from chassis.storage.database import Transaction
from chassis.storage.sealed_stream import write_whole
from gateway.consents import kept_recordings
from gateway.edge.context import GatewayContext
from gateway.edge.upload import Upload
from gateway.jobs.accept import Beside

_log = logger(__name__)


async def keep_copy(ctx: GatewayContext, attempt_id: UUID, person: UUID, upload: Upload) -> Beside | None:
    """Writes a copy, sealed with the person's key, and returns what notes it beside the job; None: nothing is kept.

    A person of age has to have said so, too: to use Voxbus is not to agree to this. It is a copy, as the recording
    itself goes when its job ends. While the store of consents or that of media does not answer, nothing is kept.
    """
    try:
        if not await ctx.consents.allows(person, *kept_recordings.KEEP):
            return None
        key = (await ctx.keys.find([person])).get(person)
        if key is None:
            return None

        async def write() -> int:
            content = await upload.read()
            await write_whole(ctx.media, key, kept_recordings.kept_key(attempt_id), content)
            return len(content)

        size = await ctx.uploads.store(write)
    except (DependencyDown, Retryable) as error:
        _log.warning("a recording is not kept", error=type(error).__name__)
        return None

    async def note(tx: Transaction) -> None:
        await kept_recordings.add(tx, attempt_id, person, upload.media_type, size)

    return note
