"""Sensitive answers are sealed: a ticket has a name for which, and says with which key.

What was stored in clear before is sealed by a worker, in batches (:mod:`deskcore.tickets.sealing_stored`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.clock import now
from deskcore.errors import ConfigurationError
from deskcore.extensions import JSONType, UTCDateTime

revision = "0015_sealed_answers"
down_revision = "0014_plugin_health"

_SEALED = sa.text("sealed_with IS NOT NULL")
_TICKET = sa.table("ticket", sa.column("id"), sa.column("sealed_as"))
_JOB = sa.table(
    "job",
    sa.column("kind", sa.String()),
    sa.column("slot", sa.String()),
    sa.column("payload", JSONType),
    sa.column("state", sa.String()),
    sa.column("attempts", sa.Integer()),
    sa.column("due_at", UTCDateTime()),
    sa.column("error", sa.Text()),
    sa.column("trace", sa.Text()),
    sa.column("reason", sa.Text()),
)


def upgrade() -> None:
    """Add both columns, empty, and let a worker seal what is there."""
    op.add_column("ticket", sa.Column("sealed_as", sa.String(length=32), nullable=True))
    op.add_column("ticket", sa.Column("sealed_with", sa.String(length=8), nullable=True))
    op.create_index(
        op.f("ix_ticket_sealed"), "ticket", ["sealed_with", "id"], sqlite_where=_SEALED, postgresql_where=_SEALED
    )
    if op.get_bind().scalar(sa.select(_TICKET.c.id).limit(1)) is None:
        return
    values = {"state": "waiting", "attempts": 0, "error": "", "trace": "", "reason": "", "payload": {}}
    op.execute(_JOB.insert().values(kind="core.sealing", slot=revision, due_at=now(), **values))


def downgrade() -> None:
    """Drop both, while nothing is sealed: afterwards nobody could open it."""
    if op.get_bind().scalar(sa.select(_TICKET.c.id).where(_TICKET.c.sealed_as.is_not(None)).limit(1)) is not None:
        raise ConfigurationError("Sensitive answers are sealed, and an older version could not open them.")
    op.drop_index(op.f("ix_ticket_sealed"), "ticket")
    op.drop_column("ticket", "sealed_with")
    op.drop_column("ticket", "sealed_as")
