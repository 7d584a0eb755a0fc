"""The variables of the project's own rules, one table for each value of `each`.

A variable is declared with its whole name (`person.external`), so that a misspelt one is refused when the expression is
compiled. Days are text (`2027-03-31`), which compares in the order of time.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from seatsync.account.actions.table import ACTIONS
from seatsync.account.attributes import DEPLOYMENTS, LICENSE_TYPES, OFFERINGS, ROLE_TITLES, ROUTES, SALES_CHANNELS

Each: TypeAlias = Literal["person", "seat", "role", "group", "team", "subscription", "contract", "pool", "step", "plan"]
"""The subject of a rule: a thing of the declaration, or a step or the whole of a plan."""

Kind: TypeAlias = Literal["string", "string?", "int", "int?", "double?", "bool", "list(string)", "map(string, double)"]
"""The CEL type of a variable. With a question mark it can be null."""

TITLES: Mapping[Kind, str] = {
    "string": "text",
    "string?": "text or null",
    "int": "number",
    "int?": "number or null",
    "double?": "amount or null",
    "bool": "true or false",
    "list(string)": "list of texts",
    "map(string, double)": "amount by currency",
}
"""The types in words."""


class Variable(NamedTuple):
    """A variable: its name, type, what it means, and the texts that it can be if only these are possible."""

    name: str
    type: Kind
    description: str
    values: tuple[str, ...] = ()


_KINDS = tuple(dict.fromkeys(spec.kind for spec in ACTIONS.values()))
_CHANNELS = tuple(dict.fromkeys(spec.channel for spec in ACTIONS.values()))

_ALWAYS = (
    Variable("today", "string", "the day that is checked, such as `2026-11-30`"),
    Variable("account", "string", "the name of the account"),
    Variable("email_domains", "list(string)", "the e-mail domains that the policy allows"),
)

_PERSON = (
    Variable("person.email", "string", "the e-mail address, in its normal form"),
    Variable("person.domain", "string", "the part of the address after the `@`"),
    Variable("person.first_name", "string?", "the first name, null if it is not declared"),
    Variable("person.last_name", "string?", "the last name, null if it is not declared"),
    Variable("person.language", "string?", "the language of mails, null if it is not declared"),
    Variable("person.external", "bool", "an external user of any team"),
    Variable("person.protected", "bool", "protected by the policy"),
    Variable("person.teams", "list(string)", "the teams that name the person"),
    Variable("person.groups", "list(string)", "the groups that the person is in, as `team/group`"),
    Variable(
        "person.products", "list(string)", "the products held in teams and contracts, directly or through a group"
    ),
    Variable("person.primary_of", "list(string)", "the teams that declare the person as primary admin"),
    Variable("person.secondary_of", "list(string)", "the teams that declare the person as secondary admin"),
    Variable("person.sso_of", "list(string)", "the teams that declare the person as SSO admin"),
    Variable("person.external_in", "list(string)", "the teams that declare the person as external user"),
    Variable("person.manages", "list(string)", "the subscriptions and contracts with the person as contract manager"),
    Variable("person.coordinates", "list(string)", "the contracts with the person as software coordinator"),
)

_DAYS = (
    Variable("from", "string?", "the first day of the entry, null if it has none"),
    Variable("until", "string?", "the last day of the entry, null if it has none"),
    Variable("days_left", "int?", "the days from today to `until`, null without one"),
)

_SEAT = (
    *_PERSON,
    Variable("product", "string", "the product"),
    Variable("team", "string?", "the team, null for a seat of a contract"),
    Variable("contract", "string?", "the contract, null for a seat of a team"),
    Variable("group", "string?", "the group through which the seat comes, null if it is direct"),
    Variable("direct", "bool", "assigned to the person, not through a group"),
    Variable("offerings", "list(string)", "the offerings in term of the team for the product", OFFERINGS),
    *_DAYS,
)

_ROLE = (
    *_PERSON,
    Variable("role", "string", "the role", tuple(ROLE_TITLES)),
    Variable("team", "string?", "the team, null for a role of a contract or of a subscription without team"),
    Variable("subscription", "string?", "the subscription of a contract manager, null for other roles"),
    Variable("contract", "string?", "the contract, null for other roles"),
    *_DAYS,
)

_GROUP = (
    Variable("team", "string", "the team"),
    Variable("group", "string", "the name of the group"),
    Variable("members", "list(string)", "the members on the day"),
    Variable("products", "list(string)", "the products of the group on the day"),
    *_DAYS,
)

_TEAM = (
    Variable("team", "string", "the name of the team"),
    Variable("primary_admin", "string?", "the primary admin, null if the contract manager is it by default"),
    Variable("secondary_admins", "list(string)", "the secondary admins on the day"),
    Variable("sso_admins", "list(string)", "the SSO admins on the day"),
    Variable("external_users", "list(string)", "the external users on the day"),
    Variable("members", "list(string)", "everybody that the team names on the day, also in groups, seats and roles"),
    Variable("groups", "list(string)", "the names of the groups on the day"),
    Variable("products", "list(string)", "the products that the team assigns"),
    Variable("subscriptions", "list(string)", "the subscriptions of the team"),
    Variable("sso", "bool", "the team declares single sign-on"),
    Variable("protected", "bool", "protected by the policy"),
    Variable("costs", "map(string, double)", "what the subscriptions in term cost a year, where prices are declared"),
)

_PRICE = (
    Variable("price", "double?", "the price of one seat or token, null if none is declared"),
    Variable("currency", "string?", "the currency of the price"),
    Variable("per", "string?", "what the price is for", ("year", "month", "term", "token")),
    Variable("cost", "double?", "what it costs in a year, null without a price or out of term"),
)

_SUBSCRIPTION = (
    Variable("subscription", "string", "the number of the subscription"),
    Variable("team", "string?", "the team, null if it is in none"),
    Variable("product", "string", "the product"),
    Variable("offering", "string", "the offering", OFFERINGS),
    Variable("seats", "int?", "the seats on the day, null for tokens"),
    Variable("tokens", "int?", "the tokens on the day, null for seats"),
    Variable("channel", "string", "where it was bought", SALES_CHANNELS),
    Variable("contract_manager", "string?", "the contract manager, null if none is declared"),
    Variable("starts", "string", "the first day of the term, of the present one if it renews by itself"),
    Variable("ends", "string", "the last day of the term, of the present one if it renews by itself"),
    Variable("days_left", "int", "the days from today to the end of the term; negative after it"),
    Variable("auto_renew", "bool", "it renews by itself"),
    *_PRICE,
)

_CONTRACT = (
    Variable("contract", "string", "the contract number"),
    Variable("contract_manager", "string?", "the contract manager, null if none is declared"),
    Variable("software_coordinator", "string?", "the software coordinator, null if none is declared"),
    Variable("license_type", "string?", "the type of licence", LICENSE_TYPES),
    Variable("channel", "string", "where it was bought", SALES_CHANNELS),
    Variable("deployment", "string?", "the deployment, null if none is declared", DEPLOYMENTS),
    Variable("starts", "string?", "the first day of the term, null without one"),
    Variable("ends", "string?", "the last day of the term, null without one"),
    Variable("days_left", "int?", "the days from today to the end of the term; null without one"),
    Variable("products", "list(string)", "the products"),
    Variable("services", "list(string)", "the cloud services"),
    Variable("seats", "int", "the seats of all products together"),
    Variable("support", "list(string)", "the people with support benefits on the day"),
    Variable("members", "list(string)", "everybody that the contract names on the day"),
)

_POOL = (
    Variable("team", "string", "the team"),
    Variable("product", "string", "the product"),
    Variable("offerings", "list(string)", "the offerings in term", OFFERINGS),
    Variable("subscriptions", "list(string)", "the subscriptions in term"),
    Variable("seats", "int?", "the seats in term, null for an offering without a limit"),
    Variable("held", "int", "the people who hold a seat on the day"),
    Variable("free", "int?", "the seats left, negative if too many are assigned; null without a limit"),
    Variable("ends", "string?", "the day on which the last subscription in term ends, null if none is in term"),
    Variable("days_left", "int?", "the days from today to `ends`"),
    Variable("costs", "map(string, double)", "what the subscriptions in term cost a year, where prices are declared"),
)

_STEP = (
    Variable("action", "string", "the action, such as `seat.assign`", tuple(ACTIONS)),
    Variable("kind", "string", "what it does", _KINDS),
    Variable("channel", "string", "how the vendor takes it", _CHANNELS),
    Variable("route", "string", "how it is carried out", ROUTES),
    Variable("team", "string?", "the team, null for other steps"),
    Variable("contract", "string?", "the contract, null for other steps"),
    Variable("user", "string?", "the person whom the step is about"),
    Variable("to", "string?", "the new name or address that the step gives"),
    Variable("group", "string?", "the group that the step names"),
    Variable("product", "string?", "the product that the step names"),
    Variable("service", "string?", "the cloud service that the step names"),
    Variable("subscription", "string?", "the subscription that the step names"),
    Variable("performers", "list(string)", "the people who may perform the step"),
    Variable("allowed", "bool", "the actor may perform the step"),
    Variable("actor", "string?", "who acts, null for the owner"),
    Variable("codes", "list(string)", "the codes of findings about the step, such as `STEP006`"),
)

_PLAN = (
    Variable("actor", "string?", "who acts, null for the owner"),
    Variable("steps", "int", "the number of steps"),
    Variable("add", "int", "the steps that add something"),
    Variable("change", "int", "the steps that change something"),
    Variable("remove", "int", "the steps that remove something"),
    Variable("manual", "int", "the steps that people carry out"),
    Variable("actions", "list(string)", "the actions of the steps, each once"),
    Variable("teams", "list(string)", "the teams of the steps, each once"),
    Variable("contracts", "list(string)", "the contracts of the steps, each once"),
    Variable("cost_change", "map(string, double)", "what is bought costs so much more or less a year, after the plan"),
    Variable("allow", "list(string)", "the guards that `--allow` lets pass"),
    Variable("unknown", "int", "the facts about the account that no source shows"),
)

VARIABLES: Mapping[Each, tuple[Variable, ...]] = {
    "person": (*_PERSON, *_ALWAYS),
    "seat": (*_SEAT, *_ALWAYS),
    "role": (*_ROLE, *_ALWAYS),
    "group": (*_GROUP, *_ALWAYS),
    "team": (*_TEAM, *_ALWAYS),
    "subscription": (*_SUBSCRIPTION, *_ALWAYS),
    "contract": (*_CONTRACT, *_ALWAYS),
    "pool": (*_POOL, *_ALWAYS),
    "step": (*_STEP, *_ALWAYS),
    "plan": (*_PLAN, *_ALWAYS),
}
"""The variables by what a rule is about."""

DEFAULTS: Mapping[Kind, Any] = {
    "string": "",
    "string?": None,
    "int": 0,
    "int?": None,
    "double?": None,
    "bool": False,
    "list(string)": [],
    "map(string, double)": {},
}
"""The value of a variable that a test case leaves out."""
