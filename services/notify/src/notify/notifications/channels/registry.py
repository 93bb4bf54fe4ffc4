"""Lists the channels that lead out of the application: each has one file and one name."""

from __future__ import annotations

from collections.abc import Mapping

from notify.notifications.channels import apprise, email, expo, web_push, webhook
from notify.notifications.channels.channel import Channel, NotSetUp
from notify.notifications.channels.tools import Tools

#: by the name that requests and rows have
OUTSIDE: Mapping[str, type[Channel]] = {
    email.KIND: email.Email,
    web_push.KIND: web_push.WebPush,
    expo.KIND: expo.Expo,
    apprise.KIND: apprise.Apprise,
    webhook.KIND: webhook.Webhook,
}


def channels_of(tools: Tools) -> Mapping[str, Channel]:
    """Returns the channels that an installation has set up."""
    found = {}
    for kind, make in OUTSIDE.items():
        try:
            found[kind] = make(tools)
        except NotSetUp:
            continue
    return found
