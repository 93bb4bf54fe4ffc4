"""Defines how a service's migration makes a view of schema `public_api`. Frozen: a change is a new file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

#: owns the views and the function that says whose rows they show; nobody can log in as this role
OWNER = "voxbus_public_api"
#: the person whose token the request has, or null. In a subquery, so that it is asked once and not for each row
PERSON = "(SELECT public_api.person_id())"


def create_public_view(
    execute: Callable[[str], object],
    service: str,
    name: str,
    select: str,
    *,
    reads: Mapping[str, str],
    readers: Sequence[str] = ("authenticated",),
) -> None:
    """Makes the view `public_api.<name>`; `execute` is Alembic's `op.execute`.

    `reads` are the columns that the view reads, by the service's tables. `select` names tables with their schema.
    """
    execute(f"GRANT USAGE ON SCHEMA {service} TO {OWNER}")
    for table, columns in reads.items():
        execute(f"GRANT SELECT ({columns}) ON {service}.{table} TO {OWNER}")
    execute(f"SET LOCAL ROLE {OWNER}")
    # other conditions of a query, functions of its author among them, see only rows that have passed the view's own
    execute(f"CREATE VIEW public_api.{name} WITH (security_barrier = true) AS {select}")
    execute(f"GRANT SELECT ON public_api.{name} TO {', '.join(readers)}")
    execute(f"SET LOCAL ROLE voxbus_{service}")
