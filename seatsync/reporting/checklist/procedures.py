"""How people carry out each action: the path in the portal's menus, what to check afterwards, warnings.

The texts are patterns with gaps: the arguments of the step by name, `team`, `contract`, `full_name`, and `now` and
`wanted`. Menus are those of the vendor's help pages.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from seatsync.account.actions import admin_actions as admins
from seatsync.account.actions import contract_actions as contracts
from seatsync.account.actions import group_actions as groups
from seatsync.account.actions import purchase_actions as purchases
from seatsync.account.actions import subscription_actions as subscriptions
from seatsync.account.actions import team_actions as teams
from seatsync.account.actions import user_actions as users
from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.spec import Step


class Procedure(NamedTuple):
    """The path in the menus, further instructions, what to check afterwards, and warnings to read before."""

    menu: str
    check: str
    hints: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


SEAT_OF_GROUP: Final = "group"
"""The variant of a procedure in a team for a product of a group."""

_BY_USER, _BY_PRODUCT, _BY_GROUP = (
    f"User Management > By {each} > team {{team}}" for each in ("User", "Product", "Group")
)
_CLASSIC = "User Management > Classic User Management > contract {contract}"
_ROLE = f"{_BY_USER} > {{user}} > Change role"
_SETTINGS = "User Management > By User > Team settings (the gear)"
_BILLING = "Billing and Orders > Subscriptions and Contracts"
_SUPPORT = "Get Help (at the lower right) > Post-purchase support > User & license management > Contact a support agent"
_FORM = "the vendor's help page “User management admin roles” > the form “Change contract manager”"

_HUBS = (
    "With the membership the person loses the team's hubs and projects: by the vendor's newest text, access to its hubs"
    " (ACC, BIM 360), to their projects and to the data in them ends. Tell the hub and project admins first."
)
_TEAM_HUBS = (
    "Hubs and projects of the team are lost with it, and so is everybody's access to the data in them. Tell the hub and"
    " project admins first."
)
_SEATS = (
    "Choose seats of the pool where the portal asks: access through one subscription ID ends with that subscription."
)
_MAIL = "The portal sends {user} a mail about the new role. Tell them before."
_PRIMARY = "A team has one primary admin: the present one becomes secondary admin by this. The contract manager stays."
_SECONDARY_ONLY = "Only a secondary admin can become primary admin."
_INVITED = "By User lists {user} in the team, as invited (older: pending) or, with a vendor account, as active."
_ACCEPT = (
    "Until they accept, the invitation can be sent again after 7 days; after 90 days the person has to be added anew."
)
_SSO_WARNING = (
    "Single sign-on takes effect at once, and only the vendor's support can turn it off. Test the connection first."
)
_MOVE = (
    "The portal moves a product only while it is assigned to no person and no group of team {from}. If it refuses, take"
    " a list of the holders (By Product), unassign it, move the subscription, and assign it to all of them again."
)
_STORE = "{advice}"
_SHOWN_LATER = "The portal shows a purchase within two hours after the payment."

PROCEDURES: Final[Mapping[str, Mapping[str, Procedure]]] = {
    users.INVITE.name: {
        "team": Procedure(
            f"{_BY_USER} > Invite users",
            _INVITED,
            ("Enter first name, last name and address: {person}. Then Send invite.", _ACCEPT),
        ),
        "contract": Procedure(
            f"{_CLASSIC} > + Add",
            "Classic User Management lists {user}, as pending until they accept.",
            ("Enter first name, last name and address: {person}. Then Save & Continue.", _ACCEPT),
        ),
    },
    users.RESEND_INVITATION.name: {
        "account": Procedure(
            "User Management > By User > {user} > Resend invitation",
            "The portal says that the invitation was sent.",
            (
                "People of classic contracts: User Management > Classic User Management.",
                "An invitation that is older than 90 days cannot be sent again: remove the person and add them anew.",
            ),
        ),
    },
    users.UPDATE_USER.name: {
        "account": Procedure(
            "User Management > By User > {user}",
            "By User shows the name {full_name}.",
            ("Change the name to {full_name}. If the portal does not offer that, {user} changes it in their profile.",),
        ),
    },
    users.CHANGE_EMAIL.name: {
        "account": Procedure(
            "sign in as {user} > the profile (the icon at the upper right) > Profile settings > e-mail address",
            "By User lists {to}, with the same products, and no longer {user}.",
            ("If the profile does not offer it, send the text to the vendor's support.",),
            ("Do not invite {to}: the vendor would then have two people, and the data stays with the old one.",),
        ),
    },
    users.REDIRECT_INVITATION.name: {
        "account": Procedure(
            "User Management > By User (contracts: Classic User Management) > each team or contract of {user}",
            "By User lists {to} as invited, with everything named above, and no longer {user}.",
            (
                "Remove {user}, whose invitation was not accepted: {user} > Remove user (the trash can).",
                "Invite the new address, with the same name: Invite users > {to} > Send invite.",
                "Give {to} again what {user} had:",
            ),
        ),
    },
    users.REMOVE_USER.name: {
        "team": Procedure(
            f"{_BY_USER} > {{user}} > Remove user (the trash can) > confirm",
            "By User no longer lists {user} in the team, and By Product shows the seats as free.",
            ("The personal vendor account of {user} stays. A person of a synced directory is removed there.",),
            (_HUBS,),
        ),
        "contract": Procedure(
            f"{_CLASSIC} > {{user}} > Remove > confirm",
            "Classic User Management no longer lists {user}.",
            ("The personal vendor account of {user} stays.",),
            ("The person loses products, services and support benefits of the contract with it.",),
        ),
    },
    groups.CREATE_GROUP.name: {
        "team": Procedure(f"{_BY_GROUP} > Create group > {{group}} > Create group", "By Group lists {group}."),
    },
    groups.DELETE_GROUP.name: {
        "team": Procedure(
            f"{_BY_GROUP} > {{group}} > Actions > Delete",
            "By Group no longer lists {group}.",
            warnings=("Members lose the products that they have only through this group.",),
        ),
    },
    groups.RENAME_GROUP.name: {
        "team": Procedure(
            f"{_BY_GROUP} > {{group}} > Actions > Rename > {{to}}", "By Group lists {to} instead of {group}."
        ),
    },
    groups.ADD_MEMBER.name: {
        "team": Procedure(f"{_BY_GROUP} > {{group}} > Add users > {{user}} > Done", "The group {group} lists {user}."),
    },
    groups.REMOVE_MEMBER.name: {
        "team": Procedure(
            f"{_BY_GROUP} > {{group}} > {{user}} > Remove",
            "The group {group} no longer lists {user}.",
            warnings=("The person loses the products that they have only through this group.",),
        ),
    },
    ASSIGN_SEAT.name: {
        "team": Procedure(
            f"{_BY_PRODUCT} > {{product}} > Assign users > {{user}} > Assign",
            "By Product lists {user} under {product}.",
            (_SEATS,),
        ),
        SEAT_OF_GROUP: Procedure(
            f"{_BY_GROUP} > {{group}} > View assignments > {{product}} > Assign",
            "The assignments of group {group} list {product}, and By Product lists its members.",
            ("A member who has the product already uses no second seat.",),
        ),
        "contract": Procedure(
            f"{_CLASSIC} > {{user}} > Edit access > Products and Services > {{product}} > Save",
            "Edit access of {user} shows {product} as assigned.",
        ),
    },
    UNASSIGN_SEAT.name: {
        "team": Procedure(
            f"{_BY_PRODUCT} > {{product}} > {{user}} > Unassign",
            "By Product no longer lists {user} under {product}, or only through a group.",
        ),
        SEAT_OF_GROUP: Procedure(
            f"{_BY_GROUP} > {{group}} > View assignments > {{product}} > Unassign",
            "The assignments of group {group} no longer list {product}.",
            warnings=("Members lose the product, unless they have it directly or through another group.",),
        ),
        "contract": Procedure(
            f"{_CLASSIC} > {{user}} > Edit access > Products and Services > {{product}} > clear Assign > Save",
            "Edit access of {user} no longer shows {product} as assigned.",
        ),
    },
    admins.ASSIGN_SECONDARY.name: {
        "team": Procedure(f"{_ROLE} > Secondary admin > Save", "By User shows {user} as secondary admin.", (_MAIL,)),
    },
    admins.ASSIGN_SSO.name: {
        "team": Procedure(f"{_ROLE} > SSO admin > Save", "By User shows {user} as SSO admin.", (_MAIL,)),
    },
    admins.REVOKE.name: {
        "team": Procedure(f"{_ROLE} > User > Save", "By User shows {user} as user.", (_MAIL,)),
    },
    admins.CHANGE_PRIMARY.name: {
        "team": Procedure(
            f"{_ROLE} > Primary admin > Save > Reassign primary admin",
            "By User shows {user} as primary admin, and the former one as secondary admin.",
            (_SECONDARY_ONLY, _MAIL),
            (_PRIMARY,),
        ),
    },
    admins.MAKE_EXTERNAL.name: {
        "team": Procedure(
            f"{_ROLE} > External user > Save",
            "By User shows {user} as external user.",
            ("A user role policy of the team keeps people whose role was changed by hand as exceptions.",),
        ),
    },
    admins.MAKE_INTERNAL.name: {
        "team": Procedure(f"{_ROLE} > User > Save", "By User shows {user} as user."),
    },
    teams.CONFIGURE_SSO.name: {
        "team": Procedure(
            "Settings > Team settings > team {team} > Single sign-on > Manage SSO",
            "The page Single sign-on shows these domains and this metadata.",
            ("Wanted: {sso}.",),
            (_SSO_WARNING,),
        ),
    },
    teams.CREATE_TEAM.name: {
        "team": Procedure(
            f"{_SETTINGS} > Actions > Create team > {{team}} > Create team",
            "The list of teams has {team}, and By User shows {primary_admin} there as primary admin.",
            ("{primary_admin} does this, and becomes primary admin by it.",),
        ),
    },
    teams.RENAME_TEAM.name: {
        "team": Procedure(
            f"{_SETTINGS} of team {{team}} > Rename > {{to}} > Save", "The list of teams has {to} instead of {team}."
        ),
    },
    teams.DELETE_TEAM.name: {
        "team": Procedure(
            _SUPPORT,
            "The list of teams no longer has {team}.",
            (
                "The portal has no menu for it: the primary admin asks the vendor's support.",
                "Subscriptions have to be out of the team before.",
            ),
            (_TEAM_HUBS, "Everybody leaves the team with it."),
        ),
    },
    subscriptions.ASSIGN_SUBSCRIPTION.name: {
        "team": Procedure(
            f"{_SETTINGS} > Actions > Move subscriptions > subscription {{subscription}} > team {{team}} > Submit",
            f"{_BILLING} shows the team {{team}} for {{subscription}}.",
        ),
    },
    subscriptions.MOVE_SUBSCRIPTION.name: {
        "team": Procedure(
            f"{_SETTINGS} > Actions > Move subscriptions > from team {{from}} > subscription {{subscription}} >"
            " to team {team} > Submit",
            f"{_BILLING} shows the team {{team}} for {{subscription}}.",
            ("Only its contract manager can do this.",),
            (_MOVE,),
        ),
    },
    contracts.TRANSFER_CONTRACT_MANAGER.name: {
        kind: Procedure(
            _FORM,
            f"{_BILLING}, seen by {{user}}, lists it. Download a confirmation or note the ticket as evidence.",
            (
                "Only the present contract manager can hand in the form.",
                "If they are gone, send the text to the vendor's support instead.",
                "The portal may make the new contract manager secondary admin of the team.",
            ),
            ("The new contract manager gets bills and renewal notices from then on, and nobody else does.",),
        )
        for kind in ("team", "contract", "account")
    },
    contracts.ASSIGN_COORDINATOR.name: {
        "contract": Procedure(
            f"{_CLASSIC} > Software coordinator > {{user}} > Assign",
            "The contract shows {user} as software coordinator.",
        ),
    },
    contracts.CHANGE_COORDINATOR.name: {
        "contract": Procedure(
            _SUPPORT,
            "The contract shows {user} as software coordinator.",
            ("The contract manager asks the vendor's support: the portal has no menu for it.",),
            ("The present software coordinator loses the role.",),
        ),
    },
    contracts.ASSIGN_SERVICE.name: {
        "contract": Procedure(
            f"{_CLASSIC} > {{user}} > Edit access > Products and Services > {{service}} > Save",
            "Edit access of {user} shows {service} as assigned.",
        ),
    },
    contracts.UNASSIGN_SERVICE.name: {
        "contract": Procedure(
            f"{_CLASSIC} > {{user}} > Edit access > Products and Services > {{service}} > clear Assign > Save",
            "Edit access of {user} no longer shows {service} as assigned.",
        ),
    },
    contracts.ASSIGN_SUPPORT.name: {
        "contract": Procedure(
            f"{_CLASSIC} > {{user}} > Edit access > Benefits > Save",
            "Edit access of {user} shows the support benefits.",
        ),
    },
    contracts.UNASSIGN_SUPPORT.name: {
        "contract": Procedure(
            f"{_CLASSIC} > {{user}} > Edit access > Benefits > clear the boxes > Save",
            "Edit access of {user} no longer shows support benefits.",
        ),
    },
    purchases.PURCHASE_SEATS.name: {
        kind: Procedure(_BILLING, f"{_BILLING} shows {{wanted}}.", (_STORE, _SHOWN_LATER))
        for kind in ("team", "account", "contract")
    },
    purchases.PURCHASE_RENEWAL.name: {
        kind: Procedure(_BILLING, f"{_BILLING} shows the new term: {{wanted}}.", (_STORE, _SHOWN_LATER))
        for kind in ("team", "account", "contract")
    },
    purchases.PURCHASE_SUBSCRIPTION.name: {
        kind: Procedure(
            _BILLING,
            f"{_BILLING} lists the new subscription{where}. If its ID is not {{subscription}}, correct the files.",
            (_STORE, _SHOWN_LATER),
        )
        for kind, where in (("team", " in team {team}"), ("account", ""))
    },
    purchases.PURCHASE_CONTRACT.name: {
        "contract": Procedure(
            _BILLING,
            f"{_BILLING} lists the contract. If its number is not {{contract}}, correct the files.",
            (_STORE, _SHOWN_LATER),
        ),
    },
}
"""The procedure of every action by kind of scope; of a product of a group under `SEAT_OF_GROUP`."""

_IMPORTED = (
    "After the import, “Download error log” and keep it. Whom it names is not done: “Upload corrected file”, or do it"
    " by hand, and leave their boxes empty until then."
)

IMPORTS: Final[Mapping[str, Procedure]] = {
    users.INVITE.name: Procedure(
        f"{_BY_USER} > Invite users > Import > Upload CSV file",
        "By User lists all of them in the team, as invited (older: pending) or, with a vendor account, as active.",
        (_IMPORTED, "The portal skips people who are in the team already.", _ACCEPT),
    ),
    ASSIGN_SEAT.name: Procedure(
        f"{_BY_PRODUCT} > {{product}} > Assign users > Import to assign > Upload CSV file",
        "By Product lists all of them under {product}.",
        (_IMPORTED, "Who has the product already gets no second seat.", _SEATS),
    ),
    groups.ADD_MEMBER.name: Procedure(
        f"{_BY_GROUP} > {{group}} > Add users > Import > Upload CSV file",
        "The group {group} lists all of them.",
        (_IMPORTED,),
    ),
}
"""The procedure of every action that the portal imports from a file."""


def procedure_of(step: Step, route: str) -> Procedure:
    """Return the procedure of a step on a route."""
    if route == "csv" and step.action in IMPORTS:
        return IMPORTS[step.action]
    by_kind = PROCEDURES[step.action]
    return by_kind[
        SEAT_OF_GROUP if isinstance(step.get("group"), str) and SEAT_OF_GROUP in by_kind else step.scope.kind
    ]
