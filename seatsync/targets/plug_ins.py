"""Targets of other packages: found by entry point, with errors that name the package at fault."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from seatsync.clock import Clock
from seatsync.errors import SeatsyncError, TargetProblem
from seatsync.targets.target import BUILT_IN, GROUP, Target


def open_foreign(scheme: str, url: str, root: Path, environ: Mapping[str, str], clock: Clock | None) -> Target:
    """Open a target whose scheme is not built in.

    Errors never show the URL: its format is unknown, so that a password in it could not be masked.
    """
    offers = [offer for offer in entry_points(group=GROUP) if offer.name == scheme]
    if not offers:
        known = sorted({*BUILT_IN, *entry_points(group=GROUP).names})
        raise TargetProblem(f"{scheme}:…", "unknown kind of target", f"use one of {', '.join(known)}")
    packages = sorted({_package(offer) for offer in offers})
    if len(packages) > 1:
        problem = f"more than one package offers this kind of target: {', '.join(packages)}"
        raise TargetProblem(f"{scheme}:…", problem, "remove all but one of them")
    return _opened(offers[0], url, root, environ, clock)


def _opened(offer: EntryPoint, url: str, root: Path, environ: Mapping[str, str], clock: Clock | None) -> Target:
    try:
        target: Target = offer.load()(url, root, environ, clock)
    except SeatsyncError:
        raise
    except Exception as error:
        # Foreign code may raise anything.
        fault = f"the target plug-in of {_package(offer)} ({offer.value}) fails with {type(error).__name__}"
        raise TargetProblem(f"{offer.name}:…", fault, "update or remove that package") from error
    missing = [name for name in ("url", "read", "route", "session") if not hasattr(target, name)]
    if missing:
        fault = f"the target plug-in of {_package(offer)} ({offer.value}) returns a target without {', '.join(missing)}"
        raise TargetProblem(f"{offer.name}:…", fault, "update or remove that package")
    return target


def _package(offer: EntryPoint) -> str:
    return f"{offer.dist.name} {offer.dist.version}" if offer.dist is not None else offer.value
