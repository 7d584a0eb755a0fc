"""Actions on the cloud services and support benefits of contracts."""

from __future__ import annotations

from seatsync.account.actions.spec import CONTRACT_ROLES, ActionSpec, Performers, Request
from seatsync.account.entitlements import SERVICE_LIMIT, SUPPORT_PER_SEAT, support_limit
from seatsync.account.model import Account
from seatsync.account.refusal import Answer, refused, shown
from seatsync.account.rows import added, gone


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
