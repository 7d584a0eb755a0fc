"""Pages of what is found when a configuration meets the account: STEP and ACCESS."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "STEP001",
        Severity.ERROR,
        """The precondition of every step holds in the account it meets.

        What: A step that the account would refuse is not planned, nor is what needs it. The message says which
        condition does not hold. The account checks the same again when the step runs.

        Why: A plan that stops halfway leaves the account in between.

        Source: the account's own rules, see the actions

        Wrong:
            # the account: team design has one seat of AutoCAD, and zoe@acme.example, who is not managed here, holds it
            teams: {design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ben@acme.example]}}}

        Right:
            # the account: the same, after zoe@acme.example gave her seat back
            teams: {design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ben@acme.example]}}}
        """,
    ),
    (
        "STEP002",
        Severity.ERROR,
        """The contract manager of a store purchase stays.

        What: Only what was bought through a reseller can get another contract manager. For a purchase from the store,
        turn auto-renewal off and let the new person buy anew at the end of the term. If somebody only has to see the
        bills: that is what the contract manager is for.

        Why: The vendor has no way to hand a store purchase over.

        Source: S0 S1 S4

        Wrong:
            # the account: ana@acme.example manages it
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2026-12-31}

        Right:
            # the account: ana@acme.example manages it; the next one is ben@acme.example's purchase
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
              "574-2": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ben@acme.example, starts: 2027-01-01, ends: 2027-12-31}
        """,
    ),
    (
        "STEP003",
        Severity.INFO,
        """The plan has a step that is not asked for, because the rules need it.

        What: Somebody becomes secondary admin on the way to primary, or keeps a direct seat while groups change places.
        The step says what it is for. Nothing has to be done about it.

        Why: Only a secondary admin can become primary, and whoever is entitled before and after stays so in between.

        Source: S1

        Wrong:
            # the account: ana@acme.example is primary admin, ben@acme.example a plain member
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}

        Right:
            # the account: ana@acme.example is primary admin, ben@acme.example is secondary admin already
            teams: {design: {primary_admin: ben@acme.example, secondary_admins: [ana@acme.example]}}
        """,
    ),
    (
        "STEP004",
        Severity.ERROR,
        """Nobody leaves who is still contract manager, software coordinator or primary admin.

        What: A person leaves a team or a contract when no role of theirs is left there. The message names the role.

        Why: The account does not remove contract managers and software coordinators until somebody else has their role.

        Source: S3

        Wrong:
            # the account: cho@acme.example is contract manager of 574-1, and named nowhere in the files
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}

        Right:
            # the account: the same; cho@acme.example stays until the term is over
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: cho@acme.example, starts: 2026-01-01, ends: 2026-12-31}
        """,
    ),
    (
        "STEP005",
        Severity.INFO,
        """A step is not done by the account itself: it needs a form, the vendor's support, or a purchase.

        What: The plan says who hands the form in, what to ask support for, or what to buy. `seatsync apply` opens a
        case, what depends on it waits, and `seatsync account confirm` closes it.

        Why: Some changes are made by people at the vendor, and take days.

        Source: S1 S3

        Wrong:
            # the account: 5 seats
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 8, channel: store,
                        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}

        Right:
            # the account: 8 seats, since `seatsync account purchase` recorded the order
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 8, channel: store,
                        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
        """,
    ),
    (
        "STEP006",
        Severity.WARNING,
        """Whoever becomes admin, contract manager or coordinator has accepted their invitation.

        What: The person is still `pending`. The step is planned all the same.

        Why: Until they accept they cannot sign in, so nobody fills the role.

        Source: S3

        Wrong:
            # the account: ben@acme.example is invited, and has not accepted yet
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}

        Right:
            # the account: ben@acme.example has accepted
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        """,
    ),
    (
        "STEP007",
        Severity.ERROR,
        """What only the vendor can change is declared as the account has it.

        What: Channel, offering, product, licence type and serial of a purchase cannot be changed by any step, nor can a
        subscription be taken out of every team. Declare what the account says, or have the vendor change it first.

        Why: A plan without a step for it would call two different things equal.

        Source: the account's own rules, see the actions

        Wrong:
            # the account: offering single-user
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: multi-user, seats: 1, channel: store,
                        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}

        Right:
            # the account: offering single-user
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
        """,
    ),
    (
        "STEP008",
        Severity.WARNING,
        """No role is declared for somebody while an ignored person holds it.

        What: There is one primary admin of a team, one contract manager of a subscription or contract, and one
        software coordinator of a contract. Where an ignored person holds such a role, they keep it, and the person who
        is declared for it does not get it. The plan has no step for that, and says so.

        Why: `ignore` leaves people exactly as they are, also where the files say otherwise.

        Source: the account's own rules, see the actions

        Wrong:
            # the account: ana@acme.example is primary admin, and the policy ignores her
            teams: {design: {primary_admin: ben@acme.example}}

        Right:
            # the account: ana@acme.example is primary admin, and the policy ignores her
            teams: {design: {}}
        """,
    ),
    (
        "STEP009",
        Severity.INFO,
        """A step gives back what somebody took away outside of seatsync.

        What: The log of the account shows that a member, seat, role or group was taken away in the vendor's portal (the
        actor is `portal`), and the files still declare it. The step gives it back, and names the day on which it was
        taken away.

        Why: Somebody may have had a reason. Whoever applies the plan should know that it undoes what they did.

        Source: the account's own rules, see the actions

        Wrong:
            # the account: somebody removed mia@acme.example in the portal
            teams: {design: {primary_admin: ana@acme.example, members: [mia@acme.example]}}

        Right:
            # the account: somebody removed mia@acme.example in the portal
            teams: {design: {primary_admin: ana@acme.example}}
        """,
    ),
    (
        "STEP010",
        Severity.INFO,
        """A team or group that gets another name says so with `renamed_from`.

        What: The plan creates a team or group, while another one, which shares more than half of its members, groups
        or subscriptions, is no longer declared. The step that creates it has this code and names the old one.

        Why: Without `renamed_from` the old one stays or is taken apart, and everybody is invited anew. With it, the
        plan is one rename.

        Source: the account's own rules, see the actions

        Wrong:
            # the account: team drafting, with ana, ben and cho
            teams: {design: {primary_admin: ana@acme.example, members: [ben@acme.example, cho@acme.example]}}

        Right:
            # the account: team drafting, with ana, ben and cho
            teams:
              design:
                renamed_from: drafting
                primary_admin: ana@acme.example
                members: [ben@acme.example, cho@acme.example]
        """,
    ),
    (
        "ACCESS001",
        Severity.ERROR,
        """The actor may perform every self-service step of the plan.

        What: With `--as EMAIL` the plan says which steps that person may do, and who else may do the others. Forms,
        support requests and purchases of others are no error: they become cases, or wait.

        Why: The account would refuse the step, after others were done.

        Source: S1 S3

        Wrong:
            # seatsync apply --as ben@acme.example, a secondary admin (only a primary admin names SSO admins)
            teams: {design: {primary_admin: ana@acme.example, sso_admins: [cho@acme.example]}}

        Right:
            # seatsync apply --as ana@acme.example, who is primary admin of team design
            teams: {design: {primary_admin: ana@acme.example, sso_admins: [cho@acme.example]}}
        """,
    ),
    (
        "ACCESS002",
        Severity.ERROR,
        """The actor sees every team and contract they ask for.

        What: Admins see their teams, contract managers their subscriptions and contracts, coordinators their contracts,
        users what they hold. `--team` with another team is refused; without `--team` what is not seen is left out and
        listed as unseen.

        Why: The account shows no more to anybody, whichever tool they use.

        Source: S2 S3

        Wrong:
            # seatsync plan --as ben@acme.example --team build
            teams:
              design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
              build: {primary_admin: ana@acme.example, secondary_admins: [cho@acme.example]}

        Right:
            # seatsync plan --as ben@acme.example --team design
            teams:
              design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
              build: {primary_admin: ana@acme.example, secondary_admins: [cho@acme.example]}
        """,
    ),
    (
        "ACCESS003",
        Severity.ERROR,
        """Somebody in the account may perform every step.

        What: The step needs a role that nobody there has, nor gets by an earlier step. The message names the role that
        would have to be declared.

        Why: A plan that no person could carry out is none, even for whoever owns the store.

        Source: S1

        Wrong:
            # the account: 574-1 is in team build; its contract manager, cho@acme.example, is admin of neither team
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: cho@acme.example, starts: 2026-01-01, ends: 2026-12-31}

        Right:
            # the account: the same
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example, cho@acme.example]}}
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: cho@acme.example, starts: 2026-01-01, ends: 2026-12-31}
        """,
    ),
)
