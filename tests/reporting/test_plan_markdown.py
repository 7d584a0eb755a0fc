from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.finding import Finding, Location, Severity
from seatsync.planning.plan import Kept, Lasting, Plan, Undo
from seatsync.planning.preview import Pool, PoolUse, Preview, Row, ScopeChange, ScopeState, preview_of
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.plan import plan_markdown
from seatsync.reporting.plan.plan_markdown import LARGEST, marker, render
from seatsync.reporting.terminal import PLAIN
from tests.account.sample import NOON, acme
from tests.reading.corpora import MARKUP_INJECTION, NAUGHTY_STRINGS, needs
from tests.reporting.hostile import OWN, markup, naughty
from tests.reporting.large_plan import large, preview
from tests.reporting.rendered import rendered
from tests.reporting.test_plan_text import ANA, BEN, CHO, DESIGN, EMPTY, HANDOVER, nowhere, planned

_OURS = {
    "h3", "h4", "p", "strong", "code", "br", "ul", "li", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td", "th align", "td align", "pre lang",
}  # fmt: skip

WHOLE = """\
<!-- seatsync:plan:acme -->
### Plan for account `acme`

**Plan: 1 to add, 2 to change, 1 to remove, 1 to be done by people.**

Account acme (serial 12) at `sqlite:///.seatsync/account.db`, on `2026-11-21`

#### Look at these first

**Roles**: 3 steps

| Step | Where | What |
|--:|---|---|
| 1 | team design | make `dee@acme.example` secondary admin<br>added because the account's rules require it (STEP003) |
| 2 | team design | make `dee@acme.example` primary admin<br>`ana@acme.example` becomes secondary admin |
| 3 | team design | take the admin role from `ana@acme.example` |

**Seat shortages**

| Where | Product | Now | After | Term ends |
|---|---|---|---|---|
| team studio | `Revit` | 1 of 0, 1 over | **1 of 0, 1 over** | `2025-12-31` |

#### Who administers what

```mermaid
flowchart TB
  subgraph before["Before"]
    direction LR
    before_0(["team design"])
    before_p0["ana#64;acme#46;example"]
    before_p0 -->|"primary"| before_0
    before_p1["Ben#64;acme#46;example"]
    before_p1 -->|"secondary"| before_0
    before_p2["cho#64;acme#46;example"]
    before_p2 -->|"SSO"| before_0
  end
  subgraph after["After"]
    direction LR
    after_0(["team design"])
    after_p0["dee#64;acme#46;example"]
    after_p0 -->|"primary"| after_0
    after_p1["Ben#64;acme#46;example"]
    after_p1 -->|"secondary"| after_0
    after_p2["cho#64;acme#46;example"]
    after_p2 -->|"SSO"| after_0
  end
  before ~~~ after
```

#### Waiting for people

| Step | Where | What | How |
|--:|---|---|---|
| 4 | the whole account | order for subscription `S-9`: seats 3 -> 4 | `ana@acme.example` buys it, then \
this records it:<br>`seatsync account purchase --subscription S-9 --seats 4 --target sqlite:///.seatsync/account.db` |

#### Steps in order

<details><summary>team <code>design</code>: 3 steps (1 to add, 1 to change, 1 to remove)</summary>

| Step | What | Needs | Who may |
|--:|---|---|---|
| 1 | make `dee@acme.example` secondary admin<br>added because the account's rules require it (STEP003) |  \
| `ana@acme.example` |
| 2 | make `dee@acme.example` primary admin<br>`ana@acme.example` becomes secondary admin | 1 \
| `ana@acme.example` or `dee@acme.example` |
| 3 | take the admin role from `ana@acme.example` | 2 | `dee@acme.example` |

</details>

<details><summary>the whole account: 1 step (1 to change)</summary>

| Step | What | Needs | Who may |
|--:|---|---|---|
| 4 | order for subscription `S-9`: seats 3 -> 4<br>`ana@acme.example` buys it, then \
`seatsync account purchase` records it |  | `ana@acme.example` |

</details>

#### Who does what

<details><summary><code>ana@acme.example</code>: 3 steps</summary>

- step 1: team design: make `dee@acme.example` secondary admin
- step 2: team design: make `dee@acme.example` primary admin
- step 4: order for subscription `S-9`: seats 3 -> 4 (after `dee@acme.example` has done 3)

</details>

<details><summary><code>dee@acme.example</code>: 1 step</summary>

- step 3: team design: take the admin role from `ana@acme.example` (after `ana@acme.example` has done 1–2)

</details>

Intent `INTENT`, digest `DIGEST`
"""


