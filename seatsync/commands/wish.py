"""What a command line asks of a plan."""

from typing import NamedTuple


class Wish(NamedTuple):
    """What the command line asks for, beside the repository."""

    target: str | None = None
    actor: str | None = None
    teams: tuple[str, ...] = ()
    day: str | None = None
    allow: tuple[str, ...] = ()
    undo: str | None = None
    hand_in: bool = False
    partial: bool = False
