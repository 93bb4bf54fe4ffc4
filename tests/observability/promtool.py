"""Has promtool check the rules and run the cases of the alerts: `python -m tests.observability.promtool`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from deploy.observability import make_rules
from tests.prometheus import PROMTOOL

MISSING = "make alerts-check needs promtool: apt-get install prometheus"
#: what every sample of a process of ours has, unless a case says otherwise
_TARGET = {"job": "voxbus", "instance": "here:9000", "component": "gateway"}


def cases() -> dict[str, list[dict[str, Any]]]:
    """Returns the tests in promtool's form, by the file of rules that they are about."""
    burns = [test for one in make_rules.slo()["slos"] for test in _tests(one)]
    alerts = [test for found in make_rules.alerts().values() for alert in found for test in _tests(alert)]
    return {"slo.yml": burns, "alerts.yml": alerts}


def _tests(alert: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("fires", "silent"):
        for number, case in enumerate(alert[kind], 1):
            severity = case.get("severity", alert.get("severity"))
            own = f'alertname="{alert["alert"]}", alertstate="firing", severity="{severity}"'
            expected = [{"labels": f"ALERTS{{{own}{_and(each)}}}", "value": 1} for each in _labels(case)]
            yield {
                "name": f"{alert['alert']} ({severity}) {kind} {number}",
                "interval": "1m",
                "input_series": [_scraped(name, values) for name, values in case["series"].items()],
                "promql_expr_test": [
                    {
                        "expr": f"ALERTS{{{own}}}",
                        "eval_time": case["at"],
                        "exp_samples": expected if kind == "fires" else [],
                    },
                ],
            }


def _labels(case: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Returns the labels with which an alert fires in a case: of one, or a list where it fires several times."""
    labels = case.get("labels", {})
    return labels if isinstance(labels, list) else [labels]


def _and(labels: Mapping[str, str]) -> str:
    return "".join(f', {label}="{value}"' for label, value in labels.items())


def _every(test: Mapping[str, Any]) -> str:
    """Returns how often rules are evaluated in a test: each evaluation of all of them costs, and hours have many."""
    at = make_rules.seconds(test["promql_expr_test"][0]["eval_time"])
    return "1m" if at < 3600 else "5m" if at < 6 * 3600 else "30m"


def _scraped(series: str, values: str) -> dict[str, str]:
    name, _, inner = series.rstrip("}").partition("{")
    own = [f'{label}="{value}"' for label, value in _TARGET.items() if f"{label}=" not in inner]
    return {"series": f"{name}{{{','.join([*([inner] if inner else []), *own])}}}", "values": values}


def check_rules(*files: Path) -> subprocess.CompletedProcess[str]:
    """Runs `promtool check rules`."""
    return _promtool("check", "rules", *map(str, files))


def try_rules(folder: Path = make_rules.RULES, only: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs `promtool test rules` over every case, with the rules of a folder, or of one file in it."""
    with TemporaryDirectory() as name:
        files = []
        for rules, tests in cases().items():
            tests = tests if only in (None, rules) else []
            for every in sorted({_every(test) for test in tests}):
                files.append(Path(name) / f"{every}-{rules}")
                own = [test for test in tests if _every(test) == every]
                whole = {"rule_files": [str(folder / rules)], "evaluation_interval": every, "tests": own}
                files[-1].write_text(yaml.safe_dump(whole, sort_keys=False, width=1000), encoding="utf-8")
        return _promtool("test", "rules", *map(str, files))


def _promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL is not None, MISSING
    return subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)


def main() -> int:
    """Prints what promtool says; returns 0 when it finds nothing wrong."""
    if PROMTOOL is None:
        print(MISSING, file=sys.stderr)
        return 1
    told = [check_rules(*sorted(make_rules.RULES.glob("*.yml"))), try_rules()]
    for each in told:
        print(each.stdout + each.stderr)
    for rules, tests in cases().items():
        names = {test["name"].split()[0] for test in tests}
        print(f"{rules}: {len(tests)} cases of {len(names)} alerts")
    return 1 if any(each.returncode for each in told) else 0


if __name__ == "__main__":
    sys.exit(main())
