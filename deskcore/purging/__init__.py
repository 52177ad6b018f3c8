"""Taking away for good what a plugin left: first an archive of it, then all of it in one transaction."""

from __future__ import annotations

from deskcore.purging.archive import write_archive
from deskcore.purging.holdings import Holdings, Kept, holdings_of, kept_of
from deskcore.purging.removal import remove

__all__ = ["Holdings", "Kept", "holdings_of", "kept_of", "remove", "write_archive"]
