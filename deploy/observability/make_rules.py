"""Makes the rules of Prometheus from the objectives and alerts: `python -m deploy.observability.make_rules [--write]`.

An alert in `alerts/*.yml` is one of Prometheus with `severity`, `dashboard` (its uid), `summary` and `user_sees`, and
with cases: `fires` and `silent` are series at whose time `at` it fires with `labels`, or does not; tests/observability
runs them. In expressions `seconds(36h)` is a number, so that a test can shorten every duration by one factor. What
stands under `each` is joined by `or` for each component that Prometheus looks for: what is gone has no series at all.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
RULES = HERE / "rules"
IN_KUBERNETES = HERE.parent / "k8s" / "components" / "monitoring" / "rules.yaml"
SEVERITIES = ("page", "ticket", "none")
_HEAD = "# Made by `make generate` from deploy/observability/slo.yml and alerts/*.yml: see make_rules.py.\n"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = r"((?:\d+[smhd])+)"
#: of the shortest window, of which the long ones are made: they need not read each sample again
_STEP = "5m"
#: a ratio, as a multiple of the share that may be bad
_BY_BUDGET = "/ on (slo) group_left () (1 - slo:objective:ratio)"

Rule = dict[str, Any]


def seconds(duration: str) -> int:
    """Returns the seconds of a duration of Prometheus, such as 1h30m."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", duration))


def slo() -> dict[str, Any]:
    """Returns the objectives as they stand in the file."""
    found: dict[str, Any] = _read(HERE / "slo.yml")
    return found


def alerts() -> dict[str, list[Rule]]:
    """Returns the alerts as they stand in the files, by the name of their file, with their cases."""
    paths = sorted((HERE / "alerts").glob("*.yml"))
    return {path.stem: _read(path) for path in paths}


def components() -> list[str]:
    """Returns the components that Prometheus looks for in compose."""
    [job] = (job for job in _scraped()["scrape_configs"] if job["job_name"] == "voxbus")
    return [name for found in job["dns_sd_configs"] for name in found["names"]]


def _scraped() -> dict[str, Any]:
    found: dict[str, Any] = _read(HERE / "prometheus.yml")
    return found


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # a tenth of the time of the other one


def whole(scale: float = 1.0) -> dict[str, list[Rule]]:
    """Returns the rules by the name of their group, with every duration times `scale`."""
    objectives = slo()
    groups = {group["name"]: list(_records(objectives, group["windows"])) for group in objectives["records"]}
    first, *_, last = groups.values()
    first[:0] = _objectives(objectives)
    last.append(_remaining(objectives["period"]))
    groups["slo-alerts"] = list(_burns(objectives))
    groups |= {name: [_alert(alert, objectives["links"]) for alert in found] for name, found in alerts().items()}
    return {name: [_scaled(rule, scale) for rule in rules] for name, rules in groups.items()}


def windows(objectives: Mapping[str, Any]) -> list[str]:
    """Returns the windows that are recorded."""
    return [window for group in objectives["records"] for window in group["windows"]]


def _objectives(objectives: Mapping[str, Any]) -> Iterator[Rule]:
    for one in objectives["slos"]:
        expression, labels = f"vector({one['objective']})", {"slo": one["name"]}
        yield {"record": "slo:objective:ratio", "expr": expression, "labels": labels}


def _records(objectives: Mapping[str, Any], of: Sequence[str]) -> Iterator[Rule]:
    for window in of:
        if seconds(window) > seconds("1h"):
            yield from _long(window)
        else:
            for one in objectives["slos"]:
                for what, expression in zip(("events", "bad"), _selections(one, window), strict=True):
                    yield {"record": f"slo:{what}:rate{window}", "expr": expression, "labels": {"slo": one["name"]}}
        ratio = f"slo:bad:ratio_rate{window}"
        yield {"record": ratio, "expr": f"slo:bad:rate{window} / slo:events:rate{window}"}
        yield {"record": f"slo:budget:burn_rate{window}", "expr": f"{ratio} {_BY_BUDGET}"}


def _long(window: str) -> Iterator[Rule]:
    """Yields the rates of a long window: the mean of its steps, where a step without any counts as 0."""
    for what in ("events", "bad"):
        steps = f"sum_over_time(slo:{what}:rate{_STEP}[{window}:{_STEP}])"
        yield {"record": f"slo:{what}:rate{window}", "expr": f"{steps} * seconds({_STEP}) / seconds({window})"}


def _remaining(period: str) -> Rule:
    bad, events = (f"sum_over_time(slo:{what}:rate{_STEP}[{period}:{_STEP}])" for what in ("bad", "events"))
    return {"record": f"slo:budget:remaining{period}", "expr": f"1 - ({bad} / {events}) {_BY_BUDGET}"}


def _selections(one: Mapping[str, Any], window: str) -> tuple[str, str]:
    """Returns expressions for the events a second of an objective, and for the bad ones among them."""
    by = f" by ({', '.join(one['by'])}) " if one["by"] else ""

    def rate(selector: str) -> str:
        return f"sum{by}(rate({selector}[{window}]))"

    events = rate(one["events"])
    if "bad" in one:
        # what never happened has no series: among events that is 0
        return events, f"{rate(one['bad'])} or 0 * {events}"
    if not isinstance(one["within"], dict):
        return events, f"clamp_min({events} - {rate(_with(one['buckets'], le=_bucket(one['within'])))}, 0)"
    counted, late = [], []
    for value, threshold in one["within"].items():
        only = {one["by"][0]: value}
        counted.append(rate(_with(one["events"], **only)))
        good = rate(_with(one["buckets"], **only, le=_bucket(threshold)))
        late.append(f"clamp_min({counted[-1]} - {good}, 0)")
    return "\nor ".join(counted), "\nor ".join(late)


