"""`seatsync fleet status`: every account in one table, and what cannot be read is unknown with its reason."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from seatsync import cli
from seatsync.fleet.log import LogRecord
from seatsync.reporting.log_lines import json_line, text_line
from seatsync.secret import IN_ENVIRONMENT
from tests.commands.fleets import TODAY, WAITS, customer, quietly, small_fleet, whole_fleet
from tests.commands.running import Run, replace_in, write
from tests.documents import checked
from tests.postgres import server


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", TODAY)


TABLE = """\
Status: fleet all, 2026-06-15
7 accounts: 2 cannot be read, 1 with open cases, 1 changed outside of seatsync, 1 with pools that are short within 30\
 days.

Account  Serial  Last seen   Last applied      Open cases  Drift  Short pools  Waiting  Why unknown
acme          1              2026-06-15 12:00           0      0            0        0
bolt          2              2026-06-15 12:00           0      1            0        0
cask          1              2026-06-15 12:00           1      0            0        0
dent          1              never                      0      ?            1        0  nothing has been applied yet
errs          1              2026-06-15 12:00           0      ?            ?        0  users.yaml:1:1: SCHEMA001\
 unknown key 'usres' in the file; did you mean 'users'?
fail          ?  ?           ?                          ?      ?            ?        0  sqlite:///account.db: there is\
 no account here; create one with `seatsync account create`
view          2  2026-06-14  never                      0      ?            0        0  nothing has been applied yet
? means unknown.
"""


@pytest.fixture(name="whole", scope="module")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the whole fleet, which tests only read."""
    root = tmp_path_factory.mktemp("fleets") / "all"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEATSYNC_AT", TODAY)
        whole_fleet(root)
    return root


def test_every_state(whole: Path, run: Run) -> None:
    assert run("-C", str(whole), "fleet", "status") == 1
    assert run.said == (TABLE, "")


def test_the_folder_of_a_project_finds_the_fleet_above_it(whole: Path, run: Run) -> None:
    assert run("-C", str(whole / "customers/acme"), "fleet", "status") == 1
    assert run.out == TABLE
    assert run("fleet", "status", "--file", str(whole / "fleet.yaml")) == 1
    assert run.out == TABLE


