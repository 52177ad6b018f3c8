"""As what somebody is asked: whoever loses that role is asked no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_roles"
down_revision = "0001_approvals"


def upgrade() -> None:
    with op.batch_alter_table("approvals_decision") as table:
        table.add_column(sa.Column("asked_as", sa.String(160), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("approvals_decision") as table:
        table.drop_column("asked_as")
