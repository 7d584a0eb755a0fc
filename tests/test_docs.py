"""README and docs: commands are run and compared, the reference matches the code, links have targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate
from seatsync.cli.groups import root
from seatsync.rules.manual import all_pages
from tests import console_blocks
from tests.console_blocks import ROOT, BadPage, blocks, missing_library, pages, ran, run_page

PAGES = [page for page in pages() if page.parent.parent != ROOT / "examples"]
ALL_PAGES = sorted({*PAGES, *ROOT.glob("*.md"), *(ROOT / "examples").rglob("*.md")})
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TEST = re.compile(r"\[(test_\w+)\]\(([^)\s]+)\)")
_MODULE = re.compile(r"`((?:seatsync|schemas|tests|docs)/[\w./]*)`")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_page_shows_the_current_output(page: Path, tmp_path: Path) -> None:
    library = missing_library(page)
    if library is not None:
        pytest.skip(f"{library}, of an extra, is not installed")
    assert run_page(page, tmp_path) == page.read_text(encoding="utf-8")


def test_pages_about_an_extra_are_left_out_only_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {*console_blocks.LIBRARIES} <= {named(page) for page in pages()}
    monkeypatch.setattr(console_blocks, "find_spec", lambda _: None)
    assert {named(page): missing_library(page) for page in pages() if missing_library(page)} == console_blocks.LIBRARIES
    monkeypatch.setattr(console_blocks, "find_spec", lambda name: name)
    assert [page for page in pages() if missing_library(page)] == []


def test_the_reference_is_as_the_code_has_it() -> None:
    assert [named(page) for page, _ in generate.stale()] == [], "run: python -m docs.generate"


def test_every_generated_part_is_on_one_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    assert [part for part in generate.PARTS if text.count(f"<!-- from the code: {part} -->") != 1] == []


def test_a_changed_page_is_noticed() -> None:
    page = ROOT / "docs" / "reference" / "commands.md"
    now = generate.regenerated(page.read_text(encoding="utf-8"))
    changed = now.replace("Needs no account, no network", "Needs an account, no network")
    assert changed != now
    assert generate.regenerated(changed) == now


def test_every_rule_has_its_page_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "rules.md").read_text(encoding="utf-8")
    assert re.findall(r"^## ([A-Z]+\d+)$", text, re.MULTILINE) == list(all_pages())


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = root.listed
    assert [name for name in names if f"| `seatsync {name}" not in text] == []


@pytest.mark.parametrize("page", ALL_PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    lost = [link for link in _LINK.findall(prose(page)) if "://" not in link and not leads_somewhere(page, link)]
    assert lost == []


@pytest.mark.parametrize("page", ALL_PAGES, ids=named)
def test_the_tests_that_are_named_are_there(page: Path) -> None:
    lost = [
        name
        for name, file in _TEST.findall(prose(page))
        if f"def {name}(" not in (page.parent / file).read_text(encoding="utf-8")
    ]
    assert lost == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists() or not anchor:
        return file.exists()
    headings = re.findall(r"^#+ (.*)$", prose(file), re.MULTILINE)
    return anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", ALL_PAGES, ids=named)
def test_the_files_of_the_code_that_are_named_are_there(page: Path) -> None:
    found = [name for name in _MODULE.findall(prose(page)) if "CODE" not in name]  # any rule: see test_contributing
    missing = [name for name in found if not (ROOT / name).exists()]
    assert missing == []


PAGE = """\
```yaml people.txt
ana
ben
```

```console
$ cat people.txt
ana
ben
```

```diff people.txt
 ana
-ben
+cho
```

```console
$ cat \\
    people.txt
{printed}
$ cat nothing.txt
cat: nothing.txt: No such file or directory
$ echo $?
1
```
"""


def test_commands_run_and_edits_are_made(tmp_path: Path) -> None:
    assert ran(PAGE.replace("{printed}", "ana\ncho"), tmp_path) == PAGE.replace("{printed}", "ana\ncho")


def test_the_made_up_portal_serves_the_rest_of_a_page(tmp_path: Path) -> None:
    variable = f"SEATSYNC_AUTH_URL={console_blocks.SHOWN}/authentication/v2"
    page = f"```console\n$ seatsync demo portal &\n$ export {variable}\n```"
    shown = ran(page, tmp_path)
    assert f"A made-up portal at {console_blocks.SHOWN}, in front of " in shown
    assert shown.endswith("/authentication/v2\n```")
    with pytest.raises(BadPage, match="seatsync demo portal --profile none & has ended"):
        ran("```console\n$ seatsync demo portal --profile none &\n```", tmp_path)


def test_another_output_is_noticed(tmp_path: Path) -> None:
    assert ran(PAGE.replace("{printed}", "ana\nben"), tmp_path) == PAGE.replace("{printed}", "ana\ncho")


def test_random_parts_of_output_keep_the_text_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("4c1a2b3d-0000-4000-8000-00000000beef\nread: 0.01 s\n" + "0" * 64 + "\n")
    other = "99999999-0000-4000-8000-00000000beef\nread: 1.50 s\n" + "f" * 64
    text = f"```console\n$ cat file\n{other}\n```"
    assert ran(text, tmp_path) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```console\n$ cat file", "line 1: this block has no end"),
        ("```console\noutput\n```", "line 2: a console block begins with `$ `"),
        ("```console\n$ curl example\n```", "no such command here: curl"),
        (
            "```console\n$ seatsync plan nothing\nseatsync: …\n```",
            "line 3: the last command ended with 1; say so with `$ echo $?`",
        ),
        (
            "\n```console\n$ seatsync show nothing\nseatsync: …\n$ ls\n```",
            "line 5: what comes before ended with 1; say so with `$ echo $?`",
        ),
        ("```diff file\n-no such line\n```", "line 1: what this changes stands in file not once:\nno such line\n"),
    ],
)
def test_page_that_cannot_be_run_names_the_reason(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a line\n")
    with pytest.raises(BadPage) as caught:
        ran(text, tmp_path)
    assert str(caught.value) == problem


def test_blocks_of_other_languages_are_only_read() -> None:
    found = list(blocks("```yaml\na: 1\n```\n\n```text\n$ rm -r /\n```\n"))
    assert [(block.language, block.argument, block.lines) for block in found] == [
        ("yaml", "", ("a: 1",)),
        ("text", "", ("$ rm -r /",)),
    ]
