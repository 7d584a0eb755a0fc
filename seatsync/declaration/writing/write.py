"""An account as canonical files: a repository or a snapshot, with schemas for editors, written together or not at all.

A modeline is a comment that the YAML language server reads. Its path is relative to the file, so it works in every
clone and without a network.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from unicodedata import normalize

from seatsync.account.model import Account, Contract, Group, Sso, Subscription, Team, User
from seatsync.declaration.declared import ROLE_LISTS
from seatsync.declaration.files import PROJECT_FILE, sync_folder
from seatsync.declaration.project_values import REDIRECT, Portal, Suppress, TeamAdmin
from seatsync.declaration.writing.emit import Data, yaml_of
from seatsync.errors import FileProblem
from seatsync.reading.schema import schema_text

FOLDER = "schemas"
SCHEMAS = ("fragment", "project")
"""Names of the schemas for hand-written files."""


def for_editors(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a new repository by path: the schemas, then `files` with a modeline in each YAML file."""
    found = {schema_path(name): schema_text(name) for name in SCHEMAS}
    found.update((name, _with_modeline(name, text)) for name, text in files.items())
    return found


def schema_path(name: str) -> str:
    """Return the path of a schema relative to the root of a repository."""
    return f"{FOLDER}/{name}.schema.json"


def modeline(file: str) -> str:
    """Return the first line of a YAML file, given its path relative to the root of the repository."""
    schema = "project" if file == PROJECT_FILE else "fragment"
    return f"# yaml-language-server: $schema={'../' * file.count('/')}{schema_path(schema)}\n"


def _with_modeline(file: str, text: str) -> str:
    return modeline(file) + text if file.endswith(".yaml") else text


_NO_LINKS = frozenset((errno.EPERM, errno.ENOTSUP, errno.ENOSYS))
"""Errors of file systems without hard links."""

_IF_EXISTING = "nothing was written; move it, or choose an empty folder"


def write_repository(directory: Path, files: Mapping[str, str]) -> None:
    """Write the files of a repository, given by path relative to its folder, which is created if needed.

    Each file appears atomically, in the order of `files`. Raises `FileProblem`, with nothing written, if one of them
    exists or cannot be written.
    """
    with written_repository(directory, files):
        pass


@contextmanager
def written_repository(directory: Path, files: Mapping[str, str]) -> Iterator[None]:
    """Write the files of a repository, as `write_repository` does; remove them again if the body fails."""
    for name in reversed([*files]):  # the project file first: it gives the clearest message
        _refuse_existing(directory, name)
    with ExitStack() as cleanup:
        _write_all(directory, files, cleanup)
        yield
        cleanup.pop_all()


def _write_all(directory: Path, files: Mapping[str, str], cleanup: ExitStack) -> None:
    try:
        staged = [(_write_temporary(directory / name, text, cleanup), directory / name) for name, text in files.items()]
        for temporary, path in staged:
            _move(temporary, path)
            cleanup.callback(_clean_up, path.unlink)
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        for folder in sorted({path.parent for _, path in staged}):
            sync_folder(folder)
    except FileExistsError as error:
        raise FileProblem(str(error.filename2 or error.filename), "already exists", _IF_EXISTING) from error
    except OSError as error:
        path = Path(error.filename or directory)
        if path.suffix == ".new":  # do not expose the temporary name
            path = path.parent
        raise FileProblem(str(path), f"cannot be written ({error.strerror})", "nothing was written") from error


def _refuse_existing(directory: Path, name: str) -> None:
    path = directory / name
    if os.path.lexists(path):
        raise FileProblem(str(path), "already exists", _IF_EXISTING)
    if path.parent != directory and path.parent.is_symlink():
        raise FileProblem(str(path.parent), "is a symbolic link, which may point elsewhere", _IF_EXISTING)


def _write_temporary(path: Path, text: str, cleanup: ExitStack) -> Path:
    """Write a temporary file next to its destination, creating the folder if needed, and return its path."""
    for folder in reversed((path.parent, *path.parent.parents)):
        if not folder.exists():
            folder.mkdir()
            cleanup.callback(_clean_up, folder.rmdir)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    cleanup.callback(_clean_up, temporary.unlink)
    with temporary.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _move(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # unlike a rename, fails if the destination exists by now
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        temporary.rename(path)


def _clean_up(remove: Callable[[], None]) -> None:
    """Call a cleanup function, ignoring file system errors."""
    try:
        remove()
    except OSError:
        return


_NOT_IN_FILE_NAMES = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 50
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))))
"""Names that Windows reserves for devices, with any extension."""


