from __future__ import annotations

from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reporting.findings import findings_text
from seatsync.reporting.terminal import PLAIN, Paint

FILE = """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ana@acme.example]
    groups: {"東京 studio": {members: [x]}}
    tab:\tana@acme.example
"""


def line_of(place: Location) -> str | None:
    lines = FILE.splitlines()
    return lines[place.line - 1] if place.file == "teams/design.yaml" and place.line <= len(lines) else None


def at(line: int, column: int, end: int, end_line: int | None = None, file: str = "teams/design.yaml") -> Location:
    return Location(file, line, column, end_line or line, end)


TWO_ROLES = Finding(
    "ROLE002",
    Severity.ERROR,
    "ana@acme.example is primary and secondary admin of team design",
    at(4, 24, 40),
    hint="take one of the two away",
    source="S1",
    related=(Related(at(3, 20, 36), "primary admin here"),),
)


def test_a_finding_with_everything() -> None:
    assert findings_text.render([TWO_ROLES], line_of, PLAIN) == (
        "teams/design.yaml:4:24: error ROLE002 ana@acme.example is primary and secondary admin of team design\n"
        "    4 |     secondary_admins: [ana@acme.example]\n"
        "      |                        ^^^^^^^^^^^^^^^^\n"
        "  teams/design.yaml:3:20: primary admin here\n"
        "  hint: take one of the two away\n"
        "\n"
        "1 error. Run `seatsync explain ROLE002` for the reason and the remedy.\n"
    )


def test_findings_are_counted_by_severity_and_the_worst_is_explained() -> None:
    findings = [
        Finding("ROLE003", Severity.WARNING, "team design has no secondary admin"),
        Finding("POLICY003", Severity.ERROR, "team sales is protected and not declared"),
        Finding("POLICY003", Severity.ERROR, "team audit is protected and not declared"),
        Finding("SEAT006", Severity.INFO, "ana@acme.example holds a seat"),
    ]
    assert findings_text.render(findings, line_of, PLAIN) == (
        "warning ROLE003 team design has no secondary admin\n"
        "\n"
        "error POLICY003 team sales is protected and not declared\n"
        "\n"
        "error POLICY003 team audit is protected and not declared\n"
        "\n"
        "info SEAT006 ana@acme.example holds a seat\n"
        "\n"
        "2 errors, 1 warning, 1 piece of information."
        " Run `seatsync explain POLICY003` for the reason and the remedy.\n"
    )


def test_no_findings() -> None:
    assert findings_text.render([], line_of, PLAIN) == ""


def test_colours() -> None:
    assert findings_text.paragraphs([TWO_ROLES], lambda _: None, Paint(on=True)) == (
        "\x1b[1mteams/design.yaml:4:24\x1b[0m: \x1b[31merror\x1b[0m ROLE002"
        " ana@acme.example is primary and secondary admin of team design\n"
        "  \x1b[2mteams/design.yaml:3:20:\x1b[0m primary admin here\n"
        "  \x1b[32mhint:\x1b[0m take one of the two away\n"
    )


def shown(place: Location, line: str) -> str:
    finding = Finding("YAML001", Severity.ERROR, "wrong", place)
    return findings_text.paragraphs([finding], lambda _: line, PLAIN).partition("\n")[2]


def test_carets_below_wide_letters_and_tabs() -> None:
    line = '    groups: {"東京 studio": {members: [x]}}'
    assert shown(at(5, 14, 25), line) == (
        '    5 |     groups: {"東京 studio": {members: [x]}}\n      |              ^^^^^^^^^^^^^\n'
    )
    assert shown(at(5, 40, 41), line) == (
        '    5 |     groups: {"東京 studio": {members: [x]}}\n      |                                          ^\n'
    )
    assert shown(at(6, 10, 12), "    tab:\tana") == ("    6 |     tab:\\tana\n      |           ^^\n")


def test_a_place_of_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert shown(at(2, 3, 5, end_line=9), "  design: x") == "    2 |   design: x\n      |   ^^^^^^^^^\n"


def test_a_place_without_width_or_past_the_end_gets_one_caret() -> None:
    assert shown(at(2, 3, 3), "  design") == "    2 |   design\n      |   ^\n"
    assert shown(at(2, 99, 120), "ab") == "    2 | ab\n      |   ^\n"
    assert shown(at(2, 1, 1), "") == "    2 |\n      | ^\n"


def test_a_long_line_is_cut_around_the_place() -> None:
    line = "a" * 200 + "WRONG" + "b" * 200
    assert shown(at(7, 201, 206), line) == (f"    7 | …{'a' * 40}WRONG{'b' * 55}…\n      | {' ' * 41}^^^^^\n")
    assert shown(at(7, 1, 300), line) == f"    7 | {'a' * 100}…\n      | {'^' * 100}\n"


def test_a_combining_mark_takes_no_column() -> None:
    assert shown(at(1, 6, 7), "cafe\u0301 x").splitlines()[1] == "      |     ^"


def test_values_are_escaped() -> None:
    evil = Finding(
        "REF001",
        Severity.ERROR,
        "no \x1b[2J",
        Location("a\nb.yaml", 1, 1, 1, 2),
        hint="\u202e",
        related=(Related(Location("c\x07.yaml", 1, 1, 1, 2), "\r"),),
    )
    assert findings_text.paragraphs([evil], lambda _: "\x1b[31mx", PLAIN) == (
        "a\\nb.yaml:1:1: error REF001 no \\x1b[2J\n"
        "    1 | \\x1b[31mx\n"
        "      | ^^^^\n"
        "  c\\x07.yaml:1:1: \\r\n"
        "  hint: \\u202e\n"
    )
