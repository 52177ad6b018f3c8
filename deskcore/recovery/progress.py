"""How far a backup or a restore is."""

from __future__ import annotations


class Progress:
    """Hears how far it is; this one tells nobody."""

    def begin(self, what: str, total: int | None = None) -> None:
        """Begin a part.

        :param total: its bytes, where somebody knows.
        """

    def advance(self, size: int = 0) -> None:
        """Go on by ``size`` bytes."""
