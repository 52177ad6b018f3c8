"""Whether the data keeps its invariants: read-only, in batches, in one snapshot, and without any plugin."""

from deskcore.fsck.checking import INVARIANTS, TICKET_INVARIANTS, check_all
from deskcore.fsck.findings import Finding, Result

__all__ = ["INVARIANTS", "TICKET_INVARIANTS", "Finding", "Result", "check_all"]
