"""Projects from git: what is checked out, and what hostile URLs, revisions and repositories cannot do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seatsync.errors import SeatsyncError
from seatsync.fleet import checkout as module
from seatsync.fleet.checkout import checkout, problem_of_revision, problem_of_url, project_folder
from seatsync.fleet.declared_fleet import Fleet, FleetAccount, GitSource
from seatsync.reading.git_objects import GitProblem
from tests.fleet.fleets import write
from tests.gits import ENVIRONMENT, commit, git


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Create a bare repository with two commits, the tags `one` and `two`, and the branch `main`."""
    work = write(tmp_path / "work", {"seatsync.yaml": "version: 1\naccount: one\n"})
    commit(work, "one")
    write(work, {"seatsync.yaml": "version: 1\naccount: two\n", "own/bolt/": ""})
    commit(work, "two")
    git(tmp_path, "clone", "--quiet", "--bare", "work", "bare.git")
    return (tmp_path / "bare.git").as_uri()


def account_in(folder: Path) -> str:
    return (folder / "seatsync.yaml").read_text(encoding="utf-8").split()[-1]


def fleet_of(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path, "fleet.yaml", (), "")


def test_revisions(tmp_path: Path, url: str) -> None:
    cache = tmp_path / "cache"
    first = git(tmp_path / "work", "rev-parse", "one").strip()
    for revision, expected in {"one": "one", "two": "two", "main": "two", first: "one"}.items():
        assert account_in(checkout(GitSource(url, revision), cache, ENVIRONMENT)) == expected
    [of_url] = cache.iterdir()
    assert sorted(path.name for path in of_url.iterdir()) == sorted(
        git(tmp_path / "work", "rev-parse", "one", "two").split()
    )


def test_a_branch_that_moves(tmp_path: Path, url: str) -> None:
    cache = tmp_path / "cache"
    before = checkout(GitSource(url, "main"), cache, ENVIRONMENT)
    write(tmp_path / "work", {"seatsync.yaml": "version: 1\naccount: three\n"})
    commit(tmp_path / "work", "three")
    git(tmp_path / "work", "push", "--quiet", "../bare.git", "main")
    after = checkout(GitSource(url, "main"), cache, ENVIRONMENT)
    assert (account_in(before), account_in(after)) == ("two", "three")


def test_a_commit_that_is_there_needs_no_repository(tmp_path: Path, url: str) -> None:
    commit_id = git(tmp_path / "work", "rev-parse", "two").strip()
    source = GitSource(url, commit_id)
    found = checkout(source, tmp_path / "cache", ENVIRONMENT)
    (tmp_path / "bare.git").rename(tmp_path / "gone.git")
    assert checkout(source, tmp_path / "cache", ENVIRONMENT) == found
    with pytest.raises(GitProblem, match=r"^file:///.*/bare.git: git cannot find 'main' \("):
        checkout(GitSource(url, "main"), tmp_path / "cache", ENVIRONMENT)


def test_an_annotated_tag(tmp_path: Path, url: str) -> None:
    git(tmp_path / "work", "tag", "--annotate", "--message=three", "three", "one")
    git(tmp_path / "work", "push", "--quiet", "../bare.git", "three")
    assert account_in(checkout(GitSource(url, "three"), tmp_path / "cache", ENVIRONMENT)) == "one"


def test_a_branch_and_a_tag_of_one_name(tmp_path: Path, url: str) -> None:
    git(tmp_path / "work", "push", "--quiet", "../bare.git", "refs/tags/two:refs/heads/one")
    with pytest.raises(GitProblem, match="'one' is both a branch and a tag; use a commit id"):
        checkout(GitSource(url, "one"), tmp_path / "cache", ENVIRONMENT)


@pytest.mark.parametrize(
    ("revision", "message"),
    [
        ("none", "there is no branch or tag 'none'; correct the revision of the account"),
        ("f" * 40, f"git cannot fetch '{'f' * 40}' ("),
        ("--upload-pack=touch", "'--upload-pack=touch' is not a git revision"),
        ("ma*n", "'ma*n' is not a git revision"),
    ],
)
def test_revisions_that_are_not_there(tmp_path: Path, url: str, revision: str, message: str) -> None:
    with pytest.raises(GitProblem) as caught:
        checkout(GitSource(url, revision), tmp_path / "cache", ENVIRONMENT)
    assert str(caught.value).startswith(f"{url}: {message}")
    assert not list((tmp_path / "cache").rglob("*.yaml"))
    assert not list((tmp_path / "cache").rglob(".f*")), "nothing half-made stays"