def test_the_target_of_one_account_is_not_that_of_all(whole: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_TARGET", f"sqlite:///{whole}/customers/acme/account.db")
    assert run("-C", str(whole), "fleet", "status") == 1
    assert run.out == TABLE


def test_selected_accounts(whole: Path, run: Run) -> None:
    assert run("-C", str(whole), "fleet", "status", "--select", "region=eu", "--select", "tier!=test") == 0
    assert run.out == (
        "Status: fleet all, 2026-06-15\n1 account.\n\n"
        "Account  Serial  Last applied      Open cases  Drift  Short pools  Waiting\n"
        "acme          1  2026-06-15 12:00           0      0            0        0\n"
    )
    assert run("-C", str(whole), "fleet", "status", "--select", "regoin=eu") == 1
    assert run.err == (
        "seatsync: --select regoin=eu: no account of the fleet has the label 'regoin'; did you mean region?\n"
    )


def test_days(whole: Path, run: Run) -> None:
    assert run("-C", str(whole), "fleet", "status", "--select", "dent", "--days", "14", "--format", "json") == 0
    [dent] = checked(run.out, "fleet-status")["accounts"]
    assert dent["pools_short"] == 0
    assert run("-C", str(whole), "fleet", "status", "--select", "dent", "--days", "16", "--format", "json") == 0
    assert checked(run.out, "fleet-status")["accounts"][0]["pools_short"] == 1


def test_json(whole: Path, run: Run) -> None:
    assert run("-C", str(whole), "fleet", "status", "--format", "json") == 1
    document = checked(run.out, "fleet-status")
    assert document["summary"] == {
        "accounts": 7,
        "unreadable": 2,
        "open_cases": 1,
        "drift": 1,
        "pools_short": 1,
        "waiting": 0,
        "people": 0,
        "failed": 0,
    }
    by_name = {each["account"]: each for each in document["accounts"]}
    reason = "sqlite:///account.db: there is no account here; create one with `seatsync account create`"
    unknown = ("serial", "last_seen", "last_applied", "open_cases", "drift", "pools_short")
    assert by_name["fail"] == {
        "account": "fail",
        "labels": {},
        "source": "customers/fail",
        **dict.fromkeys(unknown),
        "waiting": 0,
        "work": [],
        "unknown": [{"field": field, "reason": reason} for field in unknown],
        "error": reason,
    }
    assert by_name["cask"]["labels"] == {"region": "eu", "tier": "test"}
    assert by_name["dent"]["unknown"] == [{"field": "drift", "reason": "nothing has been applied yet"}]
    assert by_name["dent"]["error"] is None
    assert by_name["view"]["last_seen"] == "2026-06-14"


def test_csv_and_page(whole: Path, run: Run, tmp_path: Path) -> None:
    page, table = tmp_path / "status.html", tmp_path / "status.csv"
    outputs = ("--output", f"html={page}", "--output", f"csv={table}")
    assert run("-C", str(whole), "fleet", "status", *outputs) == 1
    rows = table.read_text(encoding="utf-8").splitlines()
    assert rows[0] == ("account,serial,last_seen,last_applied,open_cases,drift,pools_short,waiting,work,reasons")
    assert rows[6] == (
        "fail,?,?,?,?,?,?,0,,sqlite:///account.db: there is no account here; create one with `seatsync account create`"
    )
    text = page.read_text(encoding="utf-8")
    assert "<dt>Fleet</dt><dd>all</dd>" in text
    assert "Content-Security-Policy" in text
    assert text.count('<span class="unknown" title="unknown">?</span>') == 10


MISTAKES = """\
fleet.yaml:1:12: error SCHEMA001 pattern 'customers/*/' matches no folder
    1 | accounts: [customers/*/]
      |            ^^^^^^^^^^^^
  hint: correct it, or remove it until there are projects; a pattern matches folders, not files

fleet.yaml:2:1: error SCHEMA001 unknown key 'stroe' in the file; did you mean 'store'?
    2 | stroe: x
      | ^^^^^
  hint: use one of the keys version, accounts, store, defaults or labels

2 errors. Run `seatsync explain SCHEMA001` for the reason and the remedy.
"""


def test_a_fleet_with_mistakes(folder: Path, run: Run) -> None:
    write(folder, {"fleet.yaml": "accounts: [customers/*/]\nstroe: x\n"})
    assert run("fleet", "status") == 1
    assert run.out == MISTAKES
    assert run("fleet", "status", "--format", "json") == 1
    assert len(checked(run.out, "findings")["findings"]) == 2


def test_without_a_fleet(folder: Path, run: Run) -> None:
    assert run("fleet", "status") == 1
    assert run.err == (
        f"seatsync: no fleet.yaml in {folder} or above it; create one with `accounts: [customers/*/]`,"
        " or name it with `--file FILE`\n"
    )


def test_another_account_behind_a_project(folder: Path, run: Run) -> None:
    small_fleet(folder)
    replace_in(folder / "customers/bolt/seatsync.yaml", "account: bolt", "account: volt")
    assert run("fleet", "status", "--select", "bolt", "--format", "json") == 1
    [bolt] = checked(run.out)["accounts"]
    assert bolt["serial"] is None
    assert bolt["error"].startswith("PLAN003: the target is account bolt, but the project is for account volt; ")


def test_log_lines(whole: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "customers/fail")
    assert run("-C", str(whole), "fleet", "status", "--select", "[af]*", "--log-format", "json") == 1
    records = [json.loads(line) for line in run.err.splitlines()]
    for record in records:
        assert list(record) == ["time", "level", "account", "verb", "run", "event", "seconds", "error"]
    assert [(each["level"], each["account"], each["verb"], each["run"], each["event"]) for each in records] == [
        ("debug", "acme", "status", None, "read"),
        ("error", "fail", "status", None, "failed"),
    ]
    assert [each["error"] for each in records] == [
        None,
        "sqlite:///account.db: there is no account here; create one with `seatsync account create`",
    ]


def test_accounts_in_one_database_of_postgresql(folder: Path, run: Run) -> None:
    target = f"{server().url(database=server().new_database())}?schema={{account}}"
    write(folder, {"fleet.yaml": f"accounts: customers/*\ndefaults: {{target: '{target}'}}\n"})
    for name in ("acme", "bolt"):
        inside = ("-C", str(customer(folder, name)), "account")
        url = ("--target", target.format(account=name))
        assert quietly(*inside, "create", "--name", name, *url) == 0
        if name == "acme":
            assert quietly(*inside, "load", ".", *url) == 0
    assert run("fleet", "status") == 0
    assert [line.split()[:3] for line in run.out.splitlines()[4:6]] == [["acme", "1", "never"], ["bolt", "0", "never"]]
    replace_in(folder / "fleet.yaml", "{account}", "other-{account}")
    assert run("fleet", "status", "--select", "acme") == 1
    assert "there is no account in schema other-acme" in run.out


def test_a_target_that_is_no_store(folder: Path, run: Run) -> None:
    small_fleet(folder)
    replace_in(folder / "customers/acme/seatsync.yaml", "sqlite:///account.db", "file:.")
    assert run("-v", "fleet", "status", "--select", "acme", "--format", "json") == 0
    [acme] = checked(run.out)["accounts"]
    assert (acme["serial"], acme["open_cases"], acme["drift"]) == (None, 0, None)
    assert acme["unknown"] == [{"field": "drift", "reason": "this target does not remember the last apply"}]
    [line] = [line for line in run.err.splitlines() if line.startswith("acme: ")]
    assert line.startswith("acme: status read (")


def test_a_plan_that_waits_for_approval(folder: Path, run: Run) -> None:
    small_fleet(folder)
    replace_in(folder / "customers/bolt/teams/design.yaml", "cho@acme.example]", "cho@acme.example, ana@acme.example]")
    assert run("fleet", "apply") == WAITS
    assert run("fleet", "status", "--format", "json") == 0
    acme, bolt = checked(run.out)["accounts"]
    [work] = bolt["work"]
    assert (acme["waiting"], bolt["waiting"], work["verb"], work["state"]) == (0, 1, "apply", "waiting")
    assert work["intent"].startswith("sha256:")
    assert run("fleet", "status", "--select", "bolt") == 0
    assert run.out.splitlines()[1] == "1 account: 1 waiting for approval."
    assert run.out.splitlines()[-1].endswith("  apply waiting")
    assert run("fleet", "apply", "--auto-approve", "--wait") == 0, run.said
    assert run("fleet", "status", "--format", "json") == 0
    assert [each["work"] for each in checked(run.out)["accounts"]] == [[], []]


def test_what_the_last_run_left_for_people_and_a_run_that_failed(folder: Path, run: Run) -> None:
    small_fleet(folder)
    replace_in(folder / "customers/acme/subscriptions.yaml", "contract_manager: ana", "contract_manager: ben")
    replace_in(folder / "customers/bolt/users.yaml", "users:", "usres:")
    assert run("fleet", "apply", "--auto-approve") == 1
    assert run("fleet", "status", "--format", "json") == 1
    document = checked(run.out)
    assert [(work["verb"], work["state"]) for each in document["accounts"] for work in each["work"]] == [
        ("apply", "people"),
        ("apply", "failed"),
    ]
    assert (document["summary"]["people"], document["summary"]["failed"]) == (1, 1)
    assert run("fleet", "status") == 1
    assert "1 waiting for people, 1 whose last run failed." in " ".join(run.out.split())
    assert "apply waits for people" in run.out
    replace_in(folder / "customers/bolt/users.yaml", "usres:", "users:")
    assert run("fleet", "validate") == 0
    assert run("fleet", "status", "--format", "json") == 0
    assert [[work["state"] for work in each["work"]] for each in checked(run.out)["accounts"]] == [["people"], []]


@pytest.mark.parametrize("store", ["sqlite:///fleet.db", "postgresql"])
def test_reading_creates_nothing(folder: Path, run: Run, store: str) -> None:
    database = server().new_database()
    url = server().url(database=database) if store == "postgresql" else store

    def is_there() -> bool:
        with server().connected(database) as connection:
            found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'seatsync_fleet'").fetchone()
        return found is not None or (folder / "fleet.db").exists()

    small_fleet(folder)
    with (folder / "fleet.yaml").open("a", encoding="utf-8") as file:
        file.write(f"store: {url}\n")
    for words in (["status"], ["report", "contracts"]):
        assert run("fleet", *words) == 0, run.said
    assert not is_there()
    assert run("fleet", "validate", "--workers", "0") == 0, run.said
    assert is_there(), "negative control: what queues runs creates it"
    assert run("fleet", "status", "--format", "json") == 0
    assert [len(each["work"]) for each in checked(run.out)["accounts"]] == [1, 1]


def test_a_store_of_the_fleet_that_cannot_be_read(folder: Path, run: Run) -> None:
    small_fleet(folder)
    write(folder, {".seatsync/fleet.db": "not a database, but long enough to have been one\n" * 99})
    assert run("fleet", "status", "--format", "json") == 1
    for account in checked(run.out)["accounts"]:
        assert (account["waiting"], account["work"], account["serial"], account["error"]) == (None, None, 1, None)
        [unknown] = account["unknown"]
        assert unknown["field"] == "work"
        assert unknown["reason"].startswith("sqlite:///.seatsync/fleet.db: the store of the fleet failed (")


NOW = datetime(2026, 6, 15, 14, 0, 0, 123456, timezone(timedelta(hours=2)))
CANARY = "hunter2-canary"


@pytest.mark.parametrize("name", IN_ENVIRONMENT)
def test_secrets_are_masked_in_log_lines(name: str) -> None:
    record = LogRecord(
        "failed", "error", "acme", "apply", "apply-1", 1.23456, f"no {CANARY}\npostgresql://a:{CANARY}@db/x"
    )
    masked = f"no [{name}]\npostgresql://a:***@db/x"
    line = json_line(record, NOW, {name: f" {CANARY}\n"})
    assert json.loads(line) == {
        "time": "2026-06-15T12:00:00.123Z",
        "level": "error",
        "account": "acme",
        "verb": "apply",
        "run": "apply-1",
        "event": "failed",
        "seconds": 1.235,
        "error": masked,
    }
    assert "\n" not in line
    text = text_line(record, {name: CANARY})
    assert text == f"acme: apply failed (1.23 s): no [{name}]\\npostgresql://a:***@db/x"
    assert CANARY not in line + text
    control = json_line(record, NOW, {})
    assert f"no {CANARY}" in control, "negative control: only the environment tells that this is a secret"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (LogRecord("started"), "started"),
        (LogRecord("finished", account="a", verb="plan", seconds=2), "a: plan finished (2.00 s)"),
        (LogRecord("taken over", "warning", "::error::", "apply"), r"\x3a:error::: apply taken over"),
    ],
)
def test_text_lines(record: LogRecord, expected: str) -> None:
    assert text_line(record, {}) == expected


def test_the_secrets_that_errors_and_logs_mask_are_the_same() -> None:
    assert cli._SECRETS == IN_ENVIRONMENT
