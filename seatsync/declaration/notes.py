"""What is found while files are read: the findings so far, and where the schema has spoken already."""

from __future__ import annotations

from seatsync.account.email import identity, is_plain, problem
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.words import shown


class Notes:
    """The findings of one reading. Where a schema spoke, nothing more is said of the shape: one cause, one finding.

    `doubled` are the keys of which a second one was dropped (YAML002): what it said is not known.

    `people` remembers the identity of every address met. `complete` turns False where content was lost whose extent
    nobody knows, `unread` gets the sections that lost an entry.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.spoken: set[Location] = set()
        self.doubled: set[Location] = set()
        self.people: dict[str, str] = {}
        self.complete = True
        self.unread: set[str] = set()

    def schema(self, findings: list[Finding]) -> None:
        """Take over what a schema says."""
        self.findings += findings
        self.spoken.update(finding.location for finding in findings if finding.location is not None)

    def withdraw(self, at: Location) -> None:
        """Take back what a schema says of a place, because its cause is found and said."""
        if at in self.spoken:
            self.findings = [finding for finding in self.findings if finding.location != at]
            self.spoken.discard(at)

    def shape(self, at: Location, message: str, hint: str = "") -> None:
        """A value of the wrong shape (SCHEMA001), unless the schema said so."""
        if at not in self.spoken:
            self.findings.append(Finding("SCHEMA001", Severity.ERROR, message, at, hint))

    def secret(self, at: Location, what: str) -> None:
        """A password or token in a file (SCHEMA001): whoever reads the repository would read it."""
        hint = "take it out: secrets come from the environment (SEATSYNC_TOKEN) or a file, never from YAML"
        message = f"{what} has a password in it"
        self.findings.append(Finding("SCHEMA001", Severity.ERROR, message, at, hint, secret=True))

    def sense(self, at: Location, message: str, hint: str = "") -> None:
        """Values that do not go together (SCHEMA002)."""
        self.findings.append(Finding("SCHEMA002", Severity.ERROR, message, at, hint))

    def twice(
        self,
        at: Location,
        message: str,
        first: Location,
        says: str = "first declared here",
        things: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """An identity declared or claimed a second time (REF002)."""
        related = (Related(first, says),)
        self.findings.append(Finding("REF002", Severity.ERROR, message, at, related=related, things=things))

    def identity(self, text: str) -> str | None:
        """The identity of an address; None where the text is none."""
        known = self.people.get(text)
        if known is None:
            known = text if is_plain(text) else identity(text)
            if known is not None:
                self.people[text] = known
        return known

    def no_address(self, text: str, at: Location) -> None:
        """Report a text that is not an e-mail address."""
        self.shape(at, f"{shown(text)} is not an e-mail address", problem(text))