def repository_files(
    account: Account, target: str | None, suppress: Iterable[Suppress] = (), portal: Portal | None = None
) -> dict[str, str]:
    """Return an account as a repository: the text of each file by path relative to the root, the project file last.

    `suppress` becomes part of the policy. The status of people is omitted, as a repository does not declare it.
    """
    addresses = _Addresses(account)
    files: dict[str, str] = {}
    if account.users or addresses.unscoped_managers:
        files["users.yaml"] = yaml_of({"users": _users(account, addresses, now=False)})
    for name, file in _file_names(account.teams, "team"):
        files[f"teams/{file}.yaml"] = yaml_of({"teams": {name: _team(account, name, addresses)}})
    if account.subscriptions:
        files["subscriptions.yaml"] = yaml_of({"subscriptions": _subscriptions(account, addresses)})
    for number, file in _file_names(account.contracts, "contract"):
        contract = _contract(account.contracts[number], addresses)
        files[f"contracts/{file}.yaml"] = yaml_of({"contracts": {number: contract}})
    files[PROJECT_FILE] = yaml_of(_project(account, target, included(files), suppress, portal))
    return files


def included(files: Iterable[str]) -> list[str]:
    """Return the patterns of `include` for the files of a repository.

    Both a pattern that matches nothing and a file that no pattern matches are warnings.
    """
    patterns = ("users.yaml", "subscriptions.yaml", "teams/*.yaml", "contracts/*.yaml")
    return [pattern for pattern in patterns if any(fnmatchcase(name, pattern) for name in files)]


def snapshot_text(account: Account) -> str:
    """Return an account as a snapshot: its whole state in one file."""
    addresses = _Addresses(account)
    contracts = {number: _contract(contract, addresses) for number, contract in sorted(account.contracts.items())}
    return yaml_of(
        _without_empty(
            {
                "account": account.name,
                "lineage": account.lineage,
                "serial": account.serial,
                "timezone": _zone(account),
                "users": _users(account, addresses, now=True),
                "teams": {name: _team(account, name, addresses) for name in sorted(account.teams)},
                "subscriptions": _subscriptions(account, addresses),
                "contracts": contracts,
            }
        )
    )


class _Addresses:
    """Addresses of the people of an account, in their original spelling."""

    def __init__(self, account: Account) -> None:
        self._users = account.users
        managers = {sub.contract_manager for sub in account.subscriptions.values()}
        self.unscoped_managers = sorted(managers - account.users.keys())
        """Contract managers of subscriptions without a team. They must be declared, although they are in no scope."""

    def __getitem__(self, user: str) -> str:
        known = self._users.get(user)
        return user if known is None else known.email

    def of(self, users: Iterable[str]) -> list[str]:
        """Return the addresses of several people, sorted by identity."""
        return [self[user] for user in sorted(users)]


def _project(
    account: Account, target: str | None, include: list[str], suppress: Iterable[Suppress], portal: Portal | None
) -> dict[str, Data]:
    entries: list[Data] = [{"code": entry.code, "reason": entry.reason, **dict(entry.things)} for entry in suppress]
    return {
        "version": 1,
        "account": account.name,
        **_without_empty({"target": target}),
        "include": include,
        **_without_empty({"timezone": _zone(account)}),
        **({} if portal is None else {"portal": _portal(portal)}),
        **({"policy": {"suppress": entries}} if entries else {}),
    }


def _portal(portal: Portal) -> dict[str, Data]:
    """Return the section of a portal, without fields that have their defaults."""
    default = Portal()
    exports: Data = portal.exports[0] if len(portal.exports) == 1 else list(portal.exports)
    return _without_empty(
        {
            "exports": exports,
            "directory_sync": {
                team: {"groups": list(groups)} if groups else "external" for team, groups in portal.directory_sync
            },
            "import_from": None if portal.import_from == default.import_from else portal.import_from,
            "max_age": None if portal.max_age == default.max_age else f"{portal.max_age}d",
            "team_admin": None if portal.team_admin is None else _team_admin(portal.team_admin),
            "insights": portal.insights or None,
        }
    )


def _team_admin(used: TeamAdmin) -> dict[str, Data]:
    return _without_empty(
        {
            "client_id": used.client_id,
            "write": used.write or None,
            "teams": dict(used.teams),
            "pkce": used.pkce or None,
            "redirect": None if used.redirect == REDIRECT else used.redirect,
        }
    )


def _zone(account: Account) -> str | None:
    return None if account.timezone == "UTC" else account.timezone


def _users(account: Account, addresses: _Addresses, *, now: bool) -> dict[str, Data]:
    """Return all people by address; with `now`, including the state of their invitation."""
    people = {**dict.fromkeys(addresses.unscoped_managers), **account.users}
    return {addresses[user]: _user(people[user], now=now) for user in sorted(people)}


