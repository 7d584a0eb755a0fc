from __future__ import annotations

from seatsync.finding import Location
from seatsync.insight.forecast import Forecast, Gap, Shortage, Window
from seatsync.reporting import forecast_report
from seatsync.reporting.terminal import PLAIN

AT = Location("a.yaml", 2, 3, 2, 9)
WINDOW = Window("2026-06-15", "2027-06-15")
MANY = tuple(f"p{number:02}@acme.example" for number in range(22))


def test_long_lists_are_cut_unless_verbose() -> None:
    short = Shortage("design", "AutoCAD", "2026-07-01", "2026-07-01", 21, MANY, (), AT)
    forecast = Forecast("acme", WINDOW, (), (short,), ())
    assert forecast_report.render_text(forecast, PLAIN) == (
        "Account acme, 2026-06-15 to 2027-06-15\n\n"
        "short: team design, on 2026-07-01: 21 seats of AutoCAD for 22 people, 1 too few\n"
        f"  1 of these 22 would be without a seat: {', '.join(MANY[:20])}, and 2 more (listed with -v)\n\n"
        "Forecast: 0 changes, 1 shortage of seats.\n"
    )
    assert f": {', '.join(MANY)}\n" in forecast_report.render_text(forecast, PLAIN, verbose=True)


def test_fewer_admins_than_the_policy_requires() -> None:
    gap = Gap("de\u202esign", "2026-07-01", "2026-07-31", 1, 2, AT)
    assert forecast_report.render_text(Forecast("acme", WINDOW, (), (), (gap,)), PLAIN) == (
        """\
Account acme, 2026-06-15 to 2027-06-15

short: team "de\\u202esign", 2026-07-01 to 2026-07-31: 1 secondary admin of the 2 that the policy requires

Forecast: 0 changes, 1 shortage of admins.
"""
    )
