"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deskcore.importing.messages import Said, cleaned

#: So many bad rows are named; further ones are counted.
NAMED = 10_000


@dataclass
class Report:
    """Counts of rows, and the bad ones by line.

    :param skipped: rows that are there already as they stand in the file.
    :param said: what is wrong with each bad row that is named.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    said: list[tuple[int, Said]] = field(default_factory=list)
    unnamed: int = 0

    def bad(self, line: int, said: Said) -> None:
        """Note a bad row; what is said may quote the file."""
        if len(self.said) < NAMED:
            self.said.append((line, cleaned(said)))
        else:
            self.unnamed += 1

    @property
    def errors(self) -> list[tuple[int, str]]:
        """What is wrong with each bad row that is named, in the language of whoever reads it."""
        return [(line, str(said)) for line, said in self.said]

    @property
    def bad_rows(self) -> int:
        """How many rows were not imported because something is wrong with them."""
        return len(self.said) + self.unnamed

    def as_json(self) -> dict[str, Any]:
        """Return the form for scripts; ``more_errors`` is there only when not every bad row is named."""
        errors = [{"row": line, "message": message} for line, message in sorted(self.errors)]
        return self.counts() | {"errors": errors} | ({"more_errors": self.unnamed} if self.unnamed else {})

    def counts(self) -> dict[str, Any]:
        """Return how many rows there were of each kind."""
        return {"read": self.read, "created": self.created, "updated": self.updated, "skipped": self.skipped}