def _user(user: User | None, *, now: bool) -> dict[str, Data]:
    if user is None:
        return {}
    names: dict[str, Data] = {"first_name": user.first_name, "last_name": user.last_name}
    status = "pending" if user.status == "pending" else None
    if not now:
        return _without_empty(names)
    invitations = user.invitations if user.invitations > 1 else None
    return _without_empty({**names, "status": status, "invited_at": user.invited_at, "invitations": invitations})


def _team(account: Account, name: str, addresses: _Addresses) -> dict[str, Data]:
    team = account.teams[name]
    roles: dict[str, list[str]] = {role: [] for role in ROLE_LISTS}
    for user, role in team.menu_roles().items():
        roles[role].append(user)
    facts: dict[str, Data] = {
        "primary_admin": addresses[team.primary],
        **{key: addresses.of(roles[role]) for role, key in ROLE_LISTS.items()},
        "sso": _sso(team.sso),
        "groups": {group: _group(team.groups[group], addresses) for group in sorted(team.groups)},
        "seats": {product: addresses.of(team.seats[product]) for product in sorted(team.seats)},
        "members": addresses.of(set(team.members).difference(*_holding(account, name, team))),
    }
    return _without_empty(facts)


def _sso(sso: Sso | None) -> Data:
    if sso is None:
        return None
    return {"domains": list(sso.domains), **_without_empty({"metadata_url": sso.metadata_url})}


def _group(group: Group, addresses: _Addresses) -> dict[str, Data]:
    return _without_empty({"members": addresses.of(group.members), "products": sorted(group.products)})


def _holding(account: Account, name: str, team: Team) -> Iterable[Iterable[str]]:
    """Yield the people that other fields of a team already make members."""
    yield (team.primary,)
    yield team.menu_roles()
    yield from (group.members for group in team.groups.values())
    yield from team.seats.values()
    yield (sub.contract_manager for sub in account.subscriptions_of(name).values())


def _subscriptions(account: Account, addresses: _Addresses) -> dict[str, Data]:
    return {key: _subscription(sub, addresses) for key, sub in sorted(account.subscriptions.items())}


def _subscription(sub: Subscription, addresses: _Addresses) -> dict[str, Data]:
    return _without_empty(
        {
            "team": sub.team,
            "product": sub.product,
            "offering": sub.offering,
            "seats": sub.seats,
            "tokens": sub.tokens,
            "channel": sub.channel,
            "contract_manager": addresses[sub.contract_manager],
            "starts": sub.starts,
            "ends": sub.ends,
            "auto_renew": sub.auto_renew or None,
        }
    )


def _contract(contract: Contract, addresses: _Addresses) -> dict[str, Data]:
    products: dict[str, Data] = {
        name: _without_empty(
            {
                "seats": product.seats,
                "serial": product.serial,
                "product_key": product.product_key,
                "users": addresses.of(contract.seats.get(name, ())),
            }
        )
        for name, product in sorted(contract.products.items())
    }
    holders = (*contract.seats.values(), *contract.services.values(), contract.support)
    idle = set(contract.members).difference(*holders, (contract.contract_manager, contract.coordinator))
    facts: dict[str, Data] = {
        "contract_manager": addresses[contract.contract_manager],
        "software_coordinator": addresses[contract.coordinator],
        "license_type": contract.license_type,
        "channel": contract.channel,
        "deployment": contract.deployment,
        "starts": contract.starts,
        "ends": contract.ends,
        "products": products,
        "services": {name: addresses.of(contract.services[name]) for name in sorted(contract.services)},
        "support": addresses.of(contract.support),
        "members": addresses.of(idle),
    }
    return _without_empty(facts) if products else {**_without_empty(facts), "products": {}}


def _without_empty(facts: dict[str, Data]) -> dict[str, Data]:
    """Return a mapping without nulls and empty texts, lists and mappings."""
    return {name: value for name, value in facts.items() if value is not None and value not in ("", [], {})}


def _file_names(names: Iterable[str], otherwise: str) -> Iterable[tuple[str, str]]:
    """Yield each name, sorted, with a unique file name that is valid on every system."""
    taken: set[str] = set()
    for name in sorted(names):
        ascii_only = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        slug = _NOT_IN_FILE_NAMES.sub("-", ascii_only)[:_LONGEST_NAME].strip("-") or otherwise
        if slug in _DEVICES:
            slug = f"{otherwise}-{slug}"
        file, count = slug, 1
        while file in taken:
            count += 1
            file = f"{slug}-{count}"
        taken.add(file)
        yield name, file
