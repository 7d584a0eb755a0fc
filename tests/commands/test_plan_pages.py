"""Plans as Markdown and HTML, from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.commands.running import DAY, Run, replace_in
from tests.reporting.rendered import rendered
from tests.reporting.test_plan_html import Page


def changed(folder: Path) -> None:
    """Declare Ben in place of Ana."""
    replace_in(folder / "teams/design.yaml", "primary_admin: ana", "primary_admin: ben")
    replace_in(folder / "teams/design.yaml", "secondary_admins: [ben", "secondary_admins: [ana")


def test_a_comment_and_a_page(loaded: Path, run: Run) -> None:
    changed(loaded)
    code = run("plan", "--at", DAY, "--format", "markdown", "--output", "html=plan.html", "--out", "plan.json")
    assert code == 0
    assert run.out.startswith(
        "<!-- seatsync:plan:acme -->\n### Plan for account `acme`\n\n**Plan: 0 to add, 1 to change"
    )
    assert "```mermaid" in run.out
    page = (loaded / "plan.html").read_text(encoding="utf-8")
    assert "Before and after" in page
    assert "2 of 3" in page


def test_pages_of_one_team(loaded: Path, run: Run) -> None:
    changed(loaded)
    assert run("plan", "--at", DAY, "--format", "html", "--team", "design") == 0
    assert "2 of 3" in run.out


def test_a_saved_plan_has_no_account(loaded: Path, run: Run) -> None:
    changed(loaded)
    run("plan", "--at", DAY, "--out", "plan.json")
    assert run("show", "plan.json", "--format", "html", "--output", "markdown=plan.md") == 0
    assert "A saved plan contains only the steps." in run.out
    assert "mermaid" not in (loaded / "plan.md").read_text(encoding="utf-8")


def test_a_comment_that_is_cut_names_the_files_that_are_whole(loaded: Path, run: Run) -> None:
    changed(loaded)
    people = [f"p{number}@acme.example" for number in range(900)]
    (loaded / "teams/large.yaml").write_text(
        "users:\n"
        + "".join(f"  {person}: {{first_name: {'x' * 40}}}\n" for person in people)
        + "teams:\n  large:\n    primary_admin: ana@acme.example\n    secondary_admins: [ben@acme.example]\n"
        + f"    members: [{', '.join(people)}]\n",
        encoding="utf-8",
    )
    run("plan", "--at", DAY, "--output", "all.txt", "--output", "markdown=plan.md", "--output", "html=plan.html")
    comment = (loaded / "plan.md").read_text(encoding="utf-8")
    assert len(comment) <= 65_536
    assert "The full list is in `plan.html`, `all.txt`." in comment


def test_findings_that_stand_in_for_a_plan_are_code_in_markdown(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "    seats:", '    "<img src=x onerror=alert(1)>": "@ana"\n    seats:')
    assert run("plan", "--at", DAY, "--format", "markdown") == 1
    assert run.out.startswith(
        """\
    teams/design.yaml:5:5: error SCHEMA001 unknown key '<img src=x onerror=alert(1)>' in team design
        5 |     "<img src=x onerror=alert(1)>": "@ana"
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"""
    )
    page = rendered(run.out)
    assert page.tags == {"pre", "code"}
    assert page.found == []


def test_findings_that_stand_in_for_a_plan_are_a_page_in_html(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "    seats:", '    "<img src=x onerror=alert(1)>": "@ana"\n    seats:')
    assert run("plan", "--at", DAY, "--output", f"html={loaded / 'plan.html'}") == 1
    page = Page((loaded / "plan.html").read_text(encoding="utf-8"))
    assert "1 error." in page.said
    assert "unknown key '<img src=x onerror=alert(1)>' in team design at teams/design.yaml:5:5" in page.said
    assert '5 | "<img src=x onerror=alert(1)>": "@ana"' in page.said
    assert "img" not in {tag for tag, _ in page.elements}


def test_a_page_and_a_comment_show_the_warnings_of_the_files(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "    secondary_admins: [ben@acme.example]\n", "")
    warning = "team design has no secondary admin, so nobody backs up its primary admin"
    assert run("plan", "--at", DAY, "--format", "markdown", "--out", "plan.json") == 0
    assert f"- **warning** ROLE003: {warning} (`teams/design.yaml:2:3`)" in run.out
    assert run("plan", "--at", DAY, "--format", "html") == 0
    assert f"ROLE003 {warning}" in Page(run.out).said
    assert run("show", "plan.json", "--format", "markdown") == 0
    assert warning not in run.out
