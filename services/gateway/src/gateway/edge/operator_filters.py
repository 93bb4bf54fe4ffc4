"""Reads the filters that routes for operators share: they mean what those of the commands mean."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from chassis.filters import Filters
from chassis.storage.database import Database
from chassis.web.validation import QueryInput
from gateway.edge.auth import accounts

#: about whom there is nothing: whom an address names that no account has
NOBODY = UUID(int=0)


class FilterQuery(QueryInput):
    """Asks for what happened within a time, of types, and of one job, person or kind of job."""

    since: AwareDatetime | None = Field(None, alias="from", description="At this time or later.")
    until: AwareDatetime | None = Field(None, alias="to", description="Before this time.")
    type: list[Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,100}$")]] = Field(
        [], max_length=50, description="Of messages of these types."
    )
    job: UUID | None = Field(None, description="Of this job.")
    person: str | None = Field(None, max_length=254, description="Of this person: id, or the whole address.")
    kind: str | None = Field(None, pattern=r"^[a-z_]{1,60}$", description="Of jobs of this kind.")

    async def shared(self, database: Database) -> Filters:
        """Returns these filters with the person's id."""
        person = None if self.person is None else await _person(database, self.person)
        return Filters(self.since, self.until, tuple(self.type), self.job, person, self.kind)


async def _person(database: Database, person: str) -> UUID:
    try:
        return UUID(person)
    except ValueError:
        account = await accounts.by_email(database, person.strip().lower())
        return NOBODY if account is None else account.id


def person_of_act(filters: Filters) -> UUID | None:
    """Returns the person for the row of an act: none where an address named nobody."""
    return None if filters.person == NOBODY else filters.person
