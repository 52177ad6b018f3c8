"""Tickets: whoever imports anything of them has the access policy in place."""

from deskcore.tickets import access as _access  # noqa: F401  (sets the policy of every session)
