"""Names the family of a device by its user agent, such as “Firefox on Linux”. Nothing else of a user agent is kept."""

from __future__ import annotations

#: characters of a user agent that are read
_READ = 512
#: the first that occurs counts, since browsers also claim to be those that they descend from
_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
    ("okhttp/", "App"),
    ("Dart/", "App"),
    ("CFNetwork/", "App"),
    ("curl/", "curl"),
    ("python", "Python"),
    ("Python", "Python"),
    ("node", "Node"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Darwin", "Apple"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str | None) -> str | None:
    """Returns the family, made of known words alone; None when nothing of the user agent is known."""
    read = (user_agent or "")[:_READ]
    program = next((name for mark, name in _PROGRAMS if mark in read), None)
    system = next((name for mark, name in _SYSTEMS if mark in read), None)
    return " on ".join(filter(None, (program, system))) or None
