"""Says how long each part of a drain takes at most."""

from __future__ import annotations

from chassis.delivery.claimed_run import GIVE_BACK_S
from chassis.web import direct, grace

#: seconds that a drain waits for running work before it gives the work back to the inbox
GRACE_S = 20.0
#: seconds that a relay goes on publishing what was committed
FLUSH_S = 5.0
#: seconds that a draining internal port goes on serving: longer than a gateway keeps an idle connection
LINGER_S = 5.0
#: least seconds until an idle connection of a gateway is closed, which itself closes it after 3 s
GATEWAY_IDLE_S = 30.0
#: seconds that WebSockets have to close before they are cut
GOODBYE_S = 1.0
#: seconds that the servers have to close their connections
CLOSING_S = 10.0
#: seconds that a drain takes at most: each of its waits in full, and those whose work was cut give it back
LONGEST_DRAIN_S = sum(
    (
        GOODBYE_S,
        direct.LONGEST_END_S,
        LINGER_S,
        grace.GRACE_S,
        GRACE_S,
        GIVE_BACK_S,
        CLOSING_S,
        grace.GRACE_S,
        FLUSH_S,
    )
)