@pytest.mark.parametrize(
    "hostile",
    [
        "ext::sh -c 'touch {canary}'",
        "--upload-pack=touch {canary}",
        "-u/touch {canary}",
        "ssh://-oProxyCommand=touch%20{canary}/r.git",
        "-oProxyCommand=touch:{canary}",
        "git@-oProxyCommand=touch:{canary}",
        "http://git.acme.example/r.git",
        "git://git.acme.example/r.git",
        "ftp://git.acme.example/r.git",
        "fd::17/x",
        "{canary}",
        "https://git.acme.example/r.git\n--upload-pack=x",
        "https://ana:hunter2@git.acme.example/r.git",
    ],
)
def test_hostile_urls(tmp_path: Path, hostile: str) -> None:
    canary = tmp_path / "canary"
    url = hostile.format(canary=canary)
    assert problem_of_url(url) is not None
    with pytest.raises(GitProblem) as caught:
        checkout(GitSource(url, "main"), tmp_path / "cache", ENVIRONMENT)
    assert "hunter2" not in str(caught.value)
    assert not canary.exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://h.example/a/b.git",
        "ssh://git@h.example:22/a.git",
        "git@h.example:a/b.git",
        "host:path",
        "file:///a",
    ],
)
def test_urls_that_can_be_used(url: str) -> None:
    assert problem_of_url(url) is None


@pytest.mark.parametrize("revision", ["-x", "a..b", "a b", "HEAD@{1}", "", "^main", ":/text", "a:b", "x" * 257])
def test_hostile_revisions(revision: str) -> None:
    assert problem_of_revision(revision) is not None


