"""A fleet whose accounts are in different states."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from seatsync.cli import main
from tests.commands.mirrors import BOUGHT, GROUPS, PROJECT, USERS, WANT
from tests.commands.running import FILES, replace_in, write

WAITS = 3
"""The exit code of an apply of which some steps wait for people."""


FLEET = """\
accounts: [customers/*/]
labels:
  acme: {region: eu}
  bolt: {region: us}
  c*: {region: eu, tier: test}
"""


TODAY = "2026-06-15"


def quietly(*words: str) -> int:
    """Run a command line, without its output; return its exit code."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return main(words)


def customer(root: Path, name: str) -> Path:
    """Write the project of an account."""
    folder = root / "customers" / name
    write(folder, {**FILES, "seatsync.yaml": FILES["seatsync.yaml"].replace("account: acme", f"account: {name}")})
    return folder


def loaded_customer(root: Path, name: str) -> Path:
    """Write the project of an account that is as declared, and apply it."""
    folder = customer(root, name)
    inside = ("-C", str(folder))
    assert quietly(*inside, "account", "create", "--name", name) == 0
    assert quietly(*inside, "account", "load", ".") == 0
    assert quietly(*inside, "apply", "--auto-approve") == 0
    return folder


def small_fleet(root: Path) -> Path:
    """Write a fleet of two accounts that are as declared, `acme` and `bolt`."""
    write(root, {"fleet.yaml": FLEET.replace("  c*: {region: eu, tier: test}\n", "")})
    for name in ("acme", "bolt"):
        loaded_customer(root, name)
    return root


def whole_fleet(root: Path) -> Path:
    """Write a fleet of which every account is in another state.

    `acme` is as declared, `bolt` bought something, `cask` has a case, `dent` was never applied and has a pool that will
    be short, `errs` has broken files, `fail` no account, `view` is a mirror.
    """
    small_fleet(root)
    write(root, {"fleet.yaml": FLEET})
    order = ("account", "purchase", "--subscription", "574-1", "--seats", "4")
    assert quietly("-C", str(root / "customers/bolt"), *order) == 0
    cask = loaded_customer(root, "cask")
    replace_in(cask / "subscriptions.yaml", "contract_manager: ana", "contract_manager: ben")
    assert quietly("-C", str(cask), "apply", "--auto-approve") == WAITS
    dent = customer(root, "dent")
    replace_in(dent / "subscriptions.yaml", "ends: 2027-12-31", "ends: 2026-06-30")
    for words in (("create", "--name", "dent"), ("load", ".")):
        assert quietly("-C", str(dent), "account", *words) == 0
    replace_in(loaded_customer(root, "errs") / "users.yaml", "users:", "usres:")
    customer(root, "fail")
    write(root / "customers/view", {"seatsync.yaml": PROJECT.replace("acme", "view"), "want.yaml": WANT})
    exports = {"users": USERS, "groups": GROUPS, "subscriptions": BOUGHT}
    write(root / "customers/view/exports", {f"{name}-2026-06-14.csv": text for name, text in exports.items()})
    assert quietly("-C", str(root / "customers/view"), "refresh") == 0
    return root
