"""The log of administrative changes: complete, and evident when somebody tampers with it.

Whoever changes something writes ``audit.record(session, …)`` in the same transaction.
"""

from __future__ import annotations

from deskcore.audit.actions import ACTIONS, Action
from deskcore.audit.chain import Head
from deskcore.audit.queries import EntryView, Wanted, read_entries, walk
from deskcore.audit.recording import ITSELF, Actor, Subject, begin, differences, exists, record
from deskcore.audit.verification import (
    Broken,
    Noted,
    Reason,
    Verification,
    last_verification,
    note,
    read_head,
    verify,
    verify_daily,
)

__all__ = [
    "ACTIONS",
    "ITSELF",
    "Action",
    "Actor",
    "Broken",
    "EntryView",
    "Head",
    "Noted",
    "Reason",
    "Subject",
    "Verification",
    "Wanted",
    "begin",
    "differences",
    "exists",
    "last_verification",
    "note",
    "read_entries",
    "read_head",
    "record",
    "verify",
    "verify_daily",
    "walk",
]
