"""Cases of plans as text files: `plans/<subject>.txt`, several cases per file, with the whole plan as plain lines.

A case begins with `== title`; its parts begin with `-- options` (one `name: value` per line), `-- current`,
`-- declared` and `-- plan`. A missing part is inherited from the case before. UPDATE_PLANS=1 rewrites the plans.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "plans"
PARTS = ("options", "current", "declared", "plan")


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its inherited parts; `own` are the parts in the file."""

    file: Path
    title: str
    parts: dict[str, str]
    own: tuple[str, ...]

    @property
    def options(self) -> dict[str, str]:
        pairs = (line.partition(":") for line in self.parts.get("options", "").splitlines() if line.strip())
        return {name.strip(): value.strip() for name, _, value in pairs}

    def __str__(self) -> str:
        return f"{self.file.stem}: {self.title}"


def all_cases() -> Iterator[Case]:
    for file in sorted(FOLDER.glob("*.txt")):
        yield from cases_in(file)


def cases_in(file: Path) -> Iterator[Case]:
    parts: dict[str, str] = {}
    for block in file.read_text(encoding="utf-8").split("== ")[1:]:
        title, _, body = block.partition("\n")
        own: list[str] = []
        parts = {name: text for name, text in parts.items() if name != "options"}
        for piece in ("\n" + body).split("\n-- ")[1:]:
            name, _, text = piece.partition("\n")
            assert name in PARTS, (file, title, name)
            own.append(name)
            parts[name] = text.rstrip("\n") + "\n"
        yield Case(file, title, dict(parts), tuple(own))


def rewritten(file: Path, plans: dict[str, str]) -> str:
    """Return the text of the file, each case with its new plan."""
    blocks = []
    for case in cases_in(file):
        kept = "".join(f"-- {name}\n{case.parts[name]}" for name in PARTS[:-1] if name in case.own)
        blocks.append(f"== {case.title}\n{kept}-- plan\n{plans[case.title]}\n")
    return "\n".join(blocks)
