"""What a check of the invariants finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something that should not be.

    :param check: name of the invariant.
    :param where: ticket number, file or table.
    """

    check: str
    where: str
    message: str


@dataclass
class Result:
    """What was found.

    :param checked: number of tickets that were looked at.
    """

    checked: int = 0
    findings: list[Finding] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the form for scripts."""
        return {"checked": self.checked, "findings": [asdict(finding) for finding in self.findings]}


def is_damage(error: Exception) -> bool:
    """Tell whether an error while reading means that what is stored cannot be understood.

    A lost connection or a missing table is no damage: the check itself cannot go on then.
    """
    if isinstance(error, ValueError):
        return True  # JSON or a moment that is none
    original = getattr(error, "orig", None)
    said = str(original).lower()
    return type(original).__module__ == "sqlite3" and ("decode" in said or "malformed" in said)
