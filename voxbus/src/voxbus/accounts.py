"""Gives roles to accounts and erases people, as an operator asks."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from chassis.console import notify_operator
from chassis.errors import SettingsError, VoxbusError
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.erasure_ledger import ErasureLedger, open_ledger
from chassis.storage.keys import Keys, keys_url, open_keys
from contracts.base import Json
from gateway.consents import guardians
from gateway.edge.auth import accounts, roles
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.roles import ADMIN, BY_OPERATOR, LastAdmin
from gateway.jobs.erase_person import erase_person
from gateway.jobs.operator_acts import OperatorAct, record
from voxbus.events import NoSuchPerson, person_of
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line

#: is told as JSON what was done
Told = Callable[[Json], None]

ROLES = ("learner", "guardian", "author", "moderator", "admin")

_JOBS_OF = """
SELECT count(*)::int AS jobs, count(*) FILTER (WHERE finished_at IS NULL)::int AS open FROM jobs WHERE person_id = $1
"""


class LastAdminStays(VoxbusError):
    """Reports that nobody would be left who can give roles."""

    exit_code = 5


def _agree(_: str) -> None:
    """Agrees with whatever is asked."""


def _tell_nobody(_: Json) -> None:
    """Tells nobody what was done."""


async def erase(
    settings: Settings,
    email: str,
    *,
    last_admin: bool = False,
    reason: str | None = None,
    ask: Callable[[str], None] = _agree,
    told: Told = _tell_nobody,
) -> bool:
    """Erases a person for ever, also while `voxbus run` runs, unless `ask`, told of what goes with them, raises.

    The running processes learn of it from the outbox, as they do of any other erasure. Raises `NoSuchPerson`, and
    `LastAdminStays` for the last admin unless `last_admin` says that nobody needs to be left.
    """
    keys = open_keys(keys_url(settings), erases=True)
    try:
        async with reach_database(settings) as url:
            database = open_database(url, "gateway", size=1)
            try:
                account = await _account(database, email)
                ask(f"{await _what_goes(database, account, email)} Go on?")
                act = OperatorAct(
                    act="person_erased",
                    by=at_the_command_line(),
                    person=account.id,
                    reason=reason,
                    detail={"last_admin": last_admin},
                )
                await _erase(database, keys, open_ledger(settings), act, account.id, email, last_admin=last_admin)
            finally:
                await database.close()
    finally:
        await keys.close()
    notify_operator(f"{email} is erased")
    told({"person": str(account.id), "result": "done"})
    return True


async def grant(
    settings: Settings, email: str, role: str, *, reason: str | None = None, told: Told = _tell_nobody
) -> bool:
    """Gives a person a role, also while `voxbus run` runs. Raises `NoSuchPerson`."""
    if role not in ROLES:
        raise SettingsError(f"There is no role {role}.")
    async with reach_database(settings) as url:
        database = open_database(url, "gateway", size=1)
        try:
            account = await _account(database, email)
            act = OperatorAct(
                act="role_granted",
                by=at_the_command_line(),
                person=account.id,
                reason=reason,
                detail={"role": role},
            )
            if not await roles.grant(database, account.id, role, BY_OPERATOR, act):  # erased meanwhile
                raise NoSuchPerson(f"There is no account with the address {email}.")
        finally:
            await database.close()
    had = role in account.roles
    notify_operator(f"{email} was {role} before" if had else f"{email} is {role} now")
    told({"person": str(account.id), "role": role, "result": "unchanged" if had else "done"})
    return True


async def _account(database: Database, email: str) -> Account:
    account = await accounts.by_id(database, await person_of(database, email))
    if account is None:
        raise NoSuchPerson(f"There is no account {email}.")
    return account


async def _what_goes(database: Database, account: Account, email: str) -> str:
    """Returns in a sentence what an erasure destroys."""
    [jobs] = await database.fetch(_JOBS_OF, account.id)
    children = len(await guardians.children_of(database, account.id))
    shown = ", ".join(sorted(account.roles))
    what = [
        f"the account ({shown})",
        "the key of everything they have said",
        f"their rows in every service with {jobs.jobs} jobs, of which {jobs.open} are open and will be cancelled",
        "their recordings",
    ]
    what += [f"the consents that they have given for {children} children"] if children else []
    return f"This destroys for ever what there is of {email}: {'; '.join(what)}."


async def _erase(
    database: Database,
    keys: Keys,
    ledger: ErasureLedger,
    act: OperatorAct,
    person: UUID,
    email: str,
    *,
    last_admin: bool,
) -> None:
    if not last_admin:  # the role is taken first, so that of two admins erased at once one stays
        try:
            await roles.revoke(database, person, ADMIN, BY_OPERATOR)
        except LastAdmin:
            await record(database, act, outcome="refused")
            raise LastAdminStays(
                f"{email} is the last admin: give somebody else the role first (voxbus people grant EMAIL admin), or"
                " erase with --last-admin."
            ) from None
    await erase_person(database, keys, ledger, person, act=act)
