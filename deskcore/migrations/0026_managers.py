"""Desks that let managers see what their people ask, or ask in their name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026_managers"
down_revision = "0025_absences"

_INDEX = "ix_ticket_participant_rule"
_BY_RULE = sa.text("by_rule")


def upgrade() -> None:
    """Add what a desk says of managers, and who takes part because of it: nobody so far."""
    op.add_column("desk", sa.Column("managers_see", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("desk", sa.Column("managers_send", sa.Boolean(), nullable=False, server_default=sa.false()))
    by_rule: sa.Column[bool] = sa.Column("by_rule", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("ticket_participant", by_rule)
    columns = ["ticket_id", "person_id"]
    op.create_index(_INDEX, "ticket_participant", columns, sqlite_where=_BY_RULE, postgresql_where=_BY_RULE)


def downgrade() -> None:
    """Take those away who take part by the rule of a desk, and forget the rules."""
    op.execute(sa.text("DELETE FROM ticket_participant WHERE by_rule"))
    op.drop_index(_INDEX, "ticket_participant")
    op.drop_column("ticket_participant", "by_rule")
    op.drop_column("desk", "managers_send")
    op.drop_column("desk", "managers_see")
