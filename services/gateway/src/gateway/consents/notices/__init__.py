"""Holds the notices: what a guardian, or a person of age, was told before they agreed. Old ones stay readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chassis.privacy.law import Pair, pairs

_FOLDER = Path(__file__).parent
#: stands in a notice where an operator has named nobody to write to
NOBODY = "(this site has not said yet where to write to)"


@dataclass(frozen=True, slots=True)
class NoticeVersion:
    """Names a version of the notice. `changed`: about which pairs it says something else than the one before."""

    version: int
    changed: frozenset[Pair]


VERSIONS: Sequence[NoticeVersion] = (
    NoticeVersion(1, frozenset(pairs())),
    # what was agreed to is kept for less long than before, which asks nobody again
    NoticeVersion(2, frozenset()),
    # names a recipient that nobody could agree to before
    NoticeVersion(3, frozenset({("learning_record", "lrs")})),
    # the same
    NoticeVersion(4, frozenset({("analytics", "mixpanel"), ("analytics", "firebase")})),
    # says how long a recording is kept where that is agreed to: whoever agreed before was not told
    NoticeVersion(5, frozenset({("keep_recordings", "voxbus")})),
)


class Notices:
    """Holds the texts of all versions, with the address of this installation in them."""

    def __init__(
        self,
        contact: str | None,
        versions: Sequence[NoticeVersion] = VERSIONS,
        texts: Mapping[int, str] | None = None,
    ) -> None:
        """Takes the `contact` to write to. `texts` are for tests: by default they are files beside this module."""
        self._versions = versions
        written = {each.version: (_written if texts is None else texts.__getitem__)(each.version) for each in versions}
        self._texts = {version: text.replace("{contact}", contact or NOBODY) for version, text in written.items()}
        self.is_complete = contact is not None

    @property
    def current(self) -> int:
        """Returns the newest version."""
        return self._versions[-1].version

    def text(self, version: int) -> str | None:
        """Returns the text of a version; None for one that never was."""
        return self._texts.get(version)

    def still_covers(self, agreed: int, pair: Pair) -> bool:
        """Tells whether no newer notice says something else about a pair than the one that was agreed to."""
        return not any(each.version > agreed and pair in each.changed for each in self._versions)


def _written(version: int) -> str:
    return (_FOLDER / f"{version}.txt").read_text(encoding="utf-8").strip()
