"""The name under which the documents of an index stand that count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_search"
down_revision = "0001_search"


def upgrade() -> None:
    op.add_column("search_built", sa.Column("current", sa.String(100), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("search_built") as built:
        built.drop_column("current")
