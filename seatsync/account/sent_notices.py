"""Values of notices: the mails to people that were sent or tried, which a store records."""

from typing import Literal, NamedTuple, TypeAlias

NoticeState: TypeAlias = Literal["sending", "sent", "refused", "deferred", "unknown"]
"""The state of a notice: being sent, taken or refused by the mail server, put off, or with an unknown outcome."""


class Notice(NamedTuple):
    """A mail to one person (an identity) that was sent, or tried.

    `id` is the digest of kind, recipient and causes. `causes` is what it tells, each as a list of texts: one mail can
    tell several things. `at` is the moment of its state, `detail` the answer of the mail server. `facts` are what its
    template shows, as JSON, empty once it is sent.
    """

    id: str
    kind: str
    recipient: str
    causes: tuple[tuple[str, ...], ...]
    subject: str
    message_id: str
    state: NoticeState
    at: str
    detail: str = ""
    facts: str = ""
