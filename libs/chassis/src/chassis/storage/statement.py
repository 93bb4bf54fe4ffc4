"""Marks the statements that may be asked once more, because nothing comes of asking them twice."""

from __future__ import annotations


class Repeatable(str):
    """Is a statement that leaves the same behind and answers the same when it is done twice.

    Reads are, and writes that find themselves done. Where the connection of such a statement is lost, its outcome
    unknown, `Database.fetch` asks once more on another one.
    """

    __slots__ = ()
