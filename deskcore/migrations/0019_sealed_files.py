"""Files of sensitive answers are sealed: what opens one, and its name, stand beside it.

Those that were stored in clear before are sealed by a worker (:mod:`deskcore.tickets.sealing_files`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.clock import now
from deskcore.errors import ConfigurationError
from deskcore.extensions import JSONType, UTCDateTime

revision = "0019_sealed_files"
down_revision = "0018_critical_plugins"

_ATTACHMENT = sa.table("attachment", sa.column("id"), sa.column("sealed"))
_UPLOAD = sa.table("upload", sa.column("token"), sa.column("sealed"))
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
    """Add the columns, empty, and let a worker seal what is there."""
    op.add_column("upload", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("attachment", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("attachment", sa.Column("answer", sa.String(length=200), nullable=True))
    if op.get_bind().scalar(sa.select(_ATTACHMENT.c.id).limit(1)) is None:
        return
    values = {"state": "waiting", "attempts": 0, "error": "", "trace": "", "reason": "", "payload": {}}
    op.execute(_JOB.insert().values(kind="core.sealing", slot=revision, due_at=now(), **values))


def downgrade() -> None:
    """Drop them, while no file is sealed: afterwards nobody could open it."""
    sealed = sa.select(sa.literal(1)).select_from
    for table in (_ATTACHMENT, _UPLOAD):
        if op.get_bind().scalar(sealed(table).where(table.c.sealed.is_not(None)).limit(1)) is not None:
            raise ConfigurationError("Files of sensitive answers are sealed, and an older version could not open them.")
    op.drop_column("attachment", "answer")
    op.drop_column("attachment", "sealed")
    op.drop_column("upload", "sealed")
