"""Lists the queries of panels that a fault run leaves empty, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping

_NO_PROBE = "the run has no probe: it would be one more account that does what the run's people do"
_NO_PAUSE = "a loop shows itself from its first pause on, and the run takes no database away"
_OFF = "off without its setting, which would lead to a server outside"
_GOOD = "the stand-in for a model breaks no rule, so that no answer is asked for again or thrown away"

#: what a run may leave empty or not, by how long it takes
SOMETIMES: Mapping[str, str] = {
    "voxbus-bus: How late timers fire": "the one timer of the run fires late in it, or after its end",
    "voxbus-privacy: Deleted because its time was over": "what is kept for minutes is deleted in a long run alone",
}
#: by `<uid>: <title>`, with the legend in parentheses where a panel has several queries
EMPTY: Mapping[str, str] = {
    "voxbus-served: Since the probe last succeeded": _NO_PROBE,
    "voxbus-served: What the probe waits for": _NO_PROBE,
    "voxbus-served: Certificate": "the run speaks no TLS, so that there is no certificate",
    "voxbus-served: Notifications": "nobody in the run has a channel besides the list in the app, which is no delivery",
    "voxbus-bus: Loops that wait": _NO_PAUSE,
    "voxbus-failures: Loops that wait for a dependency": _NO_PAUSE,
    "voxbus-failures: Notifications that did not arrive": "nobody in the run has a channel besides the list in the app",
    "voxbus-failures: Statements to a learning record store": _OFF,
    "voxbus-models: Models that end": "the model that the run asks has no known end",
    "voxbus-models: Used in place of one that retires": "the model that the run asks does not retire",
    "voxbus-models: Answers asked for once more": _GOOD,
    "voxbus-models: Answers that were not used": _GOOD,
    "voxbus-models: Hints": "no model writes a hint in the run: the authored ones are given",
    "voxbus-privacy: Answers of models that were not used": _GOOD,
    "voxbus-privacy: Keys of issuers": "no issuer of tokens is set, and those of others are outside",
    "voxbus-stores: Behind the server": "the run's server has no replication slot",
}
