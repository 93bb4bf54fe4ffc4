"""Makes payloads as a writer of a schema may write them. Schemas hold no `$ref`s: see `compat.inlined`."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from contracts.base import Json

#: few, so that two schemas often speak of the same field
NAMES = st.sampled_from(["a", "b", "c"])


def payloads(written: Json | bool) -> st.SearchStrategy[Any]:
    """Makes what a writer of this schema may write: only properties that it names, or says that it adds."""
    if isinstance(written, bool):
        return st.none() | st.integers() | st.text(max_size=20)
    if "anyOf" in written:
        return st.one_of([payloads(branch) for branch in written["anyOf"]])
    if "enum" in written:
        return st.sampled_from(written["enum"])
    if "const" in written:
        return st.just(written["const"])
    match written.get("type"):
        case "integer":
            return st.integers(written.get("minimum"), written.get("maximum"))
        case "number":
            low, high = written.get("minimum"), written.get("maximum")
            return st.floats(low, high, allow_nan=False, allow_infinity=False)
        case "string":
            return strings(written)
        case "boolean":
            return st.booleans()
        case "array":
            items = payloads(written.get("items", {"type": "null"}))
            return st.lists(items, max_size=min(3, written.get("maxItems", 3)))
        case "object":
            return bodies(written)
        case list(kinds):
            return st.one_of([payloads({**written, "type": kind}) for kind in kinds])
    return st.none()


def strings(written: Json) -> st.SearchStrategy[str]:
    if "pattern" in written:
        return st.from_regex(str(written["pattern"]))
    match written.get("format"):
        case "uuid":
            return st.uuids().map(str)
        case "date-time":
            return st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat())
    return st.text(min_size=written.get("minLength", 0), max_size=written.get("maxLength"))


def bodies(written: Json) -> st.SearchStrategy[Json]:
    named = {name: payloads(part) for name, part in written.get("properties", {}).items()}
    required = {name: named[name] for name in written.get("required", [])}
    optional = {name: part for name, part in named.items() if name not in required}
    rest = written.get("additionalProperties")
    others = st.just({}) if not rest else st.dictionaries(NAMES | st.just("z"), payloads(rest), max_size=2)
    return st.builds(
        lambda body, more: {**{name: part for name, part in more.items() if name not in named}, **body},
        st.fixed_dictionaries(required, optional=optional),
        others,
    )
