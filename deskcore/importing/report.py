"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deskcore.importing.sources import is_text

#: So many bad rows are named; further ones are counted.
NAMED = 10_000


@dataclass
class Report:
    """Counts of rows, and the bad ones by line.

    :param skipped: rows that are there already as they stand in the file.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)
    unnamed: int = 0

    def bad(self, line: int, message: str) -> None:
        """Note a bad row; the message may quote what the file says."""
        if len(self.errors) < NAMED:
            self.errors.append((line, storable(message)))
        else:
            self.unnamed += 1

    @property
    def bad_rows(self) -> int:
        """How many rows were not imported because something is wrong with them."""
        return len(self.errors) + self.unnamed

    def as_json(self) -> dict[str, Any]:
        """Return the form for scripts; ``more_errors`` is there only when not every bad row is named."""
        found: dict[str, Any] = {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "skipped": self.skipped,
            "errors": [{"row": line, "message": message} for line, message in sorted(self.errors)],
        }
        return found | ({"more_errors": self.unnamed} if self.unnamed else {})


def storable(text: str) -> str:
    """Return ``text`` without the characters that no database takes: NUL, and bytes that were no text."""
    text = text.replace("\0", "")
    return text if is_text(text) else "".join(char for char in text if is_text(char))
