"""Findings and completeness collected while the files of a repository are read."""

from __future__ import annotations

from seatsync.account.email import identity, is_plain, problem
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.words import shown


class Diagnostics:
    """Findings of one load. A location with a schema finding gets no further shape finding: one cause, one finding.

    `duplicate_keys` are the locations of keys with a dropped duplicate (YAML002), whose value is unreliable.
    `people` caches the identity of every address. `complete` becomes False if an unknown amount of content was lost;
    `unread` contains the sections that lost an entry.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.schema_locations: set[Location] = set()
        self.duplicate_keys: set[Location] = set()
        self.people: dict[str, str] = {}
        self.complete = True
        self.unread: set[str] = set()

    def add_schema_findings(self, findings: list[Finding]) -> None:
        """Add the findings of schema validation."""
        self.findings += findings
        self.schema_locations.update(finding.location for finding in findings if finding.location is not None)

    def withdraw_schema_finding(self, at: Location) -> None:
        """Remove the schema finding at a location whose cause is reported by another finding."""
        if at in self.schema_locations:
            self.findings = [finding for finding in self.findings if finding.location != at]
            self.schema_locations.discard(at)

    def report_shape(self, at: Location, message: str, hint: str = "") -> None:
        """Report a value of the wrong shape (SCHEMA001), unless schema validation did."""
        if at not in self.schema_locations:
            self.findings.append(Finding("SCHEMA001", Severity.ERROR, message, at, hint))

    def report_secret(self, at: Location, what: str) -> None:
        """Report a password or token in a file (SCHEMA001), where every reader of the repository sees it."""
        hint = "remove it: secrets come from the environment (SEATSYNC_TOKEN) or a file, never from YAML"
        message = f"{what} contains a password"
        self.findings.append(Finding("SCHEMA001", Severity.ERROR, message, at, hint, secret=True))

    def report_conflict(self, at: Location, message: str, hint: str = "") -> None:
        """Report values that contradict each other (SCHEMA002)."""
        self.findings.append(Finding("SCHEMA002", Severity.ERROR, message, at, hint))

    def report_duplicate(
        self,
        at: Location,
        message: str,
        first: Location,
        related_message: str = "first declared here",
        things: tuple[tuple[str, str], ...] = (),
        hint: str = "remove one of the two",
    ) -> None:
        """Report an identity that is declared or claimed a second time (REF002)."""
        related = (Related(first, related_message),)
        self.findings.append(Finding("REF002", Severity.ERROR, message, at, hint, related=related, things=things))

    def identity(self, text: str) -> str | None:
        """Return the identity of an address, None if the text is not an address."""
        known = self.people.get(text)
        if known is None:
            known = text if is_plain(text) else identity(text)
            if known is not None:
                self.people[text] = known
        return known

    def report_address(self, text: str, at: Location) -> None:
        """Report a text that is not an e-mail address."""
        self.report_shape(at, f"{shown(text)} is not an e-mail address", problem(text))
