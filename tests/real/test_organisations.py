"""A real organisation over six years: loaded, planned and applied until nothing changes, then imported unchanged."""

from __future__ import annotations

from pathlib import Path

from tests.reading.corpora import ORGANISATIONS, needs
from tests.real.organisations import (
    ALLOWED,
    YEARS,
    begin,
    buy,
    checkout,
    expect,
    seatsync,
    subscriptions_of,
)


@needs(ORGANISATIONS)
def test_six_years_of_an_organisation(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    begin(folder)
    known = subscriptions_of(YEARS[0])
    for year in YEARS[1:]:
        checkout(folder, year)
        buy(folder, known)
        allow = [f"--allow={guard}" for guard in ALLOWED.get(year, ())]
        expect(2, seatsync(folder, "plan", "--detailed-exitcode", *allow))
        expect(0, seatsync(folder, "apply", "--auto-approve", *allow))
        expect(0, seatsync(folder, "plan", "--detailed-exitcode"))
        copy = tmp_path / f"imported-{year}"
        store = f"sqlite:////{str(folder / '.seatsync' / 'account.db').lstrip('/')}"
        expect(0, seatsync(folder, "import", store, "--out", str(copy)))
        expect(0, seatsync(copy, "plan", "--target", store, "--detailed-exitcode"))
    expect(0, seatsync(folder, "account", "verify"))
