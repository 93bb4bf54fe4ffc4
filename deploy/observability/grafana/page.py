"""Describes a dashboard: rows of panels, in the order in which they are read, and the variables that all have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from deploy.observability.grafana.panel import SOURCE, Panel, built

#: where an installation has docs/runbook.md; a stand-in, to be replaced in the variable `runbook`
RUNBOOK = "https://docs.voxbus.example/runbook.md"
_TAG = "voxbus"


@dataclass(frozen=True)
class Page:
    """Represents a dashboard. Its rows are titles with their panels: what is asked first stands first."""

    uid: str
    title: str
    says: str
    rows: Mapping[str, Sequence[Panel]]
    since: str = "now-1h"


def encoded(page: Page) -> str:
    """Returns the JSON that Grafana reads, the same each time."""
    return json.dumps(json.loads(JSONEncoder().encode(_made(page).build())), indent=1, sort_keys=True) + "\n"


def _made(page: Page) -> builders.Dashboard:
    made = builders.Dashboard(page.title).uid(page.uid).description(page.says).tags([_TAG]).timezone("browser")
    made = made.time(page.since, "now").refresh("30s").tooltip(DashboardCursorSync.CROSSHAIR).readonly()
    made = made.link(_others())
    for variable in _variables():
        made = made.with_variable(variable)
    number = 0
    for title, panels in page.rows.items():
        number += 1
        made = made.with_row(builders.Row(title).id(number))
        for panel in panels:
            number += 1
            made = made.with_panel(built(panel).id(number))
    return made


def _others() -> builders.DashboardLink:
    """Returns the link from each dashboard to all others, which keeps the time and the variables."""
    made = builders.DashboardLink("Voxbus").type(DashboardLinkType.DASHBOARDS).tags([_TAG])
    return made.as_dropdown(True).keep_time(True).include_vars(True)


def _variables() -> list[builders.DatasourceVariable | builders.QueryVariable | builders.ConstantVariable]:
    component = 'label_values(up{job="voxbus"}, component)'
    instance = 'label_values(up{job="voxbus",component=~"$component"}, instance)'
    return [
        builders.DatasourceVariable("source").label("Prometheus").type("prometheus"),
        _chosen("component", "Service", component),
        _chosen("instance", "Replica", instance),
        builders.ConstantVariable("runbook").value(RUNBOOK),
    ]


def _chosen(name: str, label: str, query: str) -> builders.QueryVariable:
    everything = VariableOption(selected=True, text="All", value="$__all")
    made = builders.QueryVariable(name).label(label).datasource(SOURCE).query(query).definition(query)
    made = made.multi(True).include_all(True).all_value(".*").current(everything)
    return made.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)
