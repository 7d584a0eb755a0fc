"""Pages of what is found while the files are read: FILE, YAML, SCHEMA and REF002."""

from __future__ import annotations

from seatsync.finding import Severity

PAGES: tuple[tuple[str, Severity, str], ...] = (
    (
        "FILE001",
        Severity.WARNING,
        """Every pattern of `include` matches something, and every file of the project is matched.

        What: A pattern with wildcards matches at least one file. Each YAML or CSV file below the project folder is
        matched by a pattern, apart from the project file, snapshots, hidden files and folders, the folders `schemas`,
        `notices`, `exports` and `runs`, folders that have a project file of their own, and what the patterns of
        `policy.unread` name. A path that names one file must exist: that is SCHEMA001.

        Why: A file that is forgotten, misplaced, or called `.yml` where the pattern says `.yaml`, declares nothing.
        Whoever stands in it would be removed from the account.

        Source: the configuration's own

        Wrong:
            # include: [account.yaml, "contracts/*.yaml"]
            users: {ana@acme.example: {}, ben@acme.example: {}}
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}

        Right:
            # include: [account.yaml]
            users: {ana@acme.example: {}, ben@acme.example: {}}
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        """,
    ),
    (
        "YAML001",
        Severity.ERROR,
        """A file is well-formed YAML.

        What: Brackets, quotes and indentation fit together. The first place that does not ends the reading of the file;
        what the rest might have explained is not reported.

        Why: Nobody can say what a file means that stops halfway.

        Source: the YAML specification

        Wrong:
            users: {}
            teams: {design: {primary_admin: ana@acme.example}

        Right:
            users: {ana@acme.example: {}, ben@acme.example: {}}
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        """,
    ),
    (
        "YAML002",
        Severity.ERROR,
        """A key stands once in a mapping.

        What: No two keys of one mapping are alike. The first value is kept, so that the rest can be checked.

        Why: Most readers of YAML silently take the last of the two. A team with two primary admins in its file would
        get one of them by chance.

        Source: the YAML specification

        Wrong:
            teams:
              design:
                primary_admin: ana@acme.example
                secondary_admins: [cho@acme.example]
                primary_admin: ben@acme.example

        Right:
            teams:
              design:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example, cho@acme.example]
        """,
    ),
    (
        "YAML003",
        Severity.ERROR,
        """A file has no tags and no directives.

        What: No value begins with `!` (a tag) and no line with `%` (a directive). Quote a text that begins so.

        Why: Tags change what a value is. A number here is a number because it looks like one, for every reader.

        Source: the configuration's own

        Wrong:
            teams:
              design:
                primary_admin: !!str ana@acme.example
                secondary_admins: [ben@acme.example]

        Right:
            teams:
              design:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example]
        """,
    ),
    (
        "YAML004",
        Severity.ERROR,
        """A file has no anchors, aliases or merge keys.

        What: No value begins with `&` or `*`, and no key is `<<`. Quote a text that begins so.

        Why: Whoever reads a change sees what it does, without looking for the place that an alias stands for. It also
        keeps a small file from unfolding into a huge one.

        Source: the configuration's own

        Wrong:
            teams:
              design:
                primary_admin: &lead ana@acme.example
                secondary_admins: [ben@acme.example]
                members: [*lead]

        Right:
            teams:
              design:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example]
                members: [ana@acme.example]
        """,
    ),
    (
        "YAML005",
        Severity.ERROR,
        """A file is one document of plain UTF-8 text, of a reasonable depth and size.

        What: The bytes are UTF-8, there are no control characters, no second document begins with `---`, and nothing is
        nested or grown beyond what a configuration needs.

        Why: Such files are damaged, or made to do damage.

        Source: the configuration's own

        Wrong:
            users: {ana@acme.example: {}, ben@acme.example: {}}
            ---
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}

        Right:
            users: {ana@acme.example: {}, ben@acme.example: {}}
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
        """,
    ),
    (
        "SCHEMA001",
        Severity.ERROR,
        """Every value has the shape that its place asks for.

        What: Keys are known, none that is required lacks, values have the right type and are among those allowed,
        addresses are e-mail addresses, dates are written 2026-12-31. The finding stands at the unknown key, at the
        offending value, or at the key of the mapping that lacks something. `seatsync schema fragment` prints the whole
        shape, and editors can use it.

        Why: A misspelt field would be ignored without a word.

        Source: the configuration's own

        Wrong:
            teams:
              design:
                primary_admin: ana@acme.example
                secondary_admin: [ben@acme.example]

        Right:
            teams:
              design:
                primary_admin: ana@acme.example
                secondary_admins: [ben@acme.example]
        """,
    ),
    (
        "SCHEMA002",
        Severity.ERROR,
        """Values that stand together make sense together.

        What: A term does not end before it begins, `until` is not before `from`, single-user and multi-user
        subscriptions have `seats`, Flex ones have `tokens`, and the like.

        Why: Each of the two values is fine alone. Only you know which of them is meant.

        Source: the configuration's own

        Wrong:
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ana@acme.example, starts: 2027-01-01, ends: 2026-12-31}

        Right:
            teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}}
            subscriptions:
              "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
                        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
        """,
    ),
    (
        "REF002",
        Severity.ERROR,
        """An identity is declared, or claimed, once.

        What: A person, team, group, subscription or contract is declared in one place of the whole repository.
        Addresses are compared as the account compares them: capitals do not count. Old addresses (`previous_emails`)
        and old names (`renamed_from`) are claimed by one person or thing only, and are not declared any more. The
        finding stands at the later place and names the earlier one.

        Why: With two declarations of one thing, nobody could say which one holds.

        Source: the configuration's own

        Wrong:
            users:
              ana@acme.example: {first_name: Ana, last_name: Silva}
              Ana@ACME.example: {first_name: Ana, last_name: Silva}

        Right:
            users:
              ana@acme.example: {first_name: Ana, last_name: Silva}
        """,
    ),
)
