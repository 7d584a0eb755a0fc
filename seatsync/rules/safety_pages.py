"""Manual pages of findings that block a whole plan: GUARD and PLAN."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "GUARD001",
        Severity.ERROR,
        """A plan removes no more of one kind than `max_removals` allows.

        What: The check counts the users, admins, seats, groups, memberships and teams that the managed teams and
        contracts have now and would lose, by any step. It ignores things that the plan itself buys or creates, and
        roles and seats held only between two steps. A percentage refers to the current number, rounded down but at
        least one; `0` and `0%` allow no removals. To allow an intended removal, give the kind and the exact number:
        `--allow GUARD001.seats=132`.

        Why: Large removals are usually accidents, such as a truncated file or an include pattern that matches nothing.

        Source: the project's policy

        Wrong:
            # the account: team design has 10 holders of AutoCAD; policy: {max_removals: 20%}
            teams: {design: {seats: {AutoCAD: [ben@acme.example]}}}

        Right:
            # the account: the same; policy: {max_removals: 90%}, or apply with --allow GUARD001.seats=9
            teams: {design: {seats: {AutoCAD: [ben@acme.example]}}}
        """,
    ),
    (
        "GUARD002",
        Severity.ERROR,
        """A plan does not empty the account, a team, or a product of a team.

        What: The plan is blocked if nothing is declared and the account is not empty, if a team would lose all of its
        seats, groups and members other than admins, or if a product with two or more holders in a team would lose all
        of them. Members who become admins are not lost. To allow it: `--allow GUARD002`.

        Why: Removing everything at once is an accident more often than intended.

        Source: the project's policy

        Wrong:
            # the account: ben@acme.example and cho@acme.example hold AutoCAD
            teams: {design: {seats: {AutoCAD: []}}}

        Right:
            # the account: the same
            teams: {design: {seats: {AutoCAD: [ben@acme.example]}}}
        """,
    ),
    (
        "GUARD003",
        Severity.ERROR,
        """The actor keeps the role that later steps of the plan need.

        What: The plan is blocked if it takes a role from the person it runs as, and later steps need this role. To
        allow it: `--allow GUARD003`.

        Why: The actor would lock themselves out halfway.

        Source: the project's policy

        Wrong:
            # seatsync apply --as ana@acme.example: after handing over, she can no longer make herself SSO admin
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [], sso_admins: [ana@acme.example]}}

        Right:
            # seatsync apply --as ana@acme.example: handing over makes her secondary admin
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}
        """,
    ),
    (
        "GUARD004",
        Severity.ERROR,
        """A protected person or team loses nothing.

        What: People and teams listed under `policy.protected` keep their seats, roles, groups and memberships, and get
        no lower role. The list of the last apply counts too, so one change cannot both unlist and remove somebody: make
        two changes, or use `--allow GUARD004`. A saved plan is checked against that list again when it is applied.

        Why: Losing certain people can lock everybody out of the account.

        Source: the project's policy

        Wrong:
            # the account: ana@acme.example is primary admin; policy: {protected: {users: [ana@acme.example]}}
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}

        Right:
            # the account: the same, with the same policy
            teams: {design: {secondary_admins: [ben@acme.example, cho@acme.example]}}
        """,
    ),
    (
        "GUARD005",
        Severity.ERROR,
        """Nothing is applied in a freeze.

        What: On the days of an entry of `policy.freeze`, in the time zone of the account, `apply` refuses every plan,
        also one that was saved before, and an undo. `plan` warns. The day of applying counts. `--allow GUARD005` lets
        one plan pass; plan and audit log record it. What only changes files, such as `edit`, is not concerned.

        Why: In a year-end closing or an audit, nobody should lose or get a seat, and nobody may be there to help.

        Source: the project's policy

        Wrong:
            # policy: {freeze: [{from: 2026-12-20, until: 2027-01-06, reason: year-end closing}]}
            # seatsync apply      on 2026-12-24

        Right:
            # policy: the same
            # seatsync apply      on 2027-01-07
        """,
    ),
    (
        "PLAN001",
        Severity.ERROR,
        """The account has not changed since the plan was made.

        What: Every change increases the serial of an account by one, and a saved plan is valid for one serial. The
        finding lists the changes since then and who made them. Make a new plan, review it and apply it. If the changes
        do not touch anything that the plan reads or writes, `--rebase` applies the saved plan.

        Why: The plan was made for another state, and nobody has reviewed its effect on this one.

        Source: seatsync

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
        """A saved plan is unmodified.

        What: The plan contains digests of its content. A file that was edited, reformatted or damaged is refused. Make
        a new plan.

        Why: Only the plan that was reviewed is applied.

        Source: seatsync

        Wrong:
            # seatsync plan --out change.json
            # a step is removed from change.json with an editor
            # seatsync apply change.json

        Right:
            # the entry is removed from the YAML file
            # seatsync plan --out change.json
            # seatsync apply change.json
        """,
    ),
    (
        "PLAN003",
        Severity.ERROR,
        """The target is the account of the project and of the plan.

        What: The name and the time zone of the account equal the project's `account` and `timezone`. Its lineage, an
        identifier that never changes, equals the plan's. Its log still contains the plan's `account.head`, the hash of
        the last entry when the plan was made, at the plan's serial.

        Why: The right change to the wrong account is a wrong change. An account with another history was restored from
        a backup, and may lack the changes that the plan is based on.

        Source: seatsync

        Wrong:
            # the account at the target is named acme-test
            version: 1
            account: acme
            target: sqlite:///test.db

        Right:
            # the account at the target is named acme
            version: 1
            account: acme
            target: sqlite:///account.db
        """,
    ),
)
