"""Compares the dashboards with the code, or writes them: `python -m deploy.observability.grafana [--write]`."""

from __future__ import annotations

import sys

from deploy.observability.grafana.written import check

wrong = check(write="--write" in sys.argv[1:])
for name in wrong:
    sys.stderr.write(f"dashboards: {name} is not what deploy/observability/grafana says: make generate\n")
sys.exit(1 if wrong else 0)
