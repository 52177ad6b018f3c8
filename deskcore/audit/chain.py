"""What is hashed and signed, and how: the only place that decides about the form of the chain.

The form is a promise: an entry that was written once must be found sound for ever. Change it only together with a
way to tell old entries from new ones.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

#: What each of the two digests covers, by column.
PARTICULARS = ("actor", "address", "subject", "before", "after", "salt")
COVERED = (
    "sequence", "at", "actor_kind", "actor_id", "action", "subject_type", "subject_id", "particulars_digest",
    "previous_digest",
)  # fmt: skip


@dataclass(frozen=True)
class Head:
    """The end of the chain: sequence and digest of the newest entry, signed together."""

    sequence: int = 0
    digest: str = ""
    mac: str = ""

    def is_authentic(self, keys: Sequence[bytes]) -> bool:
        """Tell whether somebody who holds one of ``keys`` wrote it."""
        return is_mac(keys, _end(self.sequence, self.digest), self.mac)


def signed_head(key: bytes, sequence: int, digest: str) -> Head:
    """Return the end of a chain whose newest entry has this sequence and digest."""
    return Head(sequence, digest, mac(key, _end(sequence, digest)))


def canonical(value: Any) -> str:
    """Return the one JSON text for ``value``: sorted keys, no spaces, nothing beyond ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain)


def particulars_digest(entry: Mapping[str, Any]) -> str:
    """Return the digest of the columns that may name people."""
    return _digest({column: entry[column] for column in PARTICULARS})


def entry_digest(entry: Mapping[str, Any]) -> str:
    """Return the digest of an entry that has its particulars' digest and that of the entry before."""
    return _digest({column: entry[column] for column in COVERED})


def mac(key: bytes, text: str) -> str:
    """Return what only the holder of ``key`` can make of ``text``."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_mac(keys: Sequence[bytes], text: str, given: str) -> bool:
    """Tell whether ``given`` is the code of ``text`` under one of ``keys``."""
    return any(hmac.compare_digest(mac(key, text).encode(), given.encode()) for key in keys)


def _end(sequence: int, digest: str) -> str:
    # No entry's code may pass for that of an end: cutting the chain there would go unnoticed.
    return f"end {sequence} {digest}"


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(values).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in the audit log")
