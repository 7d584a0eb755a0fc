"""Manual pages of findings about the steps of a plan: STEP and ACCESS."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "STEP001",
        Severity.ERROR,
        """The precondition of every step holds in the account.

        What: Steps that the account would refuse are not planned, nor are steps that depend on them. The message names
        the unmet condition. The account checks it again when the step runs.

        Why: A plan that stops halfway leaves the account in an intermediate state.

        Source: the rules of the account's actions

        Wrong:
            # the account: zoe@acme.example, who is not managed here, holds the only seat of AutoCAD
            teams: {design: {seats: {AutoCAD: [ben@acme.example]}}}

        Right:
            # the account: the seat of zoe@acme.example has been unassigned
            teams: {design: {seats: {AutoCAD: [ben@acme.example]}}}
        """,
    ),
    (
        "STEP002",
        Severity.ERROR,
        """The contract manager of a store purchase does not change.

        What: Only purchases from a reseller can be transferred to another contract manager. For a purchase from the
        store, turn off auto-renewal and have the new person buy a new subscription at the end of the term. Only the
        contract manager sees the bills.

        Why: The vendor does not transfer store purchases.

        Source: S0 S1 S4

        Wrong:
            # the account: ana@acme.example is contract manager of 574-1
            subscriptions:
              "574-1": {contract_manager: ben@acme.example}

        Right:
            # the account: the same; ben@acme.example buys the next subscription
            subscriptions:
              "574-1": {ends: 2026-12-31}
              "574-2": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ben@acme.example, starts: 2027-01-01, ends: 2027-12-31}
        """,
    ),
    (
        "STEP003",
        Severity.INFO,
        """The plan contains an intermediate step that another step requires.

        What: Somebody becomes secondary admin before they become primary admin, or keeps a direct seat while groups
        change. The step states its purpose. No action is needed.

        Why: Only a secondary admin can become primary admin, and people who are entitled before and after a plan stay
        entitled while it runs.

        Source: S1

        Wrong:
            # the account: ana@acme.example is primary admin, ben@acme.example an ordinary member
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}

        Right:
            # the account: ana@acme.example is primary admin, ben@acme.example already secondary admin
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}
        """,
    ),
    (
        "STEP004",
        Severity.ERROR,
        """A contract manager, software coordinator or primary admin is not removed.

        What: A person can leave a team or a contract only after their roles there have been transferred. The message
        names the role.

        Why: The account does not remove contract managers and software coordinators until somebody else has their role.

        Source: S3

        Wrong:
            # the account: zoe@acme.example is contract manager of 574-1, and not declared
            subscriptions:
              "574-1": {contract_manager: ana@acme.example}

        Right:
            # the account: the same; zoe@acme.example stays until the end of the term
            users:
              zoe@acme.example: {}
            subscriptions:
              "574-1": {contract_manager: zoe@acme.example, ends: 2026-12-31}
        """,
    ),
    (
        "STEP005",
        Severity.INFO,
        """A step needs a form, a request to the vendor's support, or a purchase.

        What: The plan states who submits the form, what to request from support, or what to buy. `seatsync apply` opens
        a case, and dependent steps wait until `seatsync account confirm` closes it; in a project with `portal:`, also
        until a refresh does.

        Why: Some changes are made by people at the vendor, which takes days.

        Source: S1 S3

        Wrong:
            # the account: 5 seats
            subscriptions:
              "574-1": {seats: 8}

        Right:
            # the account: 8 seats, after `seatsync account purchase` recorded the order
            subscriptions:
              "574-1": {seats: 8}
        """,
    ),
    (
        "STEP006",
        Severity.WARNING,
        """A new admin, contract manager or coordinator has accepted their invitation.

        What: The person is still `pending`. The step is planned nevertheless.

        Why: Until they accept, they cannot sign in and fill the role.

        Source: S3

        Wrong:
            # the account: cho@acme.example is invited, but has not accepted yet
            teams: {design: {secondary_admins: [cho@acme.example]}}

        Right:
            # the account: cho@acme.example has accepted
            teams: {design: {secondary_admins: [cho@acme.example]}}
        """,
    ),
    (
        "STEP007",
        Severity.ERROR,
        """Fields that only the vendor can change equal those of the account.

        What: No step can change the channel, offering, product, licence type or serial of a purchase, or take a
        subscription out of all teams. Declare the account's value, or have the vendor change it first.

        Why: Without a finding, the plan would report a difference as none.

        Source: the rules of the account's actions

        Wrong:
            # the account: offering single-user
            subscriptions:
              "574-1": {offering: multi-user}

        Right:
            # the account: offering single-user
            subscriptions:
              "574-1": {offering: single-user}
        """,
    ),
    (
        "STEP008",
        Severity.WARNING,
        """A role for one person is not declared for somebody else while an ignored person holds it.

        What: A team has one primary admin, a subscription or contract one contract manager, and a contract one software
        coordinator. An ignored person keeps such a role, and the plan has no step to give it to the declared person.

        Why: `ignore` leaves people unchanged, even if the files declare something else.

        Source: the rules of the account's actions

        Wrong:
            # the account: zoe@acme.example is software coordinator, and the policy ignores her
            contracts: {"110001234567": {software_coordinator: ben@acme.example}}

        Right:
            # the account: the same; no `software_coordinator` is declared
        """,
    ),
    (
        "STEP009",
        Severity.INFO,
        """A step restores something that was removed outside of seatsync.

        What: The account's log shows that a member, seat, role or group was removed in the vendor's portal (the actor
        is `portal`), and the files still declare it. The step restores it, and gives the day of the removal; in a
        mirror of the real account, this is the day of the refresh that saw it.

        Why: There may have been a reason for the removal, and applying the plan reverts it.

        Source: the rules of the account's actions

        Wrong:
            # the account: somebody removed gus@acme.example from team design in the portal
            teams: {design: {members: [fay@acme.example, gus@acme.example]}}

        Right:
            # the account: the same
            teams: {design: {members: [fay@acme.example]}}
        """,
    ),
    (
        "STEP010",
        Severity.INFO,
        """A renamed team or group has `renamed_from`.

        What: The plan creates a team or group, while another one that shares more than half of its members, groups or
        subscriptions is no longer declared. The step names the old one.

        Why: Without `renamed_from`, the old one stays or is dissolved, and everybody is invited again. With it, the
        plan is a single rename.

        Source: the rules of the account's actions

        Wrong:
            # the account: team drafting, with ana, ben and cho
            teams:
              build:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example]
                members: [cho@acme.example]

        Right:
            # the account: the same
            teams:
              build:
                renamed_from: drafting
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example]
                members: [cho@acme.example]
        """,
    ),
    (
        "ACCESS001",
        Severity.ERROR,
        """The actor is allowed to perform every self-service step of the plan.

        What: With `--as EMAIL`, the plan lists the steps that this person may perform, and for the others who may.
        Forms, support requests and purchases of other people are not errors: they become cases, or wait.

        Why: The account would refuse the step after earlier ones were applied.

        Source: S1 S3

        Wrong:
            # seatsync apply --as ben@acme.example, a secondary admin (only a primary admin can assign SSO admins)
            teams: {design: {sso_admins: [cho@acme.example]}}

        Right:
            # seatsync apply --as ana@acme.example, the primary admin
            teams: {design: {sso_admins: [cho@acme.example]}}
        """,
    ),
    (
        "ACCESS002",
        Severity.ERROR,
        """The actor can see every selected team and contract.

        What: Admins see their teams, contract managers their subscriptions and contracts, coordinators their contracts,
        and users their own seats. `--team` with an invisible team is refused. Without `--team`, invisible teams and
        contracts are left out and listed as unseen.

        Why: The account shows nobody more than this, in any tool.

        Source: S2 S3

        Wrong:
            # seatsync plan --as ben@acme.example --team build
            teams:
              build: {primary_admin: ana@acme.example, secondary_admins: [cho@acme.example]}

        Right:
            # seatsync plan --as ben@acme.example --team design
            teams:
              build: {primary_admin: ana@acme.example, secondary_admins: [cho@acme.example]}
        """,
    ),
    (
        "ACCESS003",
        Severity.ERROR,
        """For every step, somebody in the account is allowed to perform it.

        What: The step needs a role that nobody has or gets by an earlier step. The message names the role to declare.

        Why: A plan that nobody could carry out in the portal is not carried out for the account's owner either.

        Source: S1

        Wrong:
            # the account: 574-1 is in team build; its contract manager, cho@acme.example, is admin of neither team
            subscriptions:
              "574-1": {team: design, contract_manager: cho@acme.example}

        Right:
            # the account: the same
            teams: {design: {secondary_admins: [ben@acme.example, cho@acme.example]}}
            subscriptions:
              "574-1": {team: design, contract_manager: cho@acme.example}
        """,
    ),
)
