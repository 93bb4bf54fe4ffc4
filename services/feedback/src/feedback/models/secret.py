"""Holds a key that somebody has given us for one call, so that it cannot be shown by mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn


class Secret:
    """Holds a key and prints as `***`. Only the files of providers reveal it, to send it: a house test holds that.

    It has no attributes to list, cannot be pickled or copied, and equals only itself.
    """

    __slots__ = ("__reveal",)

    def __init__(self, value: str) -> None:
        # A closure: neither a debugger's list of attributes nor a dump of local variables shows what it holds.
        self.__reveal: Callable[[], str] = lambda: value

    def reveal(self) -> str:
        """Returns the key itself."""
        return self.__reveal()

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
