"""Profiles of the made-up portal: one field for each thing that the documentation of the vendor's APIs leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from seatsync.errors import WrongUsage

DEFAULT: Final = "guess-A"
"""The name of the profile without any variant: the guesses that seem most likely."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The behaviour of the made-up portal where nobody knows that of the real one.

    The defaults are `guess-A`; `VARIANTS` has all other values.

    `lag`, `link_life`, `export_seconds` and `export_age` are seconds. `every`: each call of this number, counted for
    reads and writes apart, has the `fault`.
    """

    names: Literal["camel", "snake", "none"] = "camel"
    shows_email: bool = True
    roles: Literal["guess", "spelled", "invented", "list", "none"] = "guess"
    status: Literal["title", "invited", "lower", "none"] = "title"
    pending: Literal["listed", "hidden", "without seats"] = "listed"
    more_fields: bool = False
    add_keys: tuple[str, str, str] = ("email", "firstName", "lastName")
    add_status: int = 201
    exists_status: int = 200
    full_status: int = 422
    unassign_status: int = 204
    inherited: str = "GROUP"
    shows_types: bool = True
    effective: Literal["inherited", "direct"] = "inherited"
    pools: Literal["one", "split"] = "one"
    future_count: int | None = None
    rate_headers: Literal["none", "retry-seconds", "retry-date", "ratelimit", "x-ratelimit"] = "none"
    error: str = "developerMessage"
    oauth_error: Literal["oauth", "developerMessage"] = "oauth"
    problem_types: Literal["invented", "none"] = "invented"
    request_ids: Literal["always", "not on errors"] = "always"
    insights_ids: Literal["other", "same"] = "other"
    refused_cursors: int = 0
    cursors: Literal["once", "loop"] = "once"
    order: Literal["stable", "shuffled"] = "stable"
    joins_between_pages: bool = False
    email_case: Literal["stored", "mixed"] = "stored"
    email_match: Literal["folded", "exact"] = "folded"
    lag: float = 0.0
    fault: Literal["none", "drop after", "reset after", "error after", "error before", "429"] = "none"
    fault_on: Literal["writes", "reads"] = "writes"
    every: int = 3
    pkce: Literal["accepted", "refused"] = "accepted"
    generation: Literal["G0", "G1", "G2"] = "G2"
    masked: bool = False
    export_end: Literal["COMPLETED", "ERROR", "EXPIRED"] = "COMPLETED"
    filter_sheet: bool = False
    export_seconds: float = 30.0
    export_age: float = 0.0
    link_life: float = 300.0

    @property
    def is_late(self) -> bool:
        """True if something shows the account as it was before."""
        return self.lag > 0 or self.export_age > 0


class Variant(NamedTuple):
    """One value of one field of a profile that is not its default, and what it means."""

    field: str
    value: Any
    meaning: str


NEVER: Final = 10**9
"""A number of refused cursors that no test reaches: every cursor is refused."""

VARIANTS: Final[Mapping[str, Variant]] = {
    "snake-names": Variant("names", "snake", "people have `first_name` and `last_name`"),
    "no-names": Variant("names", "none", "people have no names"),
    "no-email": Variant("shows_email", value=False, meaning="people have no `email`"),
    "roles-spelled": Variant("roles", "spelled", "roles as on the portal's pages: `Primary admin`, `External user`"),
    "roles-invented": Variant("roles", "invented", "admins have a role that nobody has seen: `INVENTED_STEWARD`"),
    "roles-list": Variant("roles", "list", "a list of roles instead of one"),
    "no-roles": Variant("roles", "none", "people have no role"),
    "status-invited": Variant("status", "invited", "`INVITED` and `ACTIVE` instead of `Pending` and `Active`"),
    "status-lower": Variant("status", "lower", "`pending` and `active`"),
    "no-status": Variant("status", "none", "people have no status"),
    "pending-hidden": Variant("pending", "hidden", "pending people are not listed"),
    "pending-without-seats": Variant("pending", "without seats", "pending people get no seats (422)"),
    "more-fields": Variant("more_fields", value=True, meaning="every object has a field that nobody has seen"),
    "add-snake": Variant("add_keys", ("email", "first_name", "last_name"), "an invitation has names in snake case"),
    "add-address": Variant(
        "add_keys", ("emailAddress", "givenName", "familyName"), "an invitation has quite other names of fields"
    ),
    "add-200": Variant("add_status", 200, "an invitation is answered with 200 instead of 201"),
    "exists-409": Variant("exists_status", 409, "an assignment that exists already is answered with 409, not 200"),
    "exists-422": Variant("exists_status", 422, "an assignment that exists already is answered with 422, not 200"),
    "full-409": Variant("full_status", 409, "a full pool is answered with 409 instead of 422"),
    "full-400": Variant("full_status", 400, "a full pool is answered with 400 instead of 422"),
    "unassign-200": Variant("unassign_status", 200, "an assignment is removed with 200 and a body instead of 204"),
    "inherited-team": Variant("inherited", "TEAM", "inherited assignments are called `TEAM` instead of `GROUP`"),
    "inherited-invented": Variant("inherited", "INVENTED_WORD", "inherited assignments have a word nobody has seen"),
    "no-types": Variant("shows_types", value=False, meaning="assignments have no `assignmentType`"),
    "direct-wins": Variant("effective", "direct", "who holds a product both ways is shown as `DIRECT`, not inherited"),
    "pools-split": Variant("pools", "split", "a pool for each subscription: a product occurs several times"),
    "future-zero": Variant("future_count", 0, "a pool in the future has 0 assigned instead of null"),
    "retry-seconds": Variant("rate_headers", "retry-seconds", "429 has `Retry-After` in seconds"),
    "retry-date": Variant("rate_headers", "retry-date", "429 has `Retry-After` as a date"),
    "ratelimit": Variant("rate_headers", "ratelimit", "`RateLimit-Limit`, `-Remaining` and `-Reset`"),
    "x-ratelimit": Variant("rate_headers", "x-ratelimit", "`X-RateLimit-Limit`, `-Remaining` and `-Reset`"),
    **{
        f"error-{key}": Variant("error", key, f"errors of the gateway have their words in `{key}`")
        for key in ("detail", "userMessage", "title", "error_description", "error", "message")
    },
    "error-html": Variant("error", "html", "errors of the gateway are HTML pages"),
    "error-empty": Variant("error", "empty", "errors of the gateway have no body"),
    "oauth-developer": Variant("oauth_error", "developerMessage", "errors of sign-in have `developerMessage` alone"),
    "no-problem-types": Variant("problem_types", "none", "problems have no `type`"),
    "no-request-id": Variant("request_ids", "not on errors", "errors have no `X-Request-Id`"),
    "same-ids": Variant("insights_ids", "same", "a team has the same id in Insights"),
    "cursors-expire": Variant("refused_cursors", 1, "the first cursor that is used has expired (400)"),
    "cursors-dead": Variant("refused_cursors", NEVER, "every cursor has expired (400)"),
    "cursors-loop": Variant("cursors", "loop", "the second page is followed by itself for ever"),
    "shuffled": Variant("order", "shuffled", "every page is of another order: some rows twice, some not at all"),
    "insert-between": Variant("joins_between_pages", value=True, meaning="somebody joins after the first page"),
    "mixed-case": Variant("email_case", "mixed", "e-mail addresses are in another case in every answer"),
    "email-exact": Variant("email_match", "exact", "people are found by their address only in its own case"),
    "lag": Variant("lag", 60.0, "lists of people and of assignments are as they were a minute ago"),
    "drop-after": Variant("fault", "drop after", "every third change is made, but its answer is lost"),
    "reset-after": Variant("fault", "reset after", "every third change is made, and its connection reset"),
    "error-after": Variant("fault", "error after", "every third change is made, but answered with 503"),
    "error-before": Variant("fault", "error before", "every third change is answered with 503, and not made"),
    "busy": Variant("fault", "429", "every third change is answered with 429, and not made"),
    "on-reads": Variant("fault_on", "reads", "the chosen fault is in reads instead of changes"),
    "every-2": Variant("every", 2, "the chosen fault is in every second call instead of every third"),
    "pkce-refused": Variant("pkce", "refused", "a `code_challenge` is answered with 400"),
    "G0": Variant("generation", "G0", "exports of the oldest generation"),
    "G1": Variant("generation", "G1", "exports of the second generation, with titles"),
    "masked": Variant("masked", value=True, meaning="personal data is masked in exports"),
    "export-error": Variant("export_end", "ERROR", "ordered exports end as `ERROR`"),
    "export-expired": Variant("export_end", "EXPIRED", "ordered exports end as `EXPIRED`"),
    "filter-sheet": Variant("filter_sheet", value=True, meaning="each export has a table of its filters before it"),
    "export-at-once": Variant("export_seconds", 0.0, "exports are ready at once instead of after 30 seconds"),
    "export-slow": Variant("export_seconds", 600.0, "exports are ready only after ten minutes"),
    "old-exports": Variant("export_age", 86400.0, "exports are of the account as it was a day ago"),
    "short-links": Variant("link_life", 1.0, "links to exports are valid for a second instead of five minutes"),
}
"""The variants by name. A profile can have several, of different fields."""


def profile_of(names: Iterable[str]) -> Profile:
    """Return the profile with these variants. Raises WrongUsage for an unknown one, or two of one field."""
    changes: dict[str, tuple[str, Any]] = {}
    for name in names:
        if name == DEFAULT:
            continue
        variant = VARIANTS.get(name)
        if variant is None:
            raise WrongUsage(f"there is no profile {name!r}; `seatsync demo portal --profiles` lists them")
        before = changes.get(variant.field)
        if before is not None and before[0] != name:
            raise WrongUsage(f"the profiles {before[0]} and {name} exclude each other; choose one of them")
        changes[variant.field] = (name, variant.value)
    return replace(Profile(), **{field: value for field, (_, value) in changes.items()})
