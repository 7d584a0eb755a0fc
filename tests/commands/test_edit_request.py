"""Forms are data: each kind does what its command does, and nothing that is written into a field does more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.staffing.requests import FIELDS, KINDS, Kind, Request, read_request
from tests.commands.forms import form
from tests.commands.running import DAY, Run, replace_in, write
from tests.commands.test_edit import FILES, contents
from tests.reporting.hostile import OWN
from tests.reporting.rendered import rendered
from tests.reporting.workflow_commands import commands

BEN, CHO, DEE, ELI = "ben@acme.example", "cho@acme.example", "dee@acme.example", "eli@acme.example"
SAME = [
    (
        {"Request": "Join a team", "People": "fay@acme.example", "Team": "design", "Colleague": ELI,
         "Last day": "2026-12-31", "First name": "Fay", "Last name": "Ode"},
        ("onboard", "fay@acme.example", "--team", "design", "--like", ELI, "--until", "2026-12-31",
         "--first-name", "Fay", "--last-name", "Ode"),
    ),
    (
        {"Request": "Join a team", "People": "fay@acme.example, gus@acme.example", "Team": "design",
         "Product": "Revit\nMaya", "Group": "cad"},
        ("onboard", "fay@acme.example", "gus@acme.example", "--team", "design", "--product", "Revit",
         "--product", "Maya", "--group", "cad"),
    ),
    ({"Request": "Leave", "People": "Eli@acme.example"}, ("offboard", ELI)),
    ({"Request": "get a product", "People": ELI, "Product": "Revit", "Team": "design", "First day": "2026-12-01"},
     ("assign", ELI, "Revit", "--team", "design", "--from", "2026-12-01")),
    ({"Request": "Give a product back", "People": f"{BEN}\n{ELI}", "Product": "AutoCAD"},
     ("unassign", BEN, ELI, "AutoCAD")),
    ({"Request": "Keep something for longer", "People": DEE, "Last day": "2027-06-30"},
     ("extend", DEE, "--until", "2027-06-30")),
    ({"Request": "Swap a product", "People": ELI, "Product": "AutoCAD", "New product": "Revit"},
     ("swap", ELI, "AutoCAD", "Revit")),
    ({"Request": "Move to another team", "People": ELI, "Team": "design", "New team": "plant"},
     ("move", ELI, "design", "plant")),
    ({"Request": "Move to another group", "People": ELI, "Team": "design", "Group": "cad", "New group": "lab"},
     ("move", ELI, "cad", "lab", "--team", "design")),
    ({"Request": "Change an address", "People": f"{DEE} {ELI}", "New address": "d@acme.example\ne@acme.example"},
     ("address", DEE, "d@acme.example", ELI, "e@acme.example")),
]  # fmt: skip


@pytest.fixture(name="files")
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    write(folder, FILES)
    return folder


@pytest.mark.parametrize(("values", "words"), SAME, ids=[f"{words[0]}-{n}" for n, (_, words) in enumerate(SAME)])
def test_a_form_does_what_the_command_does(
    values: dict[str, str], words: tuple[str, ...], files: Path, run: Run
) -> None:
    write(files, {"form.md": form(values)})
    assert run("edit", *words, "--dry-run") == 0
    shown = run.said
    assert shown[0].startswith("---")
    assert (run("edit", "request", "form.md", "--dry-run"), run.said) == (0, shown)
    assert run("edit", "request", "form.md") == 0
    by_form = contents(files)
    write(files, FILES)
    assert run("edit", *words) == 0
    assert contents(files) == by_form != FILES


def test_every_kind_has_its_command() -> None:
    assert {values["Request"].casefold() for values, _ in SAME} == {kind.name.casefold() for kind in KINDS}


def test_no_kind_gives_roles_or_changes_whole_teams() -> None:
    assert {words[0] for _, words in SAME} == {
        "onboard", "offboard", "assign", "unassign", "extend", "swap", "move", "address",
    }  # fmt: skip


def faults(values: dict[str, str], text: Callable[[str], str] = lambda text: text) -> list[str]:
    found = read_request(text(form(values)))
    assert not isinstance(found, Request)
    assert {finding.code for finding in found} == {"SCHEMA001"}
    return [finding.message for finding in found]


GET = {"Request": "Get a product", "People": ELI, "Product": "Revit"}


@pytest.mark.parametrize(
    ("values", "messages"),
    [
        ({}, ["Request: it is empty"]),
        (GET | {"Request": "Promote"}, ["Request: 'Promote' is nothing that a form can ask for"]),
        (GET | {"Request": "Leave\nLeave"}, ["Request: 'Leave Leave' is nothing that a form can ask for"]),
        (GET | {"People": "_No response_"}, ["People is empty"]),
        (GET | {"People": "<!-- e-mail -->", "Product": ""}, ["People is empty", "Product is empty"]),
        (GET | {"People": "eli"}, ["People: 'eli' is not an e-mail address"]),
        (GET | {"People": f"--replace-by={BEN} --team"}, ["People: '--team' is not an e-mail address"]),
        (GET | {"Product": "Revit\nMaya"}, ["Product has 2 values"]),
        (GET | {"Last day": "31.12.2026"}, ["Last day: '31.12.2026' is not a date"]),
        (GET | {"Group": "cad"}, ["Group is filled in, but means nothing for: Get a product"]),
        (GET | {"Product": "x" * 70_000}, [f"Product: '{'x' * 59}…' is too long"]),
        (GET | {"Product": "a\x00b"}, ["Product: control character U+0000 is not allowed"]),
        (GET | {"Product": "a\ud800b"}, ["Product: noncharacter U+D800 is not allowed"]),
        (GET | {"Reason": "### Please"}, ["the form has no field 'Please'"]),
        (GET | {"Reason": f"because\n### People\n{BEN}"}, ["the form has 2 fields People"]),
        (GET | {"Reason": f"```\n### People\n{BEN}\n```"}, ["the form has 2 fields People"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_form(values: dict[str, str], messages: list[str]) -> None:
    assert faults(values) == messages


def test_a_misspelt_field_is_named() -> None:
    found = read_request(form(GET).replace("### Product", "### Produkt"))
    assert not isinstance(found, Request)
    assert [(each.message, each.hint) for each in found] == [
        ("the form has no field 'Produkt'", "did you mean Product?")
    ]


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("### ", "   ###\t"),
        lambda text: f"Hello,\n\n{text}",
        lambda text: text.replace("_No response_", "<!-- a hint\n### Team\nplant -->"),
        lambda text: text + "\n<!-- never closed\n### Team\nplant",
        lambda text: text.replace("### First name\n\n_No response_\n\n", ""),
    ],
)
def test_the_same_form_written_otherwise(changed: Callable[[str], str]) -> None:
    found = read_request(changed(form(GET)))
    assert isinstance(found, Request)
    assert (found.people, dict(found.values)) == ((ELI,), {"People": (ELI,), "Product": ("Revit",)})


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(codec=None), max_size=80)), st.sampled_from(KINDS)
)
def test_any_text_is_a_request_or_has_findings(values: dict[str, str], kind: Kind) -> None:
    for text in ("".join(values.values()), form(values), form({**values, "Request": kind.name})):
        found = read_request(text)
        assert isinstance(found, Request) or found


def test_people_are_changed_all_or_none(files: Path, run: Run) -> None:
    write(files, {"form.md": form({"Request": "Leave", "People": f"{ELI} ana@acme.example bne@acme.example"})})
    assert run("edit", "request", "form.md", "--comment", "comment.md") == 1
    assert contents(files) == FILES
    assert (
        (files / "comment.md").read_text(encoding="utf-8")
        == """\