def seats(count: int) -> Facts:
    return Facts((("seats", count),))


DEE = "dee@acme.example"
CHANGES = EMPTY._replace(
    steps=(
        planned(1, Step.make("admin.assign_secondary", DESIGN, user=DEE), codes=("STEP003",)),
        planned(
            2,
            Step.make("admin.change_primary", DESIGN, user=DEE),
            needs=(1,),
            performers=(ANA, DEE),
            effects=("ana@acme.example becomes secondary admin",),
        ),
        planned(3, Step.make("admin.revoke", DESIGN, user=ANA), needs=(2,), performers=(DEE,)),
        planned(
            4,
            Step.make("purchase.seats", WHOLE_ACCOUNT, subscription="S-9", now=seats(3), wanted=seats(4)),
            route="purchase",
        ),
    ),
)


def test_complete_comment() -> None:
    account = acme()
    account.teams["design"].seats, account.teams["design"].groups = {}, {}
    account.teams["studio"].seats = {"Revit": {"gus@acme.example"}}
    account.subscriptions = {"S-5": account.subscriptions["S-5"]._replace(team="studio")}
    comment = render(CHANGES, preview_of(CHANGES, account, NOON, ["design", "studio"], []))
    intent, digest = comment.rpartition("Intent ")[2].split("`")[1::2]
    assert intent == CHANGES.intent()
    assert comment == WHOLE.replace("INTENT", intent).replace("DIGEST", digest)


def test_without_the_account() -> None:
    comment = PLANS["markdown"](CHANGES, RenderOptions(nowhere, PLAIN))
    assert "mermaid" not in comment
    assert "A comment written by `seatsync plan` also shows roles before and after, and seats." in comment


def test_nothing_to_do() -> None:
    comment = render(EMPTY, None)
    assert "**Nothing to change: the account is as declared.**" in comment
    assert "####" not in comment


def test_findings_are_first_and_untouched_things_last() -> None:
    place = Location("teams/design.yaml", 3, 5, 3, 11)
    plan = HANDOVER._replace(
        allow=("GUARD002",),
        findings=(
            Finding("GUARD001", Severity.ERROR, "9 of 10 seats would go", None, "say --allow GUARD001.seats=9"),
            Finding("ROLE003", Severity.WARNING, "team design has no secondary admin", place),
        ),
        unmanaged=((("team", "legacy"),), (("team", "old"), ("user", ANA)), (("team", "c"),), (("team", "d"),)),
        unseen=((("team", "sales"),),),
        undo=Undo(
            3,
            whole=False,
            lasting=(Lasting("mail", Step.make("user.invite", DESIGN, user=CHO, first_name="", last_name="")),) * 12,
            kept=(Kept((("team", "design"), ("user", BEN)), 4),),
        ),
    )
    comment = render(plan, None)
    lines = comment.split("\n")
    assert "Allowed guards: `GUARD002`" in lines
    assert "- **error** GUARD001: 9 of 10 seats would go<br>say `--allow` `GUARD001.seats=9`" in lines
    assert "- **warning** ROLE003: team design has no secondary admin (`teams/design.yaml:3:5`)" in lines
    assert (
        "Not managed, and left as it is: 4 things (`team legacy`; `team old, user ana@acme.example`; `team c`, …)."
        in lines
    )
    assert "1 team or contract is hidden from this person and left out." in lines
    assert "12 things that run 3 did cannot be undone:" in lines
    assert lines.count("- team design: invite `cho@acme.example` (the invitation was sent)") == 10
    assert lines.count("- …") == 1
    assert "1 thing that run 3 changed stays as it is, because of a later change:" in lines


