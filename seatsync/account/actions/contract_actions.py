"""Actions on contracts: manager, coordinator, cloud services and support benefits."""

from __future__ import annotations

from seatsync.account.actions.effects import Answer, Refused, added, gone, place, refused, shown
from seatsync.account.actions.spec import CONTRACT_ROLES, MANAGER, ActionSpec, Performers, Request, Step
from seatsync.account.email import identity
from seatsync.account.entitlements import SERVICE_LIMIT, SUPPORT_PER_SEAT, support_limit
from seatsync.account.model import (
    Account,
    Change,
    Contract,
    Scope,
    Subscription,
    contract_values,
    subscription_values,
)

# Contract manager and software coordinator


def transfer_subscription(account: Account, request: Request) -> Answer:
    """Hand a subscription from a reseller to a member of its team, or of the account if it is in none."""
    if not request.subscription:
        return refused("contract_manager.transfer: the argument subscription is missing.")
    sub = account.subscriptions.get(request.subscription)
    if sub is None or Scope("team" if sub.team else "account", sub.team or "") != request.scope:
        return refused(f"There is no subscription {request.subscription} in {place(request.scope)}.")
    is_member = request.user in (account.teams[sub.team].members if sub.team else account.users)
    lack = _not_to(account, request, f"subscription {request.subscription}", sub, is_member=is_member)
    moved = sub._replace(contract_manager=request.user)
    row = Change("subscription", (request.subscription,), subscription_values(sub), subscription_values(moved))
    return lack or (row,)


def transfer_contract(account: Account, request: Request) -> Answer:
    """Hand a contract from a reseller to a member. The coordinator stays."""
    if request.subscription:
        return refused(f"There is no subscription {request.subscription} in {place(request.scope)}.")
    contract = account.contracts[request.scope.name]
    lack = _not_to(account, request, str(request.scope), contract, is_member=request.user in contract.members)
    values = contract_values(contract)
    return lack or (Change("contract", (request.scope.name,), values, (request.user, *values[1:])),)


def _not_to(
    account: Account, request: Request, what: str, thing: Subscription | Contract, *, is_member: bool
) -> Refused | None:
    """Return the refusal if the contract manager cannot hand a thing to the person of the request."""
    if request.user == thing.contract_manager:
        return refused(f"{shown(account, request.user)} is contract manager of {what} already.")
    if thing.channel == "store":
        return Refused(
            "STEP002",
            f"The contract manager of {what} cannot be changed, because it was bought from the store: "
            "turn auto-renewal off and buy it anew at the end of its term.",
        )
    if not is_member:
        return refused(f"{request.written} is not a member of {place(request.scope)}.")
    return None


def assign_coordinator(account: Account, request: Request) -> Answer:
    """Make a member software coordinator in place of the contract manager."""
    contract = account.contracts[request.scope.name]
    if contract.coordinator != contract.contract_manager:
        return refused(
            f"{shown(account, contract.coordinator)} is software coordinator of {request.scope}, "
            "not its contract manager; the vendor's support must change it."
        )
    return _coordinate(account, request, contract)


def change_coordinator(account: Account, request: Request) -> Answer:
    """Make a member software coordinator in place of somebody other than the contract manager."""
    contract = account.contracts[request.scope.name]
    if contract.coordinator == contract.contract_manager:
        return refused(
            f"The contract manager is software coordinator of {request.scope} and can assign it without support."
        )
    return _coordinate(account, request, contract)


def _coordinate(account: Account, request: Request, contract: Contract) -> Answer:
    if request.user not in contract.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user == contract.coordinator:
        return refused(f"{shown(account, request.user)} is software coordinator of {request.scope} already.")
    values = contract_values(contract)
    return (Change("contract", (request.scope.name,), values, (values[0], request.user, *values[2:])),)


def _present_manager(account: Account, step: Step) -> str | None:
    if step.scope.kind == "contract":
        return account.contracts[step.scope.name].contract_manager
    return account.subscriptions[step.text("subscription")].contract_manager


def _present_coordinator(account: Account, step: Step) -> str | None:
    return account.contracts[step.scope.name].coordinator


def _manages(account: Account, step: Step) -> bool:
    thing: Contract | Subscription | None
    if step.scope.kind == "contract":
        thing = account.contracts.get(step.scope.name)
    else:
        thing = account.subscriptions.get(str(step.get("subscription")))
    return thing is not None and thing.contract_manager == identity(str(step.get("user")))


def _coordinates(account: Account, step: Step) -> bool:
    contract = account.contracts.get(step.scope.name)
    return contract is not None and contract.coordinator == identity(str(step.get("user")))


def _manager_sentence(step: Step) -> str:
    of = "" if step.get("subscription") is None else " of subscription {subscription}"
    return f"make {{user}} contract manager{of}"


