"""Renders what Grafana would show of a fault run: a picture for each dashboard, from its JSON and real answers.

It is not Grafana, which is not to be had everywhere; titles, units, thresholds, legends and places are the panels'.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from PIL import Image

from tests.observability.fault_run import FaultRun
from tests.observability.looked import Answer
from tests.observability.panels import Board, Shown
from tests.prometheus import Series

_WIDTH_IN, _LINE_IN, _DPI = 15.0, 0.30, 84
_COLOURS = {"green": "#56a64b", "orange": "#e88a1a", "red": "#d62f3c"}
#: tellable apart, also by people who see fewer colours
_PALETTE = (
    "#3274d9",
    "#e0752d",
    "#37872d",
    "#a352cc",
    "#c4162a",
    "#0a9b9b",
    "#8a6d3b",
    "#e34fa5",
    "#6d7278",
    "#b8a400",
)
_MOST_IN_LEGEND, _LONGEST_NAME = 6, 34
_COLOURS_OF_A_FILE = 256
_GROUND, _INK, _PALE = "#ffffff", "#24292e", "#8e959c"


def render(boards: Iterable[Board], found: Sequence[Answer], run: FaultRun, folder: Path) -> list[Path]:
    """Writes `<uid>.png` for each dashboard; returns the files."""
    matplotlib.use("agg")
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for board in boards:
        path = folder / f"{board.uid}.png"
        path.write_bytes(_picture(board, [each for each in found if each.panel.page == board.uid], run))
        made.append(path)
    return made


def _picture(board: Board, found: Sequence[Answer], run: FaultRun) -> bytes:
    lines = max(panel.place[1] + panel.place[3] for panel in board.panels)
    head, foot = 2.0, 2.2
    height = lines + head + foot
    figure = Figure(figsize=(_WIDTH_IN, height * _LINE_IN), dpi=_DPI, facecolor=_GROUND)
    figure.text(0.012, 1 - 1.2 / height, board.title, fontsize=17, color=_INK, weight="bold")
    for title, line in board.rows:
        figure.text(0.012, 1 - (line + head + 0.75) / height, title, fontsize=12, color=_INK, weight="bold")
    for panel in board.panels:
        x, y, width, tall = panel.place
        area = (x / 24, 1 - (y + tall + head) / height, width / 24, tall / height)
        answers = [each for each in found if each.panel.title == panel.title]
        _drawn(figure, area, panel, answers, run)
    marks = "   ".join(f"{number} {name}" for number, (_, name) in enumerate(run.marks, 1))
    figure.text(0.012, 1.1 / height, f"Faults, at the dotted lines:   {marks}", fontsize=8.5, color=_INK)
    words = f"{run.ended - run.began:.0f} seconds, scraped each second. Drawn by matplotlib, not by Grafana."
    figure.text(0.012, 0.4 / height, words, fontsize=8.5, color=_PALE)
    return _compressed(figure)


def _compressed(figure: Figure) -> bytes:
    """Returns a PNG of few colours: a tenth of the bytes, and nothing is lost to the eye."""
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", facecolor=_GROUND)
    Image.open(full).convert("RGB").quantize(_COLOURS_OF_A_FILE).save(small, format="png", optimize=True)
    return small.getvalue()


Area = tuple[float, float, float, float]


def _drawn(figure: Figure, area: Area, panel: Shown, answers: Sequence[Answer], run: FaultRun) -> None:
    left, bottom, width, tall = area
    unit = _UNIT_NAMES.get(panel.unit, "")
    title = panel.title + (f"  [{unit}]" if unit else "")
    figure.text(left + 0.012, bottom + tall * 0.91, title, fontsize=9.5, color=_INK, weight="bold")
    named = [(_name(each, series), series) for each in answers for series in each.series if _has_values(series)]
    match panel.kind:
        case "stat":
            _stat(figure, area, panel, named)
        case "bars":
            _bars(figure.add_axes((left + width * 0.42, bottom + tall * 0.07, width * 0.46, tall * 0.78)), panel, named)
        case _:
            axes = figure.add_axes((left + 0.045, bottom + tall * 0.36, width - 0.06, tall * 0.49))
            _lines(axes, panel, named, run)
    if not named:
        figure.text(left + width / 2, bottom + tall * 0.5, "no data", fontsize=11, color=_PALE, ha="center")


def _lines(axes: Axes, panel: Shown, named: Sequence[tuple[str, Series]], run: FaultRun) -> None:
    named = sorted(named, key=lambda each: -max(value for _, value in _finite(each[1])))
    if panel.kind == "stacked":
        _stacked(axes, named, run)
    else:
        for number, (name, series) in enumerate(named):
            points = series[1]
            times = [at - run.began for at, _ in points]
            values = [value if math.isfinite(value) else math.nan for _, value in points]
            axes.plot(times, values, color=_PALETTE[number % len(_PALETTE)], linewidth=1.1, label=name)
    highest = axes.get_ylim()[1]
    for limit, colour in _limits(panel) if panel.kind == "lines" else ():
        if limit <= highest * 1.6 or not named:
            axes.axhline(limit, color=_COLOURS[colour], linestyle="--", linewidth=0.9)
    if named and min(value for _, series in named for _, value in _finite(series)) >= 0:
        axes.set_ylim(bottom=0)
    for number, (at, _) in enumerate(run.marks, 1):
        axes.axvline(at - run.began, color=_PALE, linestyle=":", linewidth=0.7)
        across = axes.get_xaxis_transform()
        axes.text(at - run.began, 1.0, str(number), fontsize=6, color=_PALE, transform=across, ha="center", va="bottom")
    _dressed(axes, panel, run)
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        shown = [_short(label) for label in labels[:_MOST_IN_LEGEND]]
        if len(labels) > _MOST_IN_LEGEND:
            shown[-1] += f"   (and {len(labels) - _MOST_IN_LEGEND} more)"
        axes.legend(
            handles[:_MOST_IN_LEGEND],
            shown,
            loc="upper left",
            bbox_to_anchor=(-0.06, -0.2),
            ncols=2,
            fontsize=7,
            frameon=False,
            handlelength=1.2,
            columnspacing=1.0,
            labelspacing=0.25,
        )


def _limits(panel: Shown) -> list[tuple[float, str]]:
    """Returns the limits with the colour of their worse side: what is above, or below where it begins with red."""
    pairs = zip(panel.steps, panel.steps[1:], strict=False)
    return [
        (limit, before if panel.steps[0][1] != "green" else colour)
        for (_, before), (limit, colour) in pairs
        if limit is not None
    ]


def _stacked(axes: Axes, named: Sequence[tuple[str, Series]], run: FaultRun) -> None:
    """Draws areas on each other: where one has no value there is nothing of it."""
    times = sorted({at for _, series in named for at, _ in series[1]})
    layers = [[dict(_finite(series)).get(at, 0.0) for at in times] for _, series in named]
    if times:
        colours = [_PALETTE[number % len(_PALETTE)] for number in range(len(named))]
        labels = [name for name, _ in named]
        axes.stackplot([at - run.began for at in times], layers, colors=colours, labels=labels, alpha=0.75)


def _dressed(axes: Axes, panel: Shown, run: FaultRun) -> None:
    axes.set_xlim(0, run.ended - run.began)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:.0f} s"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _said(value, panel.unit)))
    axes.tick_params(labelsize=7, colors=_PALE, length=2)
    axes.grid(axis="y", color="#e8eaed", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#c9cdd1")


def _stat(figure: Figure, area: Area, panel: Shown, named: Sequence[tuple[str, Series]]) -> None:
    left, bottom, width, tall = area
    shown = named[:5]
    for number, (name, series) in enumerate(shown):
        value = _finite(series)[-1][1]
        middle = left + width * (number + 0.5) / len(shown)
        size = 19 if len(shown) <= 3 else 14
        colour = _COLOURS[_colour(value, panel)]
        figure.text(middle, bottom + tall * 0.42, _said(value, panel.unit), fontsize=size, color=colour, ha="center")
        figure.text(middle, bottom + tall * 0.2, _short(name), fontsize=7.5, color=_INK, ha="center")


def _bars(axes: Axes, panel: Shown, named: Sequence[tuple[str, Series]]) -> None:
    greatest = sorted(named, key=lambda each: -_finite(each[1])[-1][1])[:10]
    for number, (_, series) in enumerate(greatest):
        value = _finite(series)[-1][1]
        axes.barh(number, value, color=_COLOURS[_colour(value, panel)], height=0.65)
        axes.text(value, number, " " + _said(value, panel.unit), fontsize=7, color=_INK, va="center")
    axes.set_ylim(max(9.5, len(greatest) - 0.5), -0.7)
    axes.set_yticks(range(len(greatest)), [_short(name) for name, _ in greatest])
    axes.tick_params(labelsize=7, colors=_INK, length=0)
    axes.set_xticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.margins(x=0.2)


def _colour(value: float, panel: Shown) -> str:
    return [colour for limit, colour in panel.steps if limit is None or value >= limit][-1]


def _name(answer: Answer, series: Series) -> str:
    """Returns a series' name by its panel's legend, or all its labels where there is none."""
    labels: Mapping[str, str] = series[0]
    if not answer.legend:
        return ", ".join(labels.values()) or answer.panel.title
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: labels.get(match[1], ""), answer.legend).strip() or "none"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _finite(series: Series) -> list[tuple[float, float]]:
    return [(at, value) for at, value in series[1] if math.isfinite(value)]


def _has_values(series: Series) -> bool:
    return bool(_finite(series))


_UNIT_NAMES = {"ops": "a second", "reqps": "requests a second", "Bps": "bytes a second", "currencyUSD": "US dollars"}


def _seconds(value: float) -> str:
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if abs(value) >= 2 * size:
            return f"{value / size:.3g} {name}"
    if abs(value) >= 1 or value == 0:
        return f"{value:.3g} s"
    return f"{value * 1000:.3g} ms"


def _bytes(value: float) -> str:
    for size, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g} B"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


_SAID: Mapping[str, Callable[[float], str]] = {
    "s": _seconds,
    "d": lambda value: f"{value:.0f} d",
    "bytes": _bytes,
    "Bps": _bytes,
    "percentunit": lambda value: f"{value * 100:.3g} %",
    "currencyUSD": lambda value: f"${value:.4g}",
}


def _said(value: float, unit: str) -> str:
    return _SAID.get(unit, _plain)(value)
