"""Changes by the Team Admin API: one call each, whose answer is the vendor's, whatever its status.

Each raises Failed if no answer came, or one that does not tell what was done (5xx). What `Failed.sent` says is then to
be found out by reading, since only 429 and requests that never arrived are repeated here.
"""

from __future__ import annotations

from seatsync.vendor.http_client import Answer, Client, Failed
from seatsync.vendor.team_admin import RemotePerson, person_of, team_path


def invite(client: Client, team_id: str, email: str, first_name: str, last_name: str) -> Answer:
    """Add somebody to a team, who is invited unless they are in it already.

    The names of the fields are guesses. Empty names are left out; the vendor uses names only for new people.
    """
    names = {"firstName": first_name, "lastName": last_name}
    body = {"email": email, **{name: value for name, value in names.items() if value}}
    return client.send("POST", team_path(team_id, "users"), document=body)


def assign(client: Client, team_id: str, user_id: str, product_id: str) -> Answer:
    """Assign a product to a person directly."""
    body = {"userId": user_id, "productId": product_id}
    return client.send("POST", team_path(team_id, "assignments"), document=body)


def unassign(client: Client, team_id: str, user_id: str, product_id: str) -> Answer:
    """Remove the direct assignment of a product. That its parameters are in the query is a guess."""
    query = {"userId": user_id, "productId": product_id}
    return client.send("DELETE", team_path(team_id, "assignments"), query)


def invited(answer: Answer) -> RemotePerson | None:
    """Return the person in the answer to an invitation, None if nobody is in it."""
    try:
        document = answer.json()
        return person_of(answer.url, document) if isinstance(document, dict) else None
    except Failed:
        return None