TRANSFER_CONTRACT_MANAGER = ActionSpec(
    name="contract_manager.transfer",
    kind="change",
    channel="form",
    required=("user",),
    optional=("subscription",),
    performers=Performers(MANAGER, MANAGER),
    effects={"team": transfer_subscription, "account": transfer_subscription, "contract": transfer_contract},
    sentence=_manager_sentence,
    mail="role",
    role="manager",
    loses_role=_present_manager,
    rights="others",
    reads=("member", "contract roles"),
    makes=("contract roles",),
    in_effect=_manages,
    sensitive=True,
    reason="value",
    keys=("contract_manager",),
)

ASSIGN_COORDINATOR = ActionSpec(
    name="coordinator.assign",
    kind="add",
    channel="self-service",
    required=("user",),
    performers=Performers(contract=MANAGER),
    effects={"contract": assign_coordinator},
    sentence="make {user} software coordinator",
    mail="role",
    role="coordinator",
    loses_role=_present_coordinator,
    rights="others",
    reads=("member", "contract roles"),
    makes=("contract roles",),
    sensitive=True,
)

CHANGE_COORDINATOR = ActionSpec(
    name="coordinator.change",
    kind="change",
    channel="support",
    required=("user",),
    performers=Performers(contract=MANAGER),
    effects={"contract": change_coordinator},
    sentence="make {user} software coordinator",
    mail="role",
    role="coordinator",
    loses_role=_present_coordinator,
    rights="others",
    reads=("member",),
    in_effect=_coordinates,
    sensitive=True,
)


# Cloud services and support benefits


def assign_service(account: Account, request: Request) -> Answer:
    """Give a member a service with fewer than three users; it exists from its first mention."""
    contract = account.contracts[request.scope.name]
    users = contract.services.get(request.service, set())
    if request.user not in contract.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user in users:
        return refused(f"{shown(account, request.user)} has service {request.service} in {request.scope} already.")
    if len(users) >= SERVICE_LIMIT:
        return refused(
            f"Service {request.service} of {request.scope} has {len(users)} users; "
            f"no more than {SERVICE_LIMIT} are possible."
        )
    return (added("contract_service", request.scope.name, request.service, request.user),)


def unassign_service(account: Account, request: Request) -> Answer:
    """Take a service from a user."""
    if request.user not in account.contracts[request.scope.name].services.get(request.service, ()):
        return refused(f"{request.written} does not have service {request.service} in {request.scope}.")
    return (gone("contract_service", request.scope.name, request.service, request.user),)


def assign_support(account: Account, request: Request) -> Answer:
    """Give a member support benefits, at most six people for each purchased seat."""
    contract = account.contracts[request.scope.name]
    limit = support_limit(contract)
    if request.user not in contract.members:
        return refused(f"{request.written} is not a member of {request.scope}.")
    if request.user in contract.support:
        return refused(f"{shown(account, request.user)} has support benefits in {request.scope} already.")
    if len(contract.support) >= limit:
        return refused(
            f"The seats of {request.scope} bring support benefits for {limit} people, {SUPPORT_PER_SEAT} for each; "
            f"{len(contract.support)} have them."
        )
    return (added("contract_support", request.scope.name, request.user),)


def unassign_support(account: Account, request: Request) -> Answer:
    """Take support benefits from somebody."""
    if request.user not in account.contracts[request.scope.name].support:
        return refused(f"{request.written} has no support benefits in {request.scope}.")
    return (gone("contract_support", request.scope.name, request.user),)


ASSIGN_SERVICE = ActionSpec(
    name="service.assign",
    kind="add",
    channel="self-service",
    required=("service", "user"),
    performers=Performers(contract=CONTRACT_ROLES),
    effects={"contract": assign_service},
    sentence="give {user} the service {service}",
    holding="service",
    reads=("member",),
    reason="benefit",
    section="services",
)

UNASSIGN_SERVICE = ActionSpec(
    name="service.unassign",
    kind="remove",
    channel="self-service",
    required=("service", "user"),
    performers=Performers(contract=CONTRACT_ROLES),
    effects={"contract": unassign_service},
    sentence="take the service {service} from {user}",
    holding="service",
    reads=("member",),
    reason="benefit",
    section="services",
)

ASSIGN_SUPPORT = ActionSpec(
    name="support.assign",
    kind="add",
    channel="self-service",
    required=("user",),
    performers=Performers(contract=CONTRACT_ROLES),
    effects={"contract": assign_support},
    sentence="give {user} support benefits",
    holding="support",
    reads=("member",),
    reason="benefit",
    section="support",
)

UNASSIGN_SUPPORT = ActionSpec(
    name="support.unassign",
    kind="remove",
    channel="self-service",
    required=("user",),
    performers=Performers(contract=CONTRACT_ROLES),
    effects={"contract": unassign_support},
    sentence="take support benefits from {user}",
    holding="support",
    reads=("member",),
    reason="benefit",
    section="support",
)
