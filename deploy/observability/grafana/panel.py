"""Describes a panel, and makes Grafana's JSON of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import bargauge, common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery as Asked
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    DataSourceRef,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import DashboardLink, DashboardLinkType, Threshold, ThresholdsMode

#: the data source that the dashboard's variable names, so that an installation may call its own as it likes
SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
#: widths, of the 24 columns of a row
QUARTER, THIRD, HALF, WHOLE = 6, 8, 12, 24

Kind = Literal["lines", "stacked", "stat", "bars"]
_Made = timeseries.Panel | stat.Panel | bargauge.Panel


@dataclass(frozen=True)
class Panel:
    """Represents what an operator sees, and what they should make of it.

    `says` is the description: what is shown, and what a bad value means. `queries` are pairs of an expression and the
    name of its series, in which `{{label}}` stands for a label's value. `runbook` is a heading of docs/runbook.md, and
    `leads` the uid of the dashboard that shows the cause. `warn` and `bad` colour what is at or above them, and with
    `low` what is below them.
    """

    title: str
    says: str
    unit: str
    queries: Sequence[tuple[str, str]]
    runbook: str
    leads: str | None = None
    warn: float | None = None
    bad: float | None = None
    low: bool = False
    kind: Kind = "lines"
    width: int = THIRD
    decimals: int | None = None
    most: float | None = None  # the end of the axis


def anchor(heading: str) -> str:
    """Returns the anchor by which a heading of a page in Markdown is linked."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def built(panel: Panel) -> _Made:
    """Returns the SDK's builder of a panel."""
    made = _shaped(panel).title(panel.title).description(panel.says).datasource(SOURCE)
    made = made.unit(panel.unit).span(panel.width).height(5 if panel.kind == "stat" else 8)
    made = made.thresholds(_thresholds(panel)).links(_links(panel)).targets(_targets(panel))
    if not panel.low:
        made = made.min(0)
    if panel.most is not None:
        made = made.max(panel.most)
    if panel.decimals is not None:
        made = made.decimals(panel.decimals)
    return made


def _shaped(panel: Panel) -> _Made:
    match panel.kind:
        case "stat":
            return stat.Panel().graph_mode(BigValueGraphMode.NONE)
        case "bars":
            return bargauge.Panel().orientation(VizOrientation.HORIZONTAL)
    legend = common.VizLegendOptions().show_legend(True)
    legend = (
        legend.display_mode(LegendDisplayMode.TABLE).placement(LegendPlacement.BOTTOM).calcs(["lastNotNull", "max"])
    )
    made = timeseries.Panel().legend(legend)
    if panel.kind == "stacked":
        made = made.fill_opacity(30).stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    if panel.warn is not None or panel.bad is not None:
        made = made.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    return made


def _targets(panel: Panel) -> list[Builder[Asked]]:
    made: list[Builder[Asked]] = []
    for number, (expression, legend) in enumerate(panel.queries):
        asked = Dataquery().expr(expression).legend_format(legend).ref_id(chr(ord("A") + number)).datasource(SOURCE)
        made.append(asked.instant() if panel.kind in ("stat", "bars") else asked.range())
    return made


def _thresholds(panel: Panel) -> builders.ThresholdsConfig:
    """Returns the steps of colours: green below the first, or with `low` above the last."""
    limits = [(panel.warn, "orange"), (panel.bad, "red")]
    steps = [(limit, colour) for limit, colour in limits if limit is not None]
    if not panel.low:
        made = [Threshold(None, "green"), *(Threshold(limit, colour) for limit, colour in steps)]
    else:  # from the worst up: what is below `bad` is red, and what is above both is green
        steps.reverse()
        colours = [colour for _, colour in steps] + ["green"]
        starts = [None, *(limit for limit, _ in steps)]
        made = [Threshold(start, colour) for start, colour in zip(starts, colours, strict=True)]
    return builders.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(made)


def _links(panel: Panel) -> list[Builder[DashboardLink]]:
    url = f"${{runbook}}#{anchor(panel.runbook)}"
    found: list[Builder[DashboardLink]] = [
        builders.DashboardLink(f"Runbook: {panel.runbook}").type(DashboardLinkType.LINK).url(url).target_blank(True)
    ]
    if panel.leads is not None:
        there = f"/d/{panel.leads}?${{__url_time_range}}&${{component:queryparam}}&${{instance:queryparam}}"
        found.append(builders.DashboardLink("Where it comes from").type(DashboardLinkType.LINK).url(there))
    return found
