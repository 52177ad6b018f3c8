"""Badges: rebuilds a table that others refer to."""

import sqlalchemy as sa
from alembic import op

revision = "0002_badges"
down_revision = "0001_visits"


def rebuilt():
    """SQLite makes a new table for most changes; here it does so always, to be seen to lose nothing."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def upgrade():
    with op.batch_alter_table("dummy_all_visit", recreate=rebuilt()) as table:
        table.add_column(sa.Column("badge", sa.String(), nullable=False, server_default=""))


def downgrade():
    with op.batch_alter_table("dummy_all_visit", recreate=rebuilt()) as table:
        table.drop_column("badge")