def test_facts_that_no_source_shows_are_collapsed() -> None:
    plan = HANDOVER._replace(
        unknown=(Unknown("design", "groups", "groups export"),),
        assumed=(Assumed((("subscription", "574-1"),), "contract_manager", ANA),) * 2,
        synced=((("team", "design"), ("group", "all")),),
    )
    comment = render(plan, None)
    assert (
        "<details><summary>Unknown, so nothing about it is planned (1)</summary>\n\n"
        "- team design: groups (groups export)\n\n</details>\n"
    ) in comment
    assert "<details><summary>Assumed, because no source shows it (2)</summary>\n" in comment
    assert comment.count("- subscription `574-1`: the contract manager `ana@acme.example`\n") == 2
    assert "<details><summary>Kept by a directory, and left as it is (1)</summary>\n" in comment


@pytest.mark.parametrize("text", ["acme", "a-->b", "a b", "日本"])
def test_the_marker_is_a_comment_on_its_own_line(text: str) -> None:
    assert marker(text).count("-->") == 1
    assert rendered(marker(text)).text.strip() == ""


def test_markers_differ_by_account() -> None:
    assert len({marker(text) for text in ("acme", "Acme", "a cme", "a%20cme", "a-cme")}) == 5


@pytest.mark.parametrize("steps", [2, 500, 3_000])
def test_it_fits_and_counts_what_does_not(steps: int) -> None:
    plan = large(steps)
    comment = render(plan, preview(plan), ["plan.html", "plan.json"])
    assert len(comment.encode()) <= LARGEST
    assert rendered(comment).tags <= _OURS
    if steps == 2:
        assert "does not fit" not in comment
        return
    assert "The full list is in `plan.html`, `plan.json`." in comment
    first, *_ = comment.split("#### Steps in order")
    assert first.count("secondary admin |") == len({planned.step.scope for planned in plan.steps})  # every role
    head, _, rest = comment.partition("#### Not shown here: ")
    left_out = int(rest.split(" ")[0])
    counted = [line.split("|")[2:5] for line in rest.split("|--:|--:|--:|\n")[1].split("\n\n")[0].splitlines()]
    assert sum(int(number) for line in counted for number in line) == left_out
    there = {line.split("|")[1].strip() for line in head.splitlines() if line.startswith("| ")}
    assert len([number for number in there if number.isdecimal()]) == steps - left_out


def test_work_lists_that_do_not_fit_are_reported() -> None:
    plan = large(420)
    comment = render(plan, None)
    assert len(comment.encode()) <= LARGEST
    assert "`seatsync plan` prints the full list." in comment


@given(st.integers(0, 400), st.integers(1, 4000), st.integers(0, 30))
@settings(max_examples=10)
def test_any_size(steps: int, length: int, findings: int) -> None:
    plan = large(steps)
    long = Step.make("group.create", Scope("team", "é" * length), group="`" * length)
    extra = tuple(planned(steps + number, long) for number in range(1, 4))
    wrong = (Finding("GUARD001", Severity.ERROR, "@all " * length, None, "#1 " * length),) * findings
    facts = (Assumed((("team", "é" * length),), "members", ("x" * length,)),) * findings
    plan = plan._replace(
        account="a" * length, target="t" * length, steps=plan.steps + extra, findings=wrong, assumed=facts
    )
    comment = render(plan, None, ["x" * length])
    assert len(comment.encode()) <= LARGEST
    page = rendered(comment)
    assert page.tags <= _OURS
    assert page.found == []


