"""Options of a plan, as given on the command line."""

from typing import NamedTuple


class PlanOptions(NamedTuple):
    """Options of `plan` and `apply` that choose the account, the scope and the kind of plan."""

    target: str | None = None
    actor: str | None = None
    teams: tuple[str, ...] = ()
    day: str | None = None
    allow: tuple[str, ...] = ()
    undo: str | None = None
    hand_in: bool = False
    partial: bool = False
