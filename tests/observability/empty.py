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
}
#: by `<uid>: <title>`, with the legend in parentheses where a panel has several queries
EMPTY: Mapping[str, str] = {
    "voxbus-served: The probe's attempts": _NO_PROBE,
    "voxbus-served: Since the probe last succeeded": _NO_PROBE,
    "voxbus-served: What the probe waits for": _NO_PROBE,
    "voxbus-served: Certificate": "the run speaks no TLS, so that there is no certificate",
    "voxbus-served: Notifications": "nobody in the run has a channel besides the list in the app, which is no delivery",
    "voxbus-served: Spoken conversations (ended by {{limit}})": "the run has no spoken conversation",
    "voxbus-bus: Loops that wait": _NO_PAUSE,
    "voxbus-services: Connections of clients (refused a second: {{reason}})": "the run opens too few to be refused",
    "voxbus-services: Log, reports, analytics (error reports {{outcome}})": _OFF,
    "voxbus-services: Log, reports, analytics (analytics {{outcome}})": _OFF,
    "voxbus-failures: Loops that wait for a dependency": _NO_PAUSE,
    "voxbus-failures: Replays": "the run replays dry, which leaves no trace",
    "voxbus-failures: Notifications that did not arrive": "nobody in the run has a channel besides the list in the app",
    "voxbus-failures: Statements to a learning record store": _OFF,
    "voxbus-models: No room in a budget": "the run spends a fraction of a cent of the day's five dollars",
    "voxbus-models: Models that end": "the model that the run asks has no known end",
    "voxbus-models: Used in place of one that retires": "the model that the run asks does not retire",
    "voxbus-models: Answers asked for once more": _GOOD,
    "voxbus-models: Answers that were not used": _GOOD,
    "voxbus-models: Hints": "no model writes a hint in the run: the authored ones are given",
    "voxbus-models: Ended by a limit": "the run has no spoken conversation",
    "voxbus-privacy: Deleted because its time was over": "nothing in the run is old enough",
    "voxbus-privacy: Answers of models that were not used": _GOOD,
    "voxbus-privacy: Keys of issuers": "no issuer of tokens is set, and those of others are outside",
    "voxbus-stores: Behind the server": "the run's server has no replication slot",
}
