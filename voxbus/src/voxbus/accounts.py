"""Gives roles to accounts and erases people, as an operator asks."""

from __future__ import annotations

from chassis.console import notify_operator
from chassis.errors import SettingsError, VoxbusError
from chassis.settings import Settings
from chassis.storage.database import open_database
from chassis.storage.erasure_ledger import ErasureLedger, open_ledger
from chassis.storage.keys import Keys, keys_url, open_keys
from gateway.edge.auth import accounts, roles
from gateway.edge.auth.roles import ADMIN, BY_OPERATOR, LastAdmin
from gateway.jobs.erase_person import erase_person
from voxbus.local.reach import reach_database

ROLES = ("learner", "guardian", "author", "moderator", "admin")


async def erase(settings: Settings, email: str, *, last_admin: bool = False) -> bool:
    """Erases a person for ever, also while `voxbus run` runs.

    The running processes learn of it from the outbox, as they do of any other erasure. Raises `VoxbusError` when there
    is no such account, and for the last admin unless `last_admin` says that nobody needs to be left.
    """
    keys = open_keys(keys_url(settings), erases=True)
    try:
        async with reach_database(settings) as url:
            return await _erase(url, keys, open_ledger(settings), email, last_admin=last_admin)
    finally:
        await keys.close()


async def grant(settings: Settings, email: str, role: str) -> bool:
    """Gives a person a role, also while `voxbus run` runs. Raises `VoxbusError` when there is no such account."""
    async with reach_database(settings) as url:
        return await _grant(url, email, role)


async def _erase(url: str, keys: Keys, ledger: ErasureLedger, email: str, *, last_admin: bool) -> bool:
    database = open_database(url, "gateway", size=1)
    try:
        account = await accounts.by_email(database, email.strip().lower())
        if account is None:
            raise VoxbusError(f"There is no account with the address {email}.")
        if not last_admin:  # the role is taken first, so that of two admins erased at once one stays
            await roles.revoke(database, account.id, ADMIN, BY_OPERATOR)
        await erase_person(database, keys, ledger, account.id)
    except LastAdmin:
        raise VoxbusError(
            f"{email} is the last admin: give somebody else the role first (voxbus people grant EMAIL admin), or erase"
            " with --last-admin."
        ) from None
    finally:
        await database.close()
    notify_operator(f"{email} is erased")
    return True


async def _grant(url: str, email: str, role: str) -> bool:
    if role not in ROLES:
        raise SettingsError(f"There is no role {role}.")
    database = open_database(url, "gateway", size=1)
    try:
        account = await accounts.by_email(database, email.strip().lower())
        if account is None or not await roles.grant(database, account.id, role, BY_OPERATOR):
            raise VoxbusError(f"There is no account with the address {email}.")
    finally:
        await database.close()
    notify_operator(f"{email} is {role} now")
    return True