### Not possible

    all.yaml:3:20: error STEP004 ana@acme.example is primary admin of team design
      hint: name a successor with --replace-by

    error REF001 bne@acme.example is not declared
      hint: did you mean ben@acme.example?

Nothing was changed. Edit the form to try again.
"""
    )


HOSTILE = [
    "$(touch pwned); `touch pwned` && touch pwned",
    "'; touch pwned #",
    "--target=sqlite:///pwned",
    "--dry-run",
    "-C/tmp",
    "${{ secrets.GITHUB_TOKEN }}",
    "::set-output name=x::y",
    "##[command]touch pwned",
    "../../etc/passwd",
    "!!python/object/apply:os.system ['touch pwned']",
    "{{ x }}",
    "*anchor",
    *OWN,
]


@pytest.mark.parametrize("label", ["Product", "First name"])
def test_no_value_does_more_than_fill_its_field(label: str, files: Path, run: Run) -> None:
    kind = "Join a team" if label == "First name" else "Get a product"
    replace_in(files / "all.yaml", "seats: 3, channel: reseller", "seats: 99, channel: reseller")
    before = contents(files)
    for text in HOSTILE:
        person = "fay@acme.example" if label == "First name" else ELI
        values = {"Request": kind, "People": person, "Product": "AutoCAD", "Team": "design", label: text}
        write(files, {"form.md": form(values).encode("utf-8", "replace").decode()})
        code = run("edit", "request", "form.md", "--comment", "comment.md")
        assert not commands(run.out + run.err)
        comment = (files / "comment.md").read_text(encoding="utf-8")
        page = rendered(comment)
        assert page.found == [], text
        assert page.tags <= {"h3", "h4", "p", "strong", "code", "pre", "pre lang"}, text
        if code:
            assert contents(files) == before
        write(files, dict(before))
    assert {path.name for path in files.iterdir()} == {*FILES, "form.md", "comment.md"}


def test_the_longest_comment_fits(files: Path, run: Run) -> None:
    people = " ".join(f"p{number}@acme.example" for number in range(5_000))
    replace_in(files / "all.yaml", "seats: 3, channel: reseller", "seats: 9999, channel: reseller")
    for text in (
        form({"Request": "Get a product", "Product": "Maya", "People": people}),
        form({"Request": "Join a team", "Team": "plant", "People": people, "Group": "cad"}),
    ):
        write(files, {"form.md": text})
        run("edit", "request", "form.md", "--comment", "comment.md", "--dry-run")
        assert 10_000 < (files / "comment.md").stat().st_size <= 65_536 - 400


def test_events_of_both_servers(files: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(files, {"form.md": form(GET), "github.json": json.dumps({"issue": {"body": form(GET)}})})
    gitlab = {"object_kind": "issue", "object_attributes": {"description": form(GET)}}
    write(files, {"gitlab.json": json.dumps(gitlab)})
    assert run("edit", "request", "form.md", "--dry-run") == 0
    shown = run.said
    for name in ("github.json", "gitlab.json"):
        assert (run("edit", "request", name, "--dry-run"), run.said) == (0, shown)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(files / "github.json"))
    assert (run("edit", "request", "--dry-run"), run.said) == (0, shown)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"issue": {"body": null}}', "has no issue with a text"),
        (b'{"issue": 7, "object_attributes": []}', "has no issue with a text"),
        (b"{" * 100_000, "is not a JSON document"),
        (b"{nonsense", "is not a JSON document"),
        (b"\xff", "is not UTF-8 text"),
        (b"\xff" * ((1 << 24) + 1), "is larger than 16 MB"),
    ],
)
def test_a_file_without_a_form(content: bytes, problem: str, files: Path, run: Run) -> None:
    (files / "form").write_bytes(content)
    assert run("edit", "request", "form", "--comment", "comment.md") == 1
    assert run.err == f"seatsync: form: {problem}; name a file with the text of a form, or an event about an issue\n"
    assert not (files / "comment.md").exists()


def test_no_form(files: Path, run: Run) -> None:
    assert files.exists()
    assert run("edit", "request") == 1
    assert run.err == "seatsync: name the file of the form: `seatsync edit request FORM`\n"
    assert run("edit", "request", "nowhere.md") == 1
    assert run.err.startswith("seatsync: nowhere.md: cannot be read (no such file or directory); ")


COMMENT = """\
<!-- seatsync:diff:acme -->
### Changed in the files of account `acme`

