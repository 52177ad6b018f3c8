"""What a restored installation holds back, how many were told of an event, since when nothing holds a file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0004_recovery"
down_revision = "0003_drafts"


def upgrade() -> None:
    """Add what backups and checks need to know, and the indexes by which a file's holders are found."""
    op.add_column("system_state", sa.Column("held_since", UTCDateTime(), nullable=True))
    op.add_column("stored_file", sa.Column("unheld_since", UTCDateTime(), nullable=True))
    op.add_column("ticket_event", sa.Column("told", sa.SmallInteger(), nullable=True))
    op.create_index(op.f("ix_attachment_sha256"), "attachment", ["sha256"])
    op.create_index(op.f("ix_upload_sha256"), "upload", ["sha256"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(op.f("ix_upload_sha256"), "upload")
    op.drop_index(op.f("ix_attachment_sha256"), "attachment")
    with op.batch_alter_table("ticket_event") as batch:
        batch.drop_column("told")
    with op.batch_alter_table("stored_file") as batch:
        batch.drop_column("unheld_since")
    with op.batch_alter_table("system_state") as batch:
        batch.drop_column("held_since")
