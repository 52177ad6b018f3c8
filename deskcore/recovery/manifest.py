"""The manifest: the last member of an archive, which says what the others are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from deskcore.answer_keys import FILE as ANSWER_KEYS
from deskcore.errors import DeskcoreError

#: Rises when an older Deskcore could no longer read what a newer one writes.
FORMAT = 1


class BadArchive(DeskcoreError):
    """An archive cannot be restored; the text says why, and what to do."""


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    :param size: in bytes.
    """

    size: int
    sha256: str


@dataclass(frozen=True)
class Inventory:
    """What a database holds.

    :param kind: ``sqlite`` or ``postgresql``.
    :param revisions: of the tables of ``deskcore`` and of each plugin.
    :param plugins: versions of the plugins that were on, by name.
    :param rows: number of rows by table.
    """

    kind: str
    revisions: Mapping[str, Sequence[str]]
    plugins: Mapping[str, str]
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Manifest:
    """What an archive holds.

    :param deskcore: version that made it.
    :param members: by name, all but the manifest itself.
    :param secrets: whether the secret key is among them.
    :param missing: SHA-256 of the files that were gone or damaged already when it was made.
    """

    created_at: datetime
    deskcore: str
    database: Inventory
    members: Mapping[str, Member] = field(default_factory=dict)
    secrets: bool = True
    missing: Sequence[str] = ()

    @property
    def answer_keys(self) -> bool:
        """Whether the keys of sensitive answers are among the members."""
        return f"instance/{ANSWER_KEYS}" in self.members

    def to_json(self) -> str:
        """Return the text that is stored; it carries its own SHA-256."""
        plain = {"format": FORMAT, **asdict(self), "created_at": self.created_at.isoformat()}
        return json.dumps(plain | {"sha256": _digest(plain)}, indent=1, ensure_ascii=False)


def read_manifest(text: bytes) -> Manifest:
    """Return the manifest that :meth:`Manifest.to_json` wrote.

    :raises BadArchive: when it was changed, or a newer version wrote it.
    """
    try:
        plain = json.loads(text)
        if plain["format"] > FORMAT:
            raise newer(plain["deskcore"])
        if plain.pop("sha256") != _digest(plain):
            raise ValueError("another digest")
        members = {name: Member(**member) for name, member in plain["members"].items()}
        return Manifest(
            created_at=datetime.fromisoformat(plain["created_at"]),
            deskcore=plain["deskcore"],
            database=Inventory(**plain["database"]),
            members=members,
            secrets=plain["secrets"],
            missing=plain["missing"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged("its manifest cannot be read") from error


def newer(version: str) -> BadArchive:
    """Return the refusal of an archive that a newer version made."""
    return BadArchive(
        f"Deskcore {version[:40]} made this archive, and this version does not know its form yet; "
        "install that version, then restore."
    )


def damaged(why: str) -> BadArchive:
    """Return the refusal of an archive that is not as it was made.

    :param why: half a sentence.
    """
    return BadArchive(f"The archive is damaged or incomplete ({why}); take another one. Nothing was restored.")


def _digest(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
