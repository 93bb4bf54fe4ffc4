"""Writes the expressions that many panels share. `$component` and `$instance` are the variables of every dashboard."""

from __future__ import annotations

#: the processes that the variables choose
CHOSEN = 'component=~"$component",instance=~"$instance"'


def of(metric: str, where: str = "") -> str:
    """Returns the series of a metric of the chosen processes; `where` are more matchers."""
    return f"{metric}{{{CHOSEN}{',' if where else ''}{where}}}"


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Returns how much a counter grows a second, summed over the chosen processes."""
    return f"sum{_by(by)} (rate({of(metric, where)}[$__rate_interval]))"


def grown(metric: str, by: str = "", where: str = "") -> str:
    """Returns by how much a counter has grown in the time that is shown."""
    return f"sum{_by(by)} (increase({of(metric, where)}[$__range]))"


def quantile(share: float, family: str, by: str = "", where: str = "") -> str:
    """Returns a quantile of a histogram, over the chosen processes together."""
    labels = "le" + (f", {by}" if by else "")
    return f"histogram_quantile({share}, {rate(family + '_bucket', labels, where)})"


def share(part: str, whole: str) -> str:
    """Returns a part of a whole; where the whole is nothing, no value."""
    return f"{part} / ({whole} > 0)"


def total(metric: str, by: str = "", where: str = "") -> str:
    """Returns the sum of a gauge over the chosen processes."""
    return f"sum{_by(by)} ({of(metric, where)})"


def greatest(metric: str, by: str = "", where: str = "") -> str:
    """Returns the greatest value of a gauge that each process knows of the whole, or that is asked of each."""
    return f"max{_by(by)} ({of(metric, where)})"


def known(metric: str, by: str = "", where: str = "") -> str:
    """Returns a gauge that one process at a time knows, whichever processes are chosen."""
    return f"max{_by(by)} ({metric}{f'{{{where}}}' if where else ''})"


def greatest_of(expression: str, by: str) -> str:
    """Returns the greatest of an expression's series: of replicas, the one that is worst off."""
    return f"max{_by(by)} ({expression})"


def top(expression: str, most: int = 10) -> str:
    """Returns the greatest series of an expression."""
    return f"topk({most}, {expression})"


def otherwise(expression: str, known: str) -> str:
    """Returns an expression, and 0 where it has no series although a metric that is always there is known."""
    return f"{expression} or 0 * count({known})"


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""