def test_git_itself_refuses_other_protocols(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The allow-list of protocols holds also where the check of the URL is missing."""
    monkeypatch.setattr(module, "problem_of_url", lambda _url: None)
    canary = tmp_path / "canary"
    with pytest.raises(GitProblem, match="transport 'ext' not allowed"):
        checkout(GitSource(f"ext::touch {canary}", "main"), tmp_path / "cache", ENVIRONMENT)
    assert not canary.exists()


def test_without_the_protocols_the_canary_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the test above."""
    monkeypatch.setattr(module, "problem_of_url", lambda _url: None)
    monkeypatch.setitem(module._ADDED, "GIT_ALLOW_PROTOCOL", "ext")
    canary = tmp_path / "canary"
    with pytest.raises(GitProblem):
        checkout(GitSource(f"ext::touch {canary}", "main"), tmp_path / "cache", ENVIRONMENT)
    assert canary.exists()


def test_hooks_and_filters_of_the_user_do_not_run(tmp_path: Path, url: str) -> None:
    canary, hooks = tmp_path / "canary", tmp_path / "template/hooks"
    hooks.mkdir(parents=True)
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {canary}\n")
    (hooks / "post-checkout").chmod(0o755)
    home = write(
        tmp_path / "home", {".gitconfig": f"[init]\ntemplateDir = {hooks.parent}\n[core]\nhooksPath = {hooks}\n"}
    )
    environment = {**ENVIRONMENT, "HOME": str(home)}
    environment.pop("GIT_CONFIG_GLOBAL")
    checkout(GitSource(url, "main"), tmp_path / "cache", environment)
    assert not canary.exists()
    git(tmp_path, "-c", f"core.hooksPath={hooks}", "clone", "--quiet", "work", "control")
    assert canary.exists(), "negative control: an ordinary clone runs the hook"


def test_submodules_are_not_fetched(tmp_path: Path, url: str) -> None:
    work = tmp_path / "work"
    git(work, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "sub")
    commit(work, "three")
    git(work, "push", "--quiet", "../bare.git", "main")
    assert list((checkout(GitSource(url, "main"), tmp_path / "cache", ENVIRONMENT) / "sub").iterdir()) == []


def test_folders_of_projects(tmp_path: Path, url: str) -> None:
    def found(account: FleetAccount) -> Path:
        return project_folder(fleet_of(tmp_path), account, ENVIRONMENT)

    own = tmp_path / "own"
    assert found(FleetAccount("a", "own", folder=own)) == own
    assert account_in(found(FleetAccount("a", "g", git=GitSource(url, "two")))) == "two"
    assert account_in(found(FleetAccount("a", "g", git=GitSource(url, "two", "own/bolt")))) == "bolt"
    with pytest.raises(SeatsyncError, match=r"^g: has no seatsync\.yaml; correct the column `folder`$"):
        found(FleetAccount("a", "g", git=GitSource(url, "one", "own/bolt")))
    with pytest.raises(SeatsyncError, match=r"^g: is outside the repository"):
        found(FleetAccount("a", "g", git=GitSource(url, "one", "../..")))


def test_a_link_that_leads_out_of_a_checkout(tmp_path: Path, url: str) -> None:
    write(tmp_path / "out", {"a/": ""})
    (tmp_path / "work/out").symlink_to(tmp_path / "out")
    commit(tmp_path / "work", "three")
    git(tmp_path / "work", "push", "--quiet", "../bare.git", "main")
    account = FleetAccount("a", "g", git=GitSource(url, "main", "out/a"))
    with pytest.raises(SeatsyncError, match=r"^g: points outside the repository through a symbolic link$"):
        project_folder(fleet_of(tmp_path), account, ENVIRONMENT)


def test_a_cache_that_cannot_be_written(tmp_path: Path, url: str) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(SeatsyncError, match=r"/cache: cannot be written \(not a directory\)$"):
        checkout(GitSource(url, "main"), tmp_path / "cache", ENVIRONMENT)


def test_without_git(tmp_path: Path, url: str) -> None:
    with pytest.raises(GitProblem, match="git cannot be started"):
        checkout(GitSource(url, "main"), tmp_path / "cache", {**ENVIRONMENT, "PATH": os.devnull})


def test_another_process_was_faster(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, cache = GitSource(url, "main"), tmp_path / "cache"
    fetch = module._Git.fetch

    def late(git_of: module._Git, commit_id: str, folder: Path, revision: str) -> None:
        monkeypatch.setattr(module._Git, "fetch", fetch)
        checkout(source, cache, ENVIRONMENT)
        fetch(git_of, commit_id, folder, revision)

    monkeypatch.setattr(module._Git, "fetch", late)
    assert account_in(checkout(source, cache, ENVIRONMENT)) == "two"
    assert len(list(cache.glob("*/*"))) == 1


def test_git_that_takes_too_long(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_RUN", 0)
    with pytest.raises(GitProblem, match="git takes more than 0 seconds to find 'main'") as caught:
        checkout(GitSource(url, "main"), tmp_path / "cache", ENVIRONMENT)
    assert caught.value.passing


SSH = "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\n"
HTTPS = "fatal: unable to access 'https://git.acme.example/r.git/': "


@pytest.mark.parametrize(
    ("said", "shown", "passing"),
    [
        (f"ssh: connect to host h port 22: Connection refused\n{SSH}", "ssh: connect to host h", True),
        (f"ssh: Could not resolve hostname h: Name or service not known\n{SSH}", "ssh: Could not resolve", True),
        (f"kex_exchange_identification: Connection closed by remote host\n{SSH}", "Could not read from", True),
        (f"git@h: Permission denied (publickey).\n{SSH}", "Could not read from", False),
        (f"{HTTPS}Could not resolve host: git.acme.example\n", "unable to access", True),
        (f"{HTTPS}Failed to connect to git.acme.example port 443 after 5 ms: Couldn't connect to server\n", "", True),
        (f"{HTTPS}Operation timed out after 60001 milliseconds with 0 bytes received\n", "", True),
        (f"{HTTPS}The requested URL returned error: 503\n", "unable to access", True),
        (f"{HTTPS}The requested URL returned error: 429\n", "unable to access", True),
        (f"{HTTPS}The requested URL returned error: 403\n", "unable to access", False),
        (f"remote: wait, 503 timed out\n{HTTPS}The requested URL returned error: 401\n", "unable to access", False),
        (f"{HTTPS}SSL certificate problem: unable to get local issuer certificate\n", "unable to access", False),
        ("fatal: repository 'https://git.acme.example/r.git/' not found\n", "repository", False),
        ("error: RPC failed; curl 56 Recv failure: Connection reset by peer\n", "RPC failed", True),
        ("fatal: the remote end hung up unexpectedly\n", "the remote end hung up", True),
        ("fatal: early EOF\n", "early EOF", True),
        ("fatal: could not read Username for 'https://git.acme.example': terminal prompts disabled\n", "", False),
    ],
)
def test_errors_of_the_network_may_pass(tmp_path: Path, said: str, shown: str, *, passing: bool) -> None:
    """A stand-in for git says what git does."""
    stand_in = tmp_path / "bin/git"
    write(tmp_path, {"bin/git": f"#!/bin/sh\ncat >&2 <<'END'\n{said}END\nexit 128\n"})
    stand_in.chmod(0o755)
    environment = {**ENVIRONMENT, "PATH": f"{stand_in.parent}:{os.environ['PATH']}"}
    with pytest.raises(GitProblem) as caught:
        checkout(GitSource("https://git.acme.example/r.git", "main"), tmp_path / "cache", environment)
    assert caught.value.passing == passing
    assert str(caught.value).startswith(f"https://git.acme.example/r.git: git cannot find 'main' ({shown}")


@pytest.mark.parametrize(("url", "passing"), [("https://127.0.0.1:1/r.git", True), ("file:///no/such/r.git", False)])
def test_git_itself_without_a_server(tmp_path: Path, url: str, *, passing: bool) -> None:
    with pytest.raises(GitProblem) as caught:
        checkout(GitSource(url, "main"), tmp_path / "cache", ENVIRONMENT)
    assert caught.value.passing == passing
