"""Repositories that grow in one dimension: a team in one file, with a snapshot of its account if a plan is measured.

Ten times the size may cost at most eleven times as much, so that quadratic behaviour is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_PROJECT = """\
version: 1
account: bench
target: file:../now.yaml
include: [team.yaml]
policy: {max_removals: 100%}
"""
_HEAD = "account: bench\nlineage: 5f0c6a44-0000-4000-8000-00000000beef\nserial: 1\n"
_TERM = "channel: reseller, contract_manager: p0@acme.example, starts: 2026-01-01, ends: 2027-12-31"
_LONG_LINE = f"# {'a comment ' * 30}"  # too long for its length to fit in a byte

Seats = Mapping[str, Iterable[str]]
Groups = Mapping[str, tuple[Iterable[str], Iterable[str]]]


@dataclass(frozen=True, slots=True)
class Growth:
    """A dimension that grows up to `size`, the measured command, and the function that writes its repository.

    `fails` is True if the command exits with 1 because it finds errors.
    """

    key: str
    title: str
    size: int
    command: str
    write: Callable[[Path, int], None]
    fails: bool = False


def _until(folder: Path, size: int) -> None:
    seats = [f"{{user: {person}, until: 2026-{7 + i % 5:02}-{1 + i // 5 % 28:02}}}" for i, person in _people(size)]
    _write(folder, _team(size, seats={"Maya": seats}, pools={"Maya": size}), [])


def _doubled(folder: Path, size: int) -> None:
    everybody = [person for _, person in _people(size)]
    groups = {"all": (everybody, ["Maya"])}
    _write(folder, _team(size, seats={"Maya": everybody}, groups=groups, pools={"Maya": size}), [])


def _swapped(folder: Path, size: int) -> None:
    everybody = [person for _, person in _people(size)]
    some, others = everybody[: size // 2], everybody[size // 2 :]
    pools = {"Maya": len(some), "Revit": len(others)}
    now = _team(size, seats={"Maya": some, "Revit": others}, pools=pools)
    _write(folder, _team(size, seats={"Maya": others, "Revit": some}, pools=pools), now)


def _to_groups(folder: Path, size: int) -> None:
    everybody = [person for _, person in _people(size)]
    pools = {"Maya": size}
    now = _team(size, seats={"Maya": everybody}, pools=pools)
    _write(folder, _team(size, groups={"all": (everybody, ["Maya"])}, pools=pools), now)


def _overlapping(folder: Path, size: int) -> None:
    people, products = [person for _, person in _people(200)], [f"Product {number}" for number in range(10)]
    pools = dict.fromkeys(products, len(people))

    def groups(shift: int) -> Groups:
        return {
            f"group-{i}": (
                [people[(i * 7 + j * 3 + shift) % len(people)] for j in range(20)],
                [products[i % 10], products[(i + 1 + shift) % 10]],
            )
            for i in range(size)
        }

    now = _team(len(people), groups=groups(0), pools=pools)
    _write(folder, _team(len(people), groups=groups(1), pools=pools), now)


def _unknown(folder: Path, size: int) -> None:
    _write(folder, [*_team(2), *(f"key{number:06}: x" for number in range(size))], [])


GROWTHS: tuple[Growth, ...] = (
    Growth("grown until", "`forecast`, people with `until`", 10_000, "forecast", _until),
    Growth("grown doubled", "`validate`, people who hold a product twice", 10_000, "validate", _doubled),
    Growth("grown swap", "`plan`, people who swap two full products", 20_000, "plan", _swapped),
    Growth("grown to groups", "`plan`, people from direct seats to a group", 20_000, "plan", _to_groups),
    Growth("grown groups", "`plan`, overlapping groups of one team", 500, "plan", _overlapping),
    Growth("grown unknown", "`validate`, unknown keys", 200_000, "validate", _unknown, fails=True),
)


def _people(size: int) -> Iterator[tuple[int, str]]:
    return ((number, f"p{number}@acme.example") for number in range(size))


def _team(
    people: int, *, seats: Seats | None = None, groups: Groups | None = None, pools: Mapping[str, int] | None = None
) -> list[str]:
    """Return the lines of a file with a team of a number of people."""
    lines = ["users:", *(f"  {person}: {{first_name: P{i}, last_name: Doe}}" for i, person in _people(people))]
    lines += ["teams:", "  design:", "    primary_admin: p0@acme.example", "    secondary_admins: [p1@acme.example]"]
    lines += ["    members:", *(f"      - {person}" for _, person in _people(people))]
    lines += ["    seats:"] if seats else []
    for product, holders in (seats or {}).items():
        lines += [f"      {product}:", *(f"        - {holder}" for holder in holders)]
    lines += ["    groups:"] if groups else []
    for name, (members, products) in (groups or {}).items():
        lines += [f"      {name}:", f"        products: [{', '.join(products)}]", "        members:"]
        lines += [f"          - {member}" for member in members]
    lines += ["subscriptions:"] if pools else []
    for product, size in (pools or {}).items():
        facts = f"team: design, product: {product}, offering: single-user, seats: {size}, {_TERM}"
        lines.append(f"  s-{product}: {{{facts}}}")
    return lines


def _write(folder: Path, goal: Iterable[str], now: list[str]) -> None:
    """Write the declaration, and the account if there is one."""
    repository = folder / "repository"
    repository.mkdir(parents=True)
    (repository / "seatsync.yaml").write_text(_PROJECT, encoding="utf-8")
    (repository / "team.yaml").write_text("\n".join((_LONG_LINE, *goal, "")), encoding="utf-8")
    if now:
        (folder / "now.yaml").write_text(_HEAD + "\n".join((*now, "")), encoding="utf-8")
