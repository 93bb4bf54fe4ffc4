"""`make cost` counts what a resource and a slow verb cost: shown on the toys, whose files hold several things each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from libs.chassis.tests.integration.toys import TOYS
from tests.resource_cost import Cost, resources, slow_verbs


@cache
def of_the_product() -> list[Cost]:
    """Returns what each resource of the product costs, which is counted in seconds."""
    return resources()


def files(cost: Cost) -> tuple[set[str], set[str]]:
    return {Path(path).name for path in cost.new}, {Path(path).name for path in cost.edited}


def test_a_resource_costs_the_files_that_its_routes_use() -> None:
    toys, notes = resources([TOYS])
    assert files(toys) == ({"routes.py", "store.py", "tables.py", "toy.py", "messages.py"}, {"__init__.py"})
    assert files(notes) == ({"notes.py", "tables.py", "messages.py"}, {"__init__.py"})
    assert notes.lines < toys.lines  # of what both files hold, each is charged its own
    assert (toys.examples, toys.conformance > 0, toys.migration > 0) == (1, True, True)


def test_what_proposes_a_job_is_no_part_of_the_resource() -> None:
    toys, _ = resources([TOYS])
    [polish] = slow_verbs([TOYS])
    [routes] = [path for path in toys.new if path.endswith("/routes.py")]
    whole = len(Path(routes).read_text(encoding="utf-8").splitlines())
    edited = {"routes.py", "messages.py", "handlers.py", "store.py", "__init__.py"}
    assert (polish.name, files(polish)) == ("polishToy", (set(), edited))
    assert 0 < polish.edited[routes] <= whole - toys.new[routes]  # where blank lines count


def test_who_handles_messages_about_a_resource_does_not_add_to_it() -> None:
    [notifications] = [cost for cost in of_the_product() if cost.name == "notify/notifications"]
    # and not the retired handlers
    edited = {"service.py", "settings.py", ".importlinter", "export.py", "catalogue.py", "notify.py"}
    assert files(notifications)[1] == edited


def test_every_cost_is_a_line() -> None:
    assert [cost.line() for cost in of_the_product()]
    assert slow_verbs([TOYS])[0].line().split()[:3] == ["polishToy", "5", "files"]
