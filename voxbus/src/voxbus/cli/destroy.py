"""Holds the command that removes an installation from this machine."""

from __future__ import annotations

from chassis.console import notify_operator
from chassis.settings import Settings
from gateway.jobs.operator_acts import OperatorAct
from voxbus.cli.options import Json, NoServer, Reason, Yes
from voxbus.cli.outcome import execute
from voxbus.cli.output import confirm, documents
from voxbus.cli.place import here_alone
from voxbus.local.destroy import destroy as remove
from voxbus.local.destroy import remains_of
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line, note


def destroy(reason: Reason = None, yes: Yes = False, json: Json = False, server: NoServer = None) -> None:
    """Removes the data directory, and the embedded database where that lies elsewhere. Nothing brings it back.

    A database that VOXBUS_DATABASE_URL names stays, and gets a row of this in its audit.
    """
    here_alone(server)

    async def work(settings: Settings) -> bool:
        remains = remains_of(settings)
        for path in remains.paths:
            notify_operator(f"to be removed: {path}")
        for what in remains.elsewhere:
            notify_operator(f"stays, remove it yourself: {what}")
        for path in remains.strange:
            notify_operator(f"stays, it is not Voxbus's: {path}")
        confirm(f"Remove everything that Voxbus keeps in {remains.data_dir}, for ever?", yes=yes)
        remove(remains)
        notify_operator("it is gone")
        stays = [*remains.elsewhere, *map(str, remains.strange)]
        documents(json)({"removed": [str(path) for path in remains.paths], "stays": stays, "result": "done"})
        if settings.database_url is not None:
            act = OperatorAct(act="installation_destroyed", by=at_the_command_line(), reason=reason)
            async with reach_database(settings) as url:
                await note(url, act)
        return True

    execute(work)
