"""An instance folder into which a backup is being restored, or whose restoring ended half-way."""

from __future__ import annotations

from pathlib import Path

from deskcore.errors import ConfigurationError

#: What lies in an instance folder until all else does.
UNFINISHED = ".restoring"


def refuse_unfinished(folder: Path) -> None:
    """Do nothing, unless restoring into an instance folder was begun and not finished.

    :raises ConfigurationError: then, with the remedy.
    """
    if (folder / UNFINISHED).exists():
        raise ConfigurationError(
            f"Restoring a backup into “{folder}” was not finished; delete that folder, then restore again."
        )