def with_names(text: str) -> tuple[Plan, Preview]:
    """Return a plan in which everything has this name, and its preview."""
    scope = Scope("team", text)
    user, other = f"{text}@acme.example", f"x{text}@acme.example"
    before = ScopeState((Row("primary admin", "", (user,)),), (Row("seat", text, (user,)),))
    after = ScopeState((Row("primary admin", "", (other,)),), (Row("seat", text, (other,)), Row("group", text, ())))
    pool = Pool(scope, text, PoolUse(2, 1, text), PoolUse(1, 1, None))
    preview = Preview((ScopeChange(scope, text, before, after),), (pool,))
    steps = (
        planned(1, Step.make("admin.assign_secondary", scope, user=other), performers=(user,)),
        planned(2, Step.make("seat.unassign", scope, product=text, user=other), performers=(user,), effects=(text,)),
        planned(3, Step.make("group.create", scope, group=text), performers=(text,), route=text, case=text),
        planned(4, Step.make("user.update", scope, user=user, first_name=text, last_name=text), performers=(other,)),
    )
    findings = (Finding("ROLE003", Severity.WARNING, text, Location(text, 1, 1, 1, 2), text),)
    things = ((("team", text),),)
    plan = Plan(text, None, 1, text, text, "2026-06-15", "sha256:0", "{}", (text,), steps, things, things, findings)
    facts = (
        Assumed((("user", user),), text, text),
        Assumed(things[0], "members", (text,) * 4),
        Assumed(things[0], "sso", Facts(((text, text),))),
    )
    return plan._replace(unknown=(Unknown(text, text, text),), assumed=facts, synced=things), preview


def check(text: str) -> None:
    page = rendered(render(*with_names(text), [text]))
    assert page.tags <= _OURS, text
    assert page.found == [], text


@pytest.mark.parametrize("text", [text for text in OWN if "\n" not in text])
def test_names_are_not_markup(text: str) -> None:
    check(text)


@needs(NAUGHTY_STRINGS)
@needs(MARKUP_INJECTION)
def test_naughty_names_are_not_markup() -> None:
    for text in naughty() + markup():
        check(text)


def test_very_many_positions() -> None:
    name = "é" * 200
    steps = tuple(
        planned(number, Step.make("group.create", Scope("team", f"{number} {name}"), group=name))
        for number in range(1, 201)
    )
    comment = render(EMPTY._replace(steps=steps), None)
    assert len(comment.encode()) <= LARGEST
    rows = comment.split("|--:|--:|--:|\n")[1].split("\n\n")[0].splitlines()
    left_out = int(comment.partition("#### Not shown here: ")[2].split(" ")[0])
    assert sum(int(row.split("|")[2]) for row in rows) == left_out
    assert rows[-1].endswith(" more places | " + rows[-1].split("|")[2].strip() + " | 0 | 0 |")


def test_a_diagram_shows_a_few_of_many_and_none_where_roles_stay() -> None:
    people = tuple(f"p{number}@acme.example" for number in range(9))
    few, many = (
        ScopeState((Row("secondary admin", "", people[:1]),), ()),
        ScopeState((Row("secondary admin", "", people),), ()),
    )
    pairs = tuple(ScopeChange(Scope("team", f"t{number}"), f"t{number}", few, many) for number in range(10))
    text, more = plan_markdown.render_mermaid(Preview(pairs, ()))
    assert more == 2
    assert text.count('["3 more"]') == 8  # others in every team
    assert text.count("after_p0 -->") == 8
    assert plan_markdown.render_mermaid(Preview((ScopeChange(Scope("team", "t"), "t", few, few),), ())) == ("", 0)
    long = ScopeState((Row("primary admin", "", ("x" * 100,)),), ())
    drawn, _ = plan_markdown.render_mermaid(Preview((ScopeChange(Scope("team", "t"), "t", None, long),), ()))
    assert "x" * 79 + "#8230;" in drawn
    assert "before_0" not in drawn