def _bucket(threshold: float) -> str:
    """Returns a threshold as the label of a bucket has it."""
    return str(float(threshold))


def _with(selector: str, **labels: str) -> str:
    """Returns a selector with more labels."""
    name, _, inner = selector.rstrip("}").partition("{")
    matchers = [*([inner] if inner else []), *(f'{label}="{value}"' for label, value in labels.items())]
    return f"{name}{{{','.join(matchers)}}}" if matchers else name


def _budget(one: Mapping[str, Any]) -> str:
    return f"{1 - one['objective']:g}"


def _burns(objectives: Mapping[str, Any]) -> Iterator[Rule]:
    for one in objectives["slos"]:
        own = f'{{slo="{one["name"]}"}}'
        for severity in dict.fromkeys(burn["severity"] for burn in objectives["burns"]):
            terms = []
            for burn in objectives["burns"]:
                if burn["severity"] == severity:
                    long, short, over = burn["long"], burn["short"], f"{burn['factor']} * {_budget(one)}"
                    terms.append(
                        f"(slo:bad:ratio_rate{long}{own} > {over}\nand slo:bad:ratio_rate{short}{own} > {over}\n"
                        f"and slo:bad:rate{long}{own} * seconds({long}) >= {burn['least']})"
                    )
            yield _alert({**one, "expr": "\nor\n".join(terms), "severity": severity}, objectives["links"])


def _alert(alert: Mapping[str, Any], links: Mapping[str, str]) -> Rule:
    each = [alert["each"].replace("COMPONENT", component) for component in components()] if "each" in alert else []
    rule: Rule = {"alert": alert["alert"], "expr": "\nor ".join([alert["expr"], *each])}
    if "for" in alert:
        rule["for"] = alert["for"]
    rule["labels"] = {"severity": alert["severity"]}
    rule["annotations"] = {
        "summary": alert["summary"],
        "user_sees": alert["user_sees"],
        "runbook_url": f"{links['runbook']}#{alert['alert'].lower()}",
        "dashboard_url": f"{links['dashboards']}/{alert['dashboard']}",
    }
    return rule


def _length(duration: str, scale: float) -> str:
    return duration if scale == 1 else f"{max(1, round(seconds(duration) * scale * 1000))}ms"


def _scaled(rule: Rule, scale: float) -> Rule:
    def window(found: re.Match[str]) -> str:
        return f"[{':'.join(_length(each, scale) for each in found[1].split(':'))}]"

    expression = re.sub(rf"\[({_DURATION}(?::{_DURATION})?)\]", window, rule["expr"])
    expression = re.sub(rf"\bseconds\({_DURATION}\)", lambda found: f"{seconds(found[1]) * scale:g}", expression)
    changed = {**rule, "expr": expression}
    if "for" in rule:
        changed["for"] = _length(rule["for"], scale)
    return changed


def _group(name: str, rules: Sequence[Rule], scale: float) -> dict[str, Any]:
    """Returns a group; where the windows are long it is evaluated more rarely than Prometheus does by itself."""
    every = {group["name"]: group["every"] for group in slo()["records"] if "every" in group}.get(name)
    interval = {} if every is None else {"interval": _length(every, scale)}
    return {"name": name, **interval, "rules": list(rules)}


def documents(groups: Mapping[str, Sequence[Rule]], scale: float = 1.0) -> dict[str, str]:
    """Returns the text of each file of rules by its name: the objectives' and the alerts'."""
    files: dict[str, list[str]] = {"slo.yml": [], "alerts.yml": []}
    for name in groups:
        files["slo.yml" if name.startswith("slo-") else "alerts.yml"].append(name)
    return {
        file: _HEAD + _dumped({"groups": [_group(name, groups[name], scale) for name in names]})
        for file, names in files.items()
    }


def _for_the_operator(groups: Mapping[str, Sequence[Rule]]) -> str:
    meta = {"name": "voxbus", "namespace": "voxbus", "labels": {"app.kubernetes.io/part-of": "voxbus"}}
    spec = {"groups": [_group(name, rules, 1.0) for name, rules in groups.items()]}
    kind = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": meta, "spec": spec}
    return _HEAD + _dumped(kind)


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, and a text of several lines as it is."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _dumped(document: Any) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


def wrong(*, write: bool = False) -> list[str]:
    """Lists the committed files that differ from the sources; `write` updates them first."""
    groups = whole()
    wanted = {RULES / name: text for name, text in documents(groups).items()}
    wanted[IN_KUBERNETES] = _for_the_operator(groups)
    if write:
        RULES.mkdir(exist_ok=True)
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
    unknown = [path for path in RULES.glob("*") if path not in wanted]
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return [str(path.relative_to(HERE.parent)) for path in sorted(unknown + changed)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when the committed rules are those of the sources, else 1, with a line for each that is not."""
    parser = argparse.ArgumentParser(prog="deploy.observability.make_rules", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the rules anew")
    different = wrong(write=parser.parse_args(arguments).write)
    for name in different:
        print(f"{name} differs from slo.yml and alerts/*.yml: make generate", file=sys.stderr)  # noqa: T201
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
