"""How plugins are: calls, failures and times by day and place; and which panels of theirs somebody hides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType

revision = "0014_plugin_health"
down_revision = "0013_held_replies"


def upgrade() -> None:
    """Create the table, which begins to fill with the next calls, and the column; nothing in it hides nothing."""
    op.add_column("person", sa.Column("hidden_panels", JSONType, nullable=True))
    op.create_table(
        "plugin_health",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "plugin", "slot", "span", name=op.f("pk_plugin_health")),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("plugin_health")
    op.drop_column("person", "hidden_panels")