**Diff: 1 added, 0 changed, 2 removed.**

From `the files before the edit` to the working tree, on 2026-11-21

```diff
@@ team design @@
- SSO admin cho@acme.example
- member cho@acme.example
@@ team plant @@
+ member cho@acme.example
```

#### Notes

    cho@acme.example is no longer SSO admin of team design
"""


def test_comments_on_what_changes_and_on_what_is_there_already(files: Path, run: Run) -> None:
    move = {"Request": "Move to another team", "People": CHO, "Team": "design", "New team": "plant"}
    write(files, {"form.md": form(move)})
    assert run("edit", "request", "form.md", "--comment", "comment.md", "--dry-run") == 0
    assert (files / "comment.md").read_text(encoding="utf-8") == COMMENT
    write(files, {"form.md": form({"Request": "Give a product back", "People": BEN, "Product": "AutoCAD"})})
    assert run("edit", "request", "form.md") == 0
    assert run("edit", "request", "form.md", "--comment", "comment.md") == 0
    comment = (files / "comment.md").read_text(encoding="utf-8")
    assert comment == UNNEEDED


UNNEEDED = """\
### Nothing to change

The files already declare this.

    ben@acme.example holds no seat of AutoCAD in any team
"""


def test_an_error_about_the_command_is_in_the_comment(files: Path, run: Run) -> None:
    values = {"Request": "Swap a product", "People": DEE, "Product": "Revit", "New product": "Maya"}
    write(files, {"form.md": form(values)})
    assert run("edit", "request", "form.md", "--comment", "comment.md") == 1
    assert (
        (files / "comment.md").read_text(encoding="utf-8")
        == """\
### Not possible

    dee@acme.example holds Revit in team design through group lab; change their group with `seatsync edit move`

Nothing was changed. Edit the form to try again.
"""
    )
    assert contents(files) == FILES
