"""Manual pages of findings about usage that is recorded: USAGE. Their examples are rows of exports."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "USAGE001",
        Severity.WARNING,
        """The people and teams in usage exports are in the account.

        What: Every address and every team in a usage export or usage report is one of the account. The finding counts
        the others and points at the first three. What they used is kept under that address or name, as the sums of a
        team or product need it. A file is only judged when it is new. People without an address, who are hashed, are
        not judged.

        Why: People who left are still in older exports. If many are unknown, the export is of another account, or
        somebody has another address here than at the vendor.

        Source: seatsync

        Wrong:
            # usage.csv, and zoe@acme.example is not in the account
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-06-12,zoe@acme.example,design,AutoCAD,Subscription,0

        Right:
            # usage.csv
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-06-12,cho@acme.example,design,AutoCAD,Subscription,0
        """,
    ),
    (
        "USAGE002",
        Severity.ERROR,
        """A usage export is of this account.

        What: At least one person or one team in a usage export or usage report is in the account. Otherwise nothing is
        recorded, and `refresh` records nothing else either.

        Why: The usage of another account would be kept for months, and its people with it.

        Source: seatsync

        Wrong:
            # usage.csv, of the account globex
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-06-12,ida@globex.example,lab,AutoCAD,Subscription,0

        Right:
            # usage.csv
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-06-12,cho@acme.example,design,AutoCAD,Subscription,0
        """,
    ),
    (
        "USAGE003",
        Severity.WARNING,
        """Usage exports agree about the tokens of a day.

        What: If two files tell how many tokens somebody used for a product on a day, the numbers are the same. Those of
        the file that was downloaded later count, whichever is recorded first. It is no difference if the day was not
        over when the earlier one was downloaded. A day that only one of them has is no difference either: both count.

        Why: One of the two was edited, or has a filter, such as one for a version.

        Source: seatsync

        Wrong:
            # usage-2026-06-13.csv and usage-2026-06-14.csv
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-06-12,cho@acme.example,design,AutoCAD,Flex,7
            # the same row in the other file
            2026-06-12,cho@acme.example,design,AutoCAD,Flex,9

        Right:
            # usage-2026-06-13.csv and usage-2026-06-14.csv
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-06-12,cho@acme.example,design,AutoCAD,Flex,7
            # the same row in the other file
            2026-06-12,cho@acme.example,design,AutoCAD,Flex,7
        """,
    ),
    (
        "USAGE004",
        Severity.WARNING,
        """No months are missing between those of which usage is known.

        What: For each team, usage exports cover every month between the first and the last one. A usage report covers
        no months, as it has no days. What is not covered is unknown, so reports do not take it for months without use.

        Why: Somebody who used a product in such a month would seem not to have used it.

        Source: seatsync

        Wrong:
            # usage-2026-02.csv, and usage-2026-04.csv with the same columns
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-02-03,cho@acme.example,design,AutoCAD,Subscription,0
            # the only row of the other file
            2026-04-03,cho@acme.example,design,AutoCAD,Subscription,0

        Right:
            # usage-2026-02-to-04.csv
            day_used,email,team_alias,offering_name,access_option,tokens_used
            2026-02-03,cho@acme.example,design,AutoCAD,Subscription,0
            2026-03-03,cho@acme.example,design,AutoCAD,Subscription,0
            2026-04-03,cho@acme.example,design,AutoCAD,Subscription,0
        """,
    ),
)
