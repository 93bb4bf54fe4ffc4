"""Every type of problem that the code names is in the public document, so it has a page and generators know it."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.edge.openapi import read_document

HERE = Path(__file__).parents[2]
#: no client sees them: they stay between gateway and owner
UNSEEN = {"principal-refused", "no-route"}
NAMED = re.compile(r'"/problems/([a-z0-9-]+)"|ProblemType\(\s*name="([a-z0-9-]+)"')


def test_every_problem_type_is_in_the_document() -> None:
    sources = [path for part in ("libs", "services") for path in (HERE / part).glob("*/src/**/*.py")]
    named = {
        name for path in sources for found in NAMED.findall(path.read_text(encoding="utf-8")) for name in found if name
    }
    known = set(read_document().problems)
    assert len(named) > 20
    assert sorted(named - known - UNSEEN) == []
    assert sorted(UNSEEN & known) == []
