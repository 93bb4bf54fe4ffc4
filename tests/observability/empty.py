"""Lists the queries of panels that a fault run leaves empty, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

#: by `<uid>: <title>`, with the legend in parentheses where a panel has several queries
EMPTY: Mapping[str, str] = {}
