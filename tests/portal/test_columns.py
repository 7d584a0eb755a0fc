"""The columns and words of the vendor's exports, as its help pages and public programs list them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.portal.sources.export_tables import Export, read_export
from seatsync.portal.sources.exports import Exports
from tests.portal.generations import GENERATIONS, USAGE_REPORT
from tests.portal.test_exports import ANA, BEN, HEAD, codes, put, refused, state_of

COLUMNS = {
    # as listed for each generation, in alphabetical order; what is cut there is as in other generations
    "subscriptions G0": (
        "autorenew_date,contract_number,end_date,offering_name,reseller_email,reseller_name,seat_quantity,start_date,"
        "subscription_id,subscription_status,team_alias,term"
    ),
    "subscriptions G0, with what is listed without a mark": (
        "autorenew_date,contract_manager_email,contract_number,end_date,offering_name,plan,reseller_email,reseller_name,"
        "seat_quantity,start_date,subscription_id,subscription_status,team_alias,term"
    ),
    "subscriptions G1": (
        "autorenew_date,contract_number,end_date,offering_name,reseller_email,reseller_name,seat_quantity,start_date,"
        "subscription_id,subscription_status,Team,term"
    ),
    "subscriptions as read by a public program": (
        "team_alias,offering_name,contract_number,subscription_id,term,start_date,end_date,autorenew_date,"
        "subscription_status,seat_quantity,reseller_name,reseller_email"
    ),
    "users G0": "autodesk_id,email,first_name,last_name,offering_name,product_name,role,team_alias",
    "users G0, with the status": (
        "account_status,autodesk_id,email,first_name,last_name,offering_name,product_name,role,team_alias"
    ),
    "users G1": "Autodesk ID,Email,Feature,First name,Last name,Product,Role,Team",
    "users G1, with the status": "Autodesk ID,Email,First name,Last name,Product,Role,Status,Team",
    "users G2": "account_status,autodesk_id,email,first_name,last_name,offering_name,product_name,role,team_alias",
    "groups G1": "Email,Group,Group_type,Role",
    "groups G2": "Email,Group,Group type,Role",
    "usage G0": "access_option,day_used,hashed_autodesk_id,offering_name,product_name,team_alias,version",
    "usage G0, with personal data": (
        "access_method,autodesk_id,day_used,email,first_name,hashed_autodesk_id,last_name,offering_name,product_name,"
        "team_alias,tokens_used,usage_type,version"
    ),
    "usage G1": "Access option,Day used,Email,First name,hashed_autodesk_id,Last name,offering_name,product_name,Team",
    "usage G2": (
        "access_option,autodesk_id,day_used,email,first_name,hashed_autodesk_id,last_name,offering_name,product_name,"
        "tokens_used,version,team_alias"
    ),
    "usage report G1": (
        "Access option,Assigned date,Days inactive,Days used,Email,First name,Group,Last accessed,Last name,"
        "Monthly average,Product,Seat assignment,Team,Tokens used,Unassigned date,User activity,Version"
    ),
    "usage report G2": USAGE_REPORT.rstrip("\n"),
    "usage seat usage G1": "Day used,Email,First name,Last name,Product,Team",
    "usage token usage G2": "Day used,Email,Feature,First name,Last name,Product,Team,Tokens used",
    "usage of seats, 2019": "day_used,hashed_user_id,product,team",
}


CAD = "Email,Group\nben@acme.example,cad\n"


def kind_of(title: str) -> str:
    return "usage report" if title.startswith("usage report") else title.split(maxsplit=1)[0]


@pytest.mark.parametrize("title", COLUMNS)
def test_every_column_of_every_generation_is_known(title: str) -> None:
    """The names of columns changed from snake case to title case and back."""
    read = read_export(f"{COLUMNS[title]}\n".encode(), "export.csv")
    assert isinstance(read, Export), read
    assert read.kind == kind_of(title)
    assert read.findings == []


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("team", ["team_alias", "Team", "TEAM ALIAS", "Team name"]),
        ("product", ["offering_name", "Product", "Offering name", "offering-name"]),
        ("status", ["account_status", "Status", "Account status"]),
        ("email", ["email", "Email", "E-mail", "E-Mail Address", "Email address", "EMAIL_ADDRESS"]),
        ("role", ["role", "Role"]),
        ("first_name", ["first_name", "First name", "FirstName"]),
        ("last_name", ["last_name", "Last name", "Last Name "]),
    ],
)
def test_names_of_columns_match_by_letters_and_digits(field: str, names: list[str]) -> None:
    usual = {
        "first_name": "first_name",
        "last_name": "last_name",
        "email": "email",
        "team": "team_alias",
        "role": "role",
        "status": "account_status",
        "product": "offering_name",
    }
    for name in names:
        read = read_export((",".join({**usual, field: name}.values()) + "\n").encode(), "users.csv")
        assert isinstance(read, Export), name
        assert (read.column_of[field], read.findings) == (list(usual).index(field), [])


@pytest.mark.parametrize("name", ["group", "Group", "group_name", "GROUP NAME"])
def test_names_of_groups(name: str) -> None:
    for kind in ("Group type", "Group_type", "group_type"):
        read = read_export(f"Email,{name},{kind},Role\n".encode(), "groups.csv")
        assert isinstance(read, Export)
        assert (read.kind, read.column_of["group"], read.findings) == ("groups", 1, [])


def test_translated_columns_do_not_crash(tmp_path: Path) -> None:
    """Translated help pages have translated names, which may only be those of the page."""
    put(tmp_path, {"users.csv": "fornavn,etternavn,e-post,Rolle,avtaletid,versjon\nAna,Silva,ana@acme.example,x,1,2\n"})
    assert "users.csv:1:1: SOURCE001 the header is not that of an export of the portal" in refused(tmp_path)


def test_an_import_template_is_no_export(tmp_path: Path) -> None:
    put(
        tmp_path, {"u.csv": HEAD + ANA, "01-invite-design.csv": "First name,Last name,Email address\nBen,Ode,b@x.org\n"}
    )
    assert "01-invite-design.csv:1:1: SOURCE001 the header is not that of an export of the portal" in refused(tmp_path)


@pytest.mark.parametrize(
    ("role", "found"),
    [
        ("Primary admin", "primary"),
        ("primary_admin", "primary"),
        ("PRIMARY ADMIN", "primary"),
        ("Secondary admin", "secondary"),
        ("SSO admin", "sso"),
        ("sso_admin", "sso"),
        ("External user", "external"),
        ("Guest user", "external"),
        ("User", "member"),
        ("Administrator", None),
        ("Hauptadministrator", None),
        ("", None),
    ],
)
def test_words_for_roles(role: str, found: str | None, tmp_path: Path) -> None:
    """An unknown word is never a plain member."""
    put(tmp_path, {"u.csv": HEAD + BEN.replace("User", role)})
    ((observation,), findings) = Exports(tmp_path / "exports", "exports").observe()
    assert [fact.value for fact in observation.facts["roles", "design"].values()] == [found]
    unknown = [each for each in findings if each.code == "SOURCE006"]
    assert len(unknown) == (found is None and role != "")


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("Active", "active"),
        ("ACTIVE", "active"),
        ("Pending", "pending"),
        ("Invited", "pending"),
        ("invited", "pending"),
        ("Suspended", None),
        ("Aktiv", None),
        ("", None),
    ],
)
def test_words_for_the_status(status: str, found: str | None, tmp_path: Path) -> None:
    """Pending is the older word, Invited the newer; an unknown word is never active."""
    put(tmp_path, {"u.csv": HEAD + BEN.replace("Active", status)})
    ((observation,), findings) = Exports(tmp_path / "exports", "exports").observe()
    assert [fact.value for fact in observation.facts["status", "design"].values()] == [found]
    assert len(findings) == (found is None and status != "")


@pytest.mark.parametrize(
    ("written", "day"),
    [("2024-05-10T21:20:32Z", "2024-05-10"), ("2026-07-29", "2026-07-29"), ("2026-07-29 00:00", "2026-07-29")],
)
def test_days_and_times(written: str, day: str, tmp_path: Path) -> None:
    bought = GENERATIONS["G2"]["subscriptions.csv"].replace("2026-01-01T00:00:00Z", written)
    state = state_of(put(tmp_path, {"u.csv": HEAD + ANA, "s.csv": bought}))
    assert {sub.starts for sub in state.account.subscriptions.values()} == {day}


def test_zero_is_not_empty(tmp_path: Path) -> None:
    bought = GENERATIONS["G2"]["subscriptions.csv"].replace(",25,", ",0,")
    state = state_of(put(tmp_path, {"u.csv": HEAD + ANA, "s.csv": bought}))
    assert state.account.subscriptions["574-1"].seats == 0
    put(tmp_path, {"s.csv": GENERATIONS["G2"]["subscriptions.csv"].replace(",25,", ",,")})
    assert "s.csv:2:47: SOURCE001 '' is not a number of seats" in refused(tmp_path)


@pytest.mark.parametrize("average", ['"16,2"', "16.2", "", "many"])
def test_numbers_of_usage_are_not_read(average: str, tmp_path: Path) -> None:
    """They are no facts of the account; the row counts all the same, also with a decimal comma."""
    row = f"{'a' * 40},B,O,ben@acme.example,ID2,design,cad,AutoCAD,cloud,assigned,,,active,,,49,{average},0,\n"
    files: dict[str, str | bytes] = {"u.csv": HEAD + ANA + BEN, "g.csv": CAD, "r.csv": USAGE_REPORT + row}
    state = state_of(put(tmp_path, files))
    assert codes(state) == []
    assert state.account.teams["design"].groups["cad"].products == {"AutoCAD"}


def test_an_unassigned_row_keeps_its_usage_and_says_nothing_about_seats(tmp_path: Path) -> None:
    """It may still be active, and name the group that gave the seat."""
    unassigned = "unassigned,,2024-05-10T21:20:32Z,active"
    row = f"{'b' * 40},B,O,ben@acme.example,ID2,design,cad,Civil 3D,2026,{unassigned},,,49,,,\n"
    files: dict[str, str | bytes] = {"u.csv": HEAD + ANA + BEN, "g.csv": CAD, "r.csv": USAGE_REPORT + row}
    state = state_of(put(tmp_path, files))
    assert state.account.teams["design"].groups["cad"].products == frozenset()
    assert "Civil 3D" not in state.account.teams["design"].seats


@pytest.mark.parametrize("column", range(3))
def test_masked_people_are_refused_for_state(column: int, tmp_path: Path) -> None:
    """With personal data switched off names and addresses are masked, and only the hash distinguishes people."""
    cells = BEN.split(",")
    cells[column] = "*****"
    put(tmp_path, {"u.csv": HEAD + ANA + ",".join(cells)})
    assert "u.csv:3:" in refused(tmp_path)
    assert "SOURCE003 personal data is masked" in refused(tmp_path)


def test_masked_usage_is_accepted(tmp_path: Path) -> None:
    """Usage is counted, not a fact of the account."""
    usage = GENERATIONS["G2"]["usage.csv"].replace("dee@acme.example,Dee", "*****,*****").replace(",Kim,", ",*****,")
    state = state_of(put(tmp_path, {"u.csv": HEAD + ANA, "usage.csv": usage}))
    assert codes(state) == []


@pytest.mark.parametrize(
    "product",
    [
        "Architecture Engineering & Construction Collection",
        "Media & Entertainment Collection",
        "Forma Build 5000",
        "3ds Max, Maya & more",
        "Résumé 2.0 – Pro",
    ],
)
def test_names_of_products(product: str, tmp_path: Path) -> None:
    row = BEN.replace("AutoCAD", f'"{product}"')
    state = state_of(put(tmp_path, {"u.csv": HEAD + ANA + row}))
    assert state.account.teams["design"].seats[product] == {"ben@acme.example"}


def test_a_product_with_flex_in_its_name_has_tokens(tmp_path: Path) -> None:
    bought = GENERATIONS["G2"]["subscriptions.csv"]
    for name, flex in (("Flex", True), ("Autodesk Flex", True), ("FLEX tokens", True), ("Flexible CAD", False)):
        put(tmp_path, {"u.csv": HEAD + ANA, "s.csv": bought.replace(",Flex,", f",{name},")})
        sub = state_of(tmp_path).account.subscriptions["574-3"]
        assert (sub.offering, sub.tokens, sub.seats) == (("flex", 500, None) if flex else ("single-user", None, 500))


def test_a_reseller_name_makes_the_channel(tmp_path: Path) -> None:
    """Without the column, nobody knows it."""
    bought = GENERATIONS["G2"]["subscriptions.csv"]
    state = state_of(put(tmp_path, {"u.csv": HEAD + ANA, "s.csv": bought}))
    assert [sub.channel for sub in state.account.subscriptions.values()] == ["reseller", "store", "store"]
    assert "channel" not in {each.fact for each in state.assumed}
    put(tmp_path, {"s.csv": bought.replace("reseller_name", "Seller")})
    assert "channel" in {each.fact for each in state_of(tmp_path).assumed}
