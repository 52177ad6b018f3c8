"""Whether the data keeps its invariants: read-only, in batches, in one snapshot, and without any plugin.

What plugins keep is checked by themselves, on request; see :mod:`deskcore.fsck.plugins`.
"""

from deskcore.fsck.checking import INVARIANTS, TICKET_INVARIANTS, check_all
from deskcore.fsck.findings import Finding, Result
from deskcore.fsck.plugins import check_plugins

__all__ = ["INVARIANTS", "TICKET_INVARIANTS", "Finding", "Result", "check_all", "check_plugins"]
