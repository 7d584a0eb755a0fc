"""Pages of what holds a plan back as a whole: GUARD and PLAN."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "GUARD001",
        Severity.ERROR,
        """A plan removes no more of one kind than `max_removals` allows.

        What: Counted are users, admins, seats, groups, memberships and teams that the managed teams and contracts have
        now and would not have afterwards, whichever step takes them. What is still to be bought or made does not count,
        nor what somebody holds only on the way. A percentage is of what they have now, rounded down, but it allows at
        least one; `0` and `0%` allow none. If all of it is meant, name the kind and the exact number:
        `--allow GUARD001.seats=132`.

        Why: Large removals are mostly an accident: a file that lost its end, an include that matches nothing.

        Source: the policy

        Wrong:
            # the account: team design has 10 holders of AutoCAD; policy: {max_removals: 20%}
            teams: {design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ben@acme.example]}}}

        Right:
            # the account: the same; policy: {max_removals: 90%}, or apply with --allow GUARD001.seats=9
            teams: {design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ben@acme.example]}}}
        """,
    ),
    (
        "GUARD002",
        Severity.ERROR,
        """A plan does not empty a configuration, a team, or a product of a team.

        What: It fires where nothing at all is declared and the account is not empty, where a team had seats, groups or
        members beside its admins and would have none of them, and where a product with two or more holders in a team
        would have none. Members who all become admins are no loss. If it is meant: `--allow GUARD002`.

        Why: Everything of one thing disappears in one change by accident more often than by intent.

        Source: the policy

        Wrong:
            # the account: ben@acme.example and cho@acme.example hold AutoCAD
            teams: {design: {primary_admin: ana@acme.example, seats: {AutoCAD: []}}}

        Right:
            # the account: the same
            teams: {design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ben@acme.example]}}}
        """,
    ),
    (
        "GUARD003",
        Severity.ERROR,
        """The actor keeps the role that the rest of the plan needs.

        What: The plan would take a role from the person it runs as, while steps that need this role are left. If it is
        meant: `--allow GUARD003`.

        Why: They would lock themselves out halfway.

        Source: the policy

        Wrong:
            # seatsync apply --as ana@acme.example: only the primary admin she no longer is could make her SSO admin
            teams: {design: {primary_admin: ben@acme.example, sso_admins: [ana@acme.example]}}

        Right:
            # seatsync apply --as ana@acme.example: she becomes secondary admin by handing over
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}
        """,
    ),
    (
        "GUARD004",
        Severity.ERROR,
        """A protected person or team loses nothing.

        What: Whoever stands under `policy.protected` keeps their seats, roles, groups and membership, and gets no lower
        role. The list of the last apply counts too, so that taking somebody off the list and out of the team in one
        change does not pass: make it two changes, or `--allow GUARD004`. A saved plan is held against the list of the
        last apply once more when it is applied.

        Why: There are people without whom nobody gets back in.

        Source: the policy

        Wrong:
            # the account: ana@acme.example is primary admin; policy: {protected: {users: [ana@acme.example]}}
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}

        Right:
            # the account: the same, with the same policy
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        """,
    ),
    (
        "PLAN001",
        Severity.ERROR,
        """The account is as it was when the plan was made.

        What: Every change of an account counts its serial up by one. A saved plan is for one serial. Make the plan
        anew, look at it, and apply that one. What changed since, and by whom, is listed. Where nothing of it touches
        what the plan reads or writes, `--rebase` applies the plan as it is.

        Why: The plan was right for another state. Nobody has seen what it would do to this one.

        Source: the tool's own

        Wrong:
            # seatsync plan --out change.json     serial 12
            # somebody changes the account        serial 13
            # seatsync apply change.json

        Right:
            # seatsync plan --out change.json     serial 13
            # seatsync apply change.json
        """,
    ),
    (
        "PLAN002",
        Severity.ERROR,
        """A saved plan is, byte for byte, what was written.

        What: The plan carries digests of all it contains. A file that was edited, reformatted or damaged is refused.
        Make the plan anew.

        Why: What is applied is what was looked at.

        Source: the tool's own

        Wrong:
            # seatsync plan --out change.json
            # a step is taken out of change.json with an editor
            # seatsync apply change.json

        Right:
            # the entry is taken out of the YAML file
            # seatsync plan --out change.json
            # seatsync apply change.json
        """,
    ),
    (
        "PLAN003",
        Severity.ERROR,
        """The target is the account that the project or the plan names.

        What: The account's name is the project's `account`, its time zone is the project's `timezone`, and its lineage,
        which an account gets once for ever, is the one of the plan. So is its history: the hash that the log ended with
        when the plan was made (`account.head`) is still in the log, at the plan's serial.

        Why: The right change to the wrong account is a wrong change. The same account with another history is one from
        a backup that was put back, in which what the plan builds on may never have happened.

        Source: the tool's own

        Wrong:
            # the account at the target is called acme-test
            version: 1
            account: acme
            target: sqlite:///test.db

        Right:
            # the account at the target is called acme
            version: 1
            account: acme
            target: sqlite:///account.db
        """,
    ),
)
