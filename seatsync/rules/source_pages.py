"""Manual pages of findings about the sources of the real account: SOURCE. Their examples are rows of exports."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "SOURCE001",
        Severity.ERROR,
        """Every export can be read completely.

        What: Each CSV and XLSX file in the folder is a users, groups, subscriptions, usage report or usage export,
        recognised by its header, with the columns it needs. Every row has as many cells as the header, an e-mail
        address, and valid days and numbers. Every page of every list of an API arrives whole, and its items have ids
        and people their addresses. A line break ends the last row, unless its last cell is in quotes or equal
        to that of another row. Every team has exactly one primary admin. Groups belong to the team in
        their column, to the team that their file or folder is named after, or to the only team.

        Why: A file that was cut off looks like an account in which people are missing. What is not in it must not be
        removed, so nothing is read from any export.

        Source: seatsync

        Wrong:
            # users.csv
            first_name,last_name,email,team_alias,role,account_status,offering_name
            Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD
            Ben,Ode,ben@acme.example,des

        Right:
            # users.csv
            first_name,last_name,email,team_alias,role,account_status,offering_name
            Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD
            Ben,Ode,ben@acme.example,design,User,Active,AutoCAD
        """,
    ),
    (
        "SOURCE002",
        Severity.ERROR,
        """Exports that were downloaded together agree.

        What: Of several exports with facts of one kind about one team, the newest counts. If they are not more than an
        hour apart, or of one day and only the day is known, their facts are the same. The people in a groups export are
        in the users export, unless that is newer. A subscription is in one team. Rows of one file do not contradict
        each other. An export is from the day in its file's name, else from the file's time; in CI only a day in the
        name counts. Where they differ, this kind of fact is unknown in this team, and the rest is planned; without the
        members or the roles, the team is left out. `import` writes nothing then.

        Why: Nobody knows which of the two is right.

        Source: seatsync

        Wrong:
            # users-2026-06-15.csv and design-2026-06-15.csv
            email,team_alias,role,offering_name
            ana@acme.example,design,Primary admin,AutoCAD
            # the same row in the other file
            ana@acme.example,design,Secondary admin,AutoCAD

        Right:
            # users-2026-06-14.csv and users-2026-06-15.csv: the newer one counts
            email,team_alias,role,offering_name
            ana@acme.example,design,Primary admin,AutoCAD
        """,
    ),
    (
        "SOURCE003",
        Severity.ERROR,
        """Exports show names and e-mail addresses.

        What: Names and addresses are not `*****`. A masked usage report is only a warning: it is not used for seats.

        Why: Masked people cannot be distinguished. Exports are masked while personal data is switched off for the team.

        Source: the vendor's help on usage exports

        Wrong:
            # users.csv
            email,team_alias,role,offering_name
            *****,design,User,AutoCAD

        Right:
            # users.csv
            email,team_alias,role,offering_name
            cho@acme.example,design,User,AutoCAD
        """,
    ),
    (
        "SOURCE004",
        Severity.WARNING,
        """Exports are not too old, and newer than what was done since.

        What: The day in the name of each export that is used, or else the day of the file, is at most seven days ago,
        or as many as `max_age` of the portal says, and not in the future. In `refresh` that is an error, which
        `--stale-ok` passes once. In CI an export whose name has no day needs `--exported DATE`. Also, an export is only
        used for teams in which nothing was applied or confirmed since; otherwise it is a warning, and the mirror stays
        as it is there. If only the day of the export is known, and it is that of the apply, `--exported TIME` tells
        which came first. Exports that the mirror has read before are not reported while there is a newer one, so they
        may stay in the folder.

        Why: The account may have changed since, and a plan from old facts repeats what was done in the meantime.

        Source: seatsync

        Wrong:
            # on 2026-06-15
            exports/users-2026-06-01.csv

        Right:
            # on 2026-06-15
            exports/users-2026-06-14.csv
        """,
    ),
    (
        "SOURCE005",
        Severity.ERROR,
        """Exports show no more users, seats, groups or subscriptions gone than `max_removals` allows.

        What: In the teams of the exports, the users, seats and groups that the mirror has and the exports lack are
        counted as GUARD001 counts removals, and so are subscriptions in term; what open cases ask for does not count.
        It is also an error if an export mentions no known team and hardly anybody known (before the first refresh:
        declared), as those of another account do. It is a warning if nobody in a team has a product any more that
        several people had, and the team still has a subscription to it.

        Why: An export with a filter, of another account or without its end looks like an account from which people were
        removed. If they really are gone, pass the number: `--allow SOURCE005.users=132`.

        Source: seatsync

        Wrong:
            # users.csv, of a team with ten people
            email,team_alias,role,offering_name
            ana@acme.example,design,Primary admin,AutoCAD

        Right:
            # users.csv, with all of them
            email,team_alias,role,offering_name
            ana@acme.example,design,Primary admin,AutoCAD
            ben@acme.example,design,User,AutoCAD
        """,
    ),
    (
        "SOURCE006",
        Severity.WARNING,
        """Columns and words of exports are known.

        What: An unknown column is not read, nor is a file `*.txt` without any known column. An unknown word for a role
        or a status leaves it open: the declared role is assumed, people and subscriptions are taken as active, and
        nothing is planned about that. In teams with `directory_sync`, a group with an unknown type counts as synced.

        Why: The vendor renames columns and words. A new word must not turn an admin into a plain member.

        Source: seatsync

        Wrong:
            # users.csv
            email,team_alias,role,offering_name
            cho@acme.example,design,Chief admin,AutoCAD

        Right:
            # users.csv
            email,team_alias,role,offering_name
            cho@acme.example,design,Secondary admin,AutoCAD
        """,
    ),
    (
        "SOURCE007",
        Severity.INFO,
        """What no source shows is not changed.

        What: Nothing is planned about a team whose people no source shows, a classic contract, a subscription whose
        team or contract manager is unknown, and the invitations of pending people, whose dates no source shows. The
        plan lists teams, contracts and subscriptions under what is left out. Where no export shows the subscriptions of
        a team, nobody gets another seat there, and the team is not deleted; somebody whose role is an unknown word is
        not removed, nor does anybody lose a seat that the API shows to come from a group that no export shows. The
        plan's findings name these steps, and its `unknown` the export that would show the fact.

        Why: A fact that nobody has shown is unknown, which is not the same as absent.

        Source: seatsync

        Wrong:
            # users.csv has only team design
            teams: {civil: {primary_admin: ben@acme.example}}

        Right:
            # users.csv has the teams civil and design
            teams: {civil: {primary_admin: ben@acme.example}}
        """,
    ),
    (
        "SOURCE008",
        Severity.WARNING,
        """What was confirmed is in the next export.

        What: Of a case that `account confirm` closed, an export that is newer shows the effect, if exports can show it.
        Otherwise the mirror is as the export shows it, and the case is open again. Exports never show contract
        managers, single sign-on, products of groups, invitations that were sent again, deleted teams and groups without
        members.

        Why: Somebody confirmed something else, or it was undone since.

        Source: seatsync

        Wrong:
            # CASE-4, assign AutoCAD to ben@acme.example, was confirmed; users.csv of the next day has
            email,team_alias,role,offering_name
            ben@acme.example,design,User,

        Right:
            # CASE-4, assign AutoCAD to ben@acme.example, was confirmed; users.csv of the next day has
            email,team_alias,role,offering_name
            ben@acme.example,design,User,AutoCAD
        """,
    ),
    (
        "SOURCE009",
        Severity.WARNING,
        """The pools of the Team Admin API have as many seats as the subscriptions.

        What: The total of a product's pools in a team is the number of seats of its subscriptions in term that the
        mirror knows, which `refresh` checks. Where no source shows the subscriptions of a team, `plan` compares the
        declared ones. Unlimited pools, pools of other days, and totals that the API does not tell are not compared.
        Several pools of a product are added up, which is reported as information.

        Why: Subscriptions were bought, renewed or ended since their export, or are declared with a wrong number, and
        the API does not list them. Free seats are counted by the subscriptions.

        Source: seatsync

        Wrong:
            # the API lists a pool with "productName": "AutoCAD", "totalQuantity": 7
            subscription_id,offering_name,seat_quantity,start_date,end_date,team_alias
            574-1,AutoCAD,5,2026-01-01,2026-12-31,design

        Right:
            # the API lists a pool with "productName": "AutoCAD", "totalQuantity": 7
            subscription_id,offering_name,seat_quantity,start_date,end_date,team_alias
            574-1,AutoCAD,5,2026-01-01,2026-12-31,design
            574-2,AutoCAD,2,2026-02-01,2027-01-31,design
        """,
    ),
    (
        "SOURCE010",
        Severity.WARNING,
        """Insights has the exports of every team.

        What: With `insights: true`, every team of the signed-in person has the benefit ReportingAPIAccess, without
        which its exports cannot be ordered, and the usage exports can be had. If usage cannot be had, users and
        subscriptions are read all the same; without these two, nothing is (SOURCE001).

        Why: Nothing is recorded about a team that no source shows. It stays as it was seen last.

        Source: https://aps.autodesk.com/en/docs/insights/v1/

        Wrong:
            # a team in the answer of Insights
            {"contextId": "4865648", "alias": "design", "reportingBenefits": ["ReportingSeatUsage"]}

        Right:
            # a team in the answer of Insights
            {"contextId": "4865648", "alias": "design", "reportingBenefits": ["ReportingAPIAccess"]}
        """,
    ),
)
