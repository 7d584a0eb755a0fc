"""The table of `seatsync edit` commands with the one that reads forms, which ask for what others do."""

from __future__ import annotations

from random import Random

from seatsync.declaration.declared import Declaration
from tests.commands.forms import form
from tests.staffing.edit_cases import CASES
from tests.staffing.kit import Asked, EditCase

_KINDS = {
    "Get a product": "assign",
    "Give a product back": "unassign",
    "Swap a product": "swap",
    "Leave": "offboard",
}
_LABELS = {"--team": "Team", "--from": "First day", "--until": "Last day"}


def _request(random: Random, declared: Declaration) -> Asked:
    """Ask for what one of the commands does, by a form in the folder of the repository."""
    kind, name = random.choice([*_KINDS.items()])
    asked = next(case for case in CASES if case.name == name).draw(random, declared)
    words = list(asked.words)
    values = {"Request": kind, "People": "\n".join(word for word in words if "@" in word)}
    for option, label in _LABELS.items():
        if option in words:
            at = words.index(option)
            values[label] = words[at + 1]
            del words[at : at + 2]
    values |= dict(zip(("Product", "New product"), [word for word in words if "@" not in word], strict=False))
    file = declared.project.root / "form"
    file.write_text(form(values), encoding="utf-8")
    failing = form({**values, "People": f"{values['People']}\nnobody"})
    file.with_name("failing").write_text(failing, encoding="utf-8")
    return Asked((str(file),), asked.expected, asked.view, asked.words)


ALL_CASES = (*CASES, EditCase("request", _request, lambda words: (words[0].removesuffix("form") + "failing",)))
