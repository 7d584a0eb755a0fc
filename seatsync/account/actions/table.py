"""The table of actions, in the order of the manual, and sets of their names that several modules use."""

from seatsync.account.actions.admin_actions import (
    ASSIGN_SECONDARY,
    ASSIGN_SSO,
    CHANGE_PRIMARY,
    MAKE_EXTERNAL,
    MAKE_INTERNAL,
    REVOKE,
)
from seatsync.account.actions.contract_actions import (
    ASSIGN_COORDINATOR,
    ASSIGN_SERVICE,
    ASSIGN_SUPPORT,
    CHANGE_COORDINATOR,
    TRANSFER_CONTRACT_MANAGER,
    UNASSIGN_SERVICE,
    UNASSIGN_SUPPORT,
)
from seatsync.account.actions.group_actions import (
    ADD_MEMBER,
    CREATE_GROUP,
    DELETE_GROUP,
    REMOVE_MEMBER,
    RENAME_GROUP,
)
from seatsync.account.actions.purchase_actions import (
    PURCHASE_CONTRACT,
    PURCHASE_RENEWAL,
    PURCHASE_SEATS,
    PURCHASE_SUBSCRIPTION,
)
from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.spec import ActionSpec
from seatsync.account.actions.subscription_actions import (
    ASSIGN_SUBSCRIPTION,
    MOVE_SUBSCRIPTION,
    RECORD_SUBSCRIPTION,
)
from seatsync.account.actions.team_actions import (
    CONFIGURE_SSO,
    CREATE_TEAM,
    DELETE_TEAM,
    LOAD_ACCOUNT,
    RENAME_TEAM,
)
from seatsync.account.actions.user_actions import (
    ACCEPT_INVITATION,
    CHANGE_EMAIL,
    INVITE,
    RECORD_STATUS,
    REDIRECT_INVITATION,
    REMOVE_USER,
    RESEND_INVITATION,
    UPDATE_USER,
)

_SPECS: tuple[ActionSpec, ...] = (
    INVITE,
    RESEND_INVITATION,
    UPDATE_USER,
    CHANGE_EMAIL,
    REDIRECT_INVITATION,
    REMOVE_USER,
    CREATE_GROUP,
    DELETE_GROUP,
    RENAME_GROUP,
    ADD_MEMBER,
    REMOVE_MEMBER,
    ASSIGN_SEAT,
    UNASSIGN_SEAT,
    ASSIGN_SECONDARY,
    ASSIGN_SSO,
    REVOKE,
    CHANGE_PRIMARY,
    MAKE_EXTERNAL,
    MAKE_INTERNAL,
    CONFIGURE_SSO,
    CREATE_TEAM,
    RENAME_TEAM,
    DELETE_TEAM,
    ASSIGN_SUBSCRIPTION,
    MOVE_SUBSCRIPTION,
    TRANSFER_CONTRACT_MANAGER,
    ASSIGN_COORDINATOR,
    CHANGE_COORDINATOR,
    ASSIGN_SERVICE,
    UNASSIGN_SERVICE,
    ASSIGN_SUPPORT,
    UNASSIGN_SUPPORT,
    PURCHASE_SEATS,
    PURCHASE_RENEWAL,
    PURCHASE_SUBSCRIPTION,
    PURCHASE_CONTRACT,
)

ACTIONS: dict[str, ActionSpec] = {spec.name: spec for spec in _SPECS}
"""Every action by name, in the order of the manual."""

_OF_THE_STORE = (LOAD_ACCOUNT, ACCEPT_INVITATION, RECORD_SUBSCRIPTION, RECORD_STATUS)

RECORDED: dict[str, ActionSpec] = ACTIONS | {spec.name: spec for spec in _OF_THE_STORE}
"""Every action that the log of an account may contain: all of these, and those of the store itself."""

RENAMES = frozenset(spec.name for spec in _SPECS if spec.renames)
"""The actions after which a team, group or person has another name. A rename takes nothing away."""

CHANGES_ADDRESS = frozenset(spec.name for spec in _SPECS if spec.renames == "person")
"""The actions after which a person has the address `to`."""

RENAMES_TEAM = frozenset(spec.name for spec in _SPECS if spec.renames == "team")
"""The actions after which a team has the name `to`."""

JOINS = frozenset(spec.name for spec in _SPECS if spec.joins)
"""The actions by which a subscription joins a team."""

LEAVES_TEAM = frozenset(spec.name for spec in _SPECS if "from" in spec.required)
"""The actions by which a subscription leaves the team `from`."""

CHANGES_ROLES = frozenset(spec.name for spec in _SPECS if spec.loses_role is not None and spec.departs is None)
"""The actions by which a role in a scope changes hands or ends."""
