"""Made-up exports of one account in all generations of headers, as texts of files."""

from __future__ import annotations

USAGE_REPORT = (
    "hashed_autodesk_id,first_name,last_name,email,autodesk_id,team_alias,group,offering_name,version,seat_assignment,"
    "assigned_date,unassigned_date,user_activity,days_inactive,access_option,days_used,monthly_average,tokens_used,"
    "last_accessed\n"
)
"""The header of a real usage report, verbatim."""

USED = (
    f"{'a' * 40},Dee,Kim,DEE@acme.example,ID4,design,cad,AutoCAD,2026,assigned,2024-05-10T21:20:32Z,,active,,"
    'Subscription,49,"16,2",0,2026-07-29\n'
    f"{'b' * 40},Ben,Ode,ben@acme.example,ID2,design,,Civil 3D,cloud,unassigned,,2024-05-10T21:20:32Z,active,239,"
    "Subscription,0,6.6,0,\n"
)

_PEOPLE = (
    ("Ana", "Silva", "ana@acme.example", "ID1", "Primary admin", "Active", "AutoCAD"),
    ("Ana", "Silva", "Ana@acme.example", "ID1", "Primary admin", "Active", "Civil 3D"),
    ("Ben", "Ode", "ben@acme.example", "ID2", "Secondary admin", "Active", ""),
    ("Cho", "Park", "cho@acme.example", "ID3", "User", "Invited", "AutoCAD"),
    ("Dee", "Kim", "dee@acme.example", "ID4", "User", "Active", "AutoCAD"),
    ("Eli", "Roth", "eli@partner.example", "ID5", "External user", "Active", ""),
    ("Fay", "Moe", "fay@acme.example", "ID6", "SSO admin", "Active", ""),
)

_BOUGHT = (
    ("AutoCAD", "574-1", "25", "Dealer AG"),
    ("Civil 3D", "574-2", "2", ""),
    ("Flex", "574-3", "500", ""),
)


def _users(header: str, order: str) -> str:
    """Return the users export: each letter of `order` is a column."""
    rows = [
        {
            "i": id_,
            "e": email,
            "f": first,
            "l": last,
            "o": product,
            "n": product,
            "r": role,
            "s": status,
            "t": "design",
            "-": "",
        }
        for first, last, email, id_, role, status, product in _PEOPLE
    ]
    return header + "".join(",".join(row[letter] for letter in order) + "\n" for row in rows)


def _subscriptions(team: str) -> str:
    header = (
        "autorenew_date,contract_number,end_date,offering_name,reseller_email,reseller_name,seat_quantity,start_date,"
        f"subscription_id,subscription_status,{team},term\n"
    )
    return header + "".join(
        f"2027-12-31,1100,2027-12-31,{product},,{dealer},{seats},2026-01-01T00:00:00Z,{key},Active,design,Annual\n"
        for product, key, seats, dealer in _BOUGHT
    )


GENERATIONS: dict[str, dict[str, str]] = {
    "G0": {
        "users.csv": _users(
            "autodesk_id,email,first_name,last_name,offering_name,product_name,role,team_alias\n", "ieflonrt"
        ),
        "subscriptions.csv": _subscriptions("team_alias"),
    },
    "G1": {
        "users.csv": _users("Autodesk ID,Email,First name,Last name,Product,Role,Team,Feature\n", "ieflort-"),
        "groups.csv": "Email,Group,Group_type,Role\ndee@acme.example,cad,Custom,User\n",
        "subscriptions.csv": _subscriptions("Team"),
        "report.csv": (
            "Access option,Assigned date,Days inactive,Days used,Email,First name,Group,Last accessed,Last name,"
            "Monthly average,Product,Seat assignment,Team,Tokens used,Unassigned date,User activity,Version\n"
            "Subscription,2024-05-10T21:20:32Z,,49,dee@acme.example,Dee,cad,2026-07-29,Kim,16.2,AutoCAD,assigned,design,"
            "0,,active,2026\n"
        ),
        "seats.csv": (
            "Day used,Email,First name,Last name,Product,Team\n2026-07-29,dee@acme.example,Dee,Kim,AutoCAD,design\n"
        ),
        "tokens.csv": (
            "Day used,Email,Feature,First name,Last name,Product,Team,Tokens used\n"
            "2026-07-29,dee@acme.example,Render,Dee,Kim,Flex,design,3\n"
        ),
    },
    "G2": {
        "users.csv": _users(
            "account_status,autodesk_id,email,first_name,last_name,offering_name,product_name,role,team_alias\n",
            "sieflonrt",
        ),
        "groups.csv": "Email,Group,Group type,Role\ndee@acme.example,cad,Custom,User\n",
        "subscriptions.csv": _subscriptions("team_alias"),
        "report.csv": USAGE_REPORT + USED,
        "usage.csv": (
            "access_option,autodesk_id,day_used,email,first_name,hashed_autodesk_id,last_name,offering_name,"
            "product_name,tokens_used,version,team_alias\n"
            f"Subscription,ID4,2026-07-29,dee@acme.example,Dee,{'a' * 40},Kim,AutoCAD,AutoCAD,0,2026,design\n"
        ),
    },
}
"""The files of each generation by name. G0 has neither groups nor status."""
