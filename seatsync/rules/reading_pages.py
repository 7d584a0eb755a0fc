"""Manual pages of findings in files: FILE, YAML, SCHEMA and REF002."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "FILE001",
        Severity.WARNING,
        """Every pattern of `include` matches a file, and every file of the project is included.

        What: A pattern with wildcards matches at least one file. Each YAML or CSV file below the project folder is
        matched by a pattern. Exempt are the project file, snapshots, hidden files and folders, the folders `schemas`,
        `notices`, `exports` and `runs`, folders with a project file of their own, and files that match
        `policy.unread` or `portal.exports`. A missing file that is listed without wildcards is reported as SCHEMA001.

        Why: A file that is forgotten, misplaced, or named `.yml` instead of `.yaml` declares nothing. The people in it
        would be removed from the account.

        Source: seatsync

        Wrong:
            # include: [account.yaml, "contracts/*.yaml"]

        Right:
            # include: [account.yaml]
        """,
    ),
    (
        "YAML001",
        Severity.ERROR,
        """A file is well-formed YAML.

        What: Brackets, quotes and indentation match. Reading stops at the first error, and findings that may result
        from the unread rest are not reported.

        Why: A file that can be read only in part has no clear meaning.

        Source: the YAML specification

        Wrong:
            teams: {build: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}

        Right:
            teams: {build: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        """,
    ),
    (
        "YAML002",
        Severity.ERROR,
        """A mapping has no duplicate keys.

        What: No two keys of one mapping are equal. The remaining checks use the first value.

        Why: Most YAML parsers silently use the last value, so one of two declared primary admins would be lost.

        Source: the YAML specification

        Wrong:
            teams:
              build:
                primary_admin: ana@acme.example
                secondary_admins: [cho@acme.example]
                primary_admin: ben@acme.example

        Right:
            teams:
              build:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example, cho@acme.example]
        """,
    ),
    (
        "YAML003",
        Severity.ERROR,
        """A file has no tags and no directives.

        What: No value starts with `!` (a tag) and no line starts with `%` (a directive). Quote text that starts with
        one of them.

        Why: Tags change the type of a value. Without them, a value has the type that it appears to have.

        Source: seatsync

        Wrong:
            teams:
              build:
                primary_admin: !!str ana@acme.example
                secondary_admins: [ben@acme.example]

        Right:
            teams:
              build:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example]
        """,
    ),
    (
        "YAML004",
        Severity.ERROR,
        """A file has no anchors, aliases or merge keys.

        What: No value starts with `&` or `*`, and no key is `<<`. Quote text that starts with one of them. People who
        are needed in several places can be named once, under `lists`.

        Why: Reviewers see the effect of a change without looking up aliases, and a small file cannot expand into a
        huge one.

        Source: seatsync

        Wrong:
            teams:
              build:
                primary_admin: &lead ana@acme.example
                secondary_admins: [ben@acme.example]
                members: [*lead]

        Right:
            teams:
              build:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example]
                members: [ana@acme.example]
        """,
    ),
    (
        "YAML005",
        Severity.ERROR,
        """A file is one document of plain UTF-8 text of limited depth and size.

        What: The file is UTF-8 without control characters, has no second document after `---`, and stays within the
        limits for nesting and size. A CSV may be UTF-16 with a byte order mark as well; one in Windows-1252 is read,
        with a note at its first special character.

        Why: Other files are damaged or hostile. The encoding of a CSV that is not Unicode can only be guessed, so
        names in it may come out wrong.

        Source: seatsync

        Wrong:
            users: {hal@acme.example: {}}
            ---
            teams: {build: {primary_admin: hal@acme.example, secondary_admins: [ben@acme.example]}}

        Right:
            users: {hal@acme.example: {}}
            teams: {build: {primary_admin: hal@acme.example, secondary_admins: [ben@acme.example]}}
        """,
    ),
    (
        "SCHEMA001",
        Severity.ERROR,
        """Every value conforms to the schema.

        What: All keys are known, no required key is missing, values have the right type and an allowed value, addresses
        are e-mail addresses, and dates are written as 2026-12-31. The finding is placed at the unknown key, at the
        invalid value, or at the mapping with a missing key. `seatsync schema fragment` prints the schema, which editors
        can use.

        Why: A misspelt field would be ignored silently.

        Source: seatsync

        Wrong:
            teams:
              design:
                secondary_admin: [cho@acme.example]

        Right:
            teams:
              design:
                secondary_admins: [ben@acme.example, cho@acme.example]
        """,
    ),
    (
        "SCHEMA002",
        Severity.ERROR,
        """Related values are consistent.

        What: A term does not end before it starts, `until` is not before `from`, single-user and multi-user
        subscriptions have `seats`, Flex subscriptions have `tokens`, and so on.

        Why: Each value is valid by itself. Only you know which of them is wrong.

        Source: seatsync

        Wrong:
            subscriptions:
              "574-1": {starts: 2027-01-01, ends: 2026-12-31}

        Right:
            subscriptions:
              "574-1": {starts: 2026-01-01, ends: 2026-12-31}
        """,
    ),
    (
        "SCHEMA003",
        Severity.ERROR,
        """A rule of the project is a CEL expression of its variables that is true or false.

        What: The expression under `must` compiles: its variables are those of `each`, and are used as texts, numbers
        and lists are. It is within the limits of rules, which also end the check of one that takes too long. The cases
        under `passes` and `fails` name variables, with values of their types.

        Why: No rule is judged while one of them is wrong: what it was meant to find would pass.

        Source: seatsync

        Wrong:
            # rules: {POLICY101: {each: team, must: "secondary_admin.size() > 0", message: a deputy each}}

        Right:
            # rules: {POLICY101: {each: team, must: "secondary_admins.size() > 0", message: a deputy each}}
        """,
    ),
    (
        "REF002",
        Severity.ERROR,
        """Every person, list, team, group, subscription and contract is declared once.

        What: Each of them is declared in one place of the repository. Addresses are compared like in the account,
        ignoring case. A previous address (`previous_emails`) or name (`renamed_from`) is claimed only once, and is not
        declared itself. The finding is placed at the later declaration and refers to the earlier one.

        Why: With two declarations it would be unclear which one is valid.

        Source: seatsync

        Wrong:
            users:
              Ana@ACME.example: {}

        Right:
            users:
              ana.silva@acme.example: {}
        """,
    ),
)
