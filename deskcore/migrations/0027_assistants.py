"""People who may ask for others whom they do not lead, and saved replies that all agents have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0027_assistants"
down_revision = "0026_managers"


def upgrade() -> None:
    """Add who asks for whom: nobody so far; no saved reply is everybody's yet."""
    op.create_table(
        "assistant",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("for_id", sa.Integer(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assistant_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["for_id"], ["person.id"], name=op.f("fk_assistant_for_id"), ondelete="CASCADE"),
        sa.CheckConstraint("person_id <> for_id", name=op.f("ck_assistant_somebody_else")),
        sa.PrimaryKeyConstraint("person_id", "for_id", name=op.f("pk_assistant")),
    )
    op.create_index("ix_assistant_for_id", "assistant", ["for_id"])
    everyone: sa.Column[bool] = sa.Column("everyone", sa.Boolean(), nullable=False, server_default=sa.false())
    with op.batch_alter_table("saved_reply") as table:
        table.add_column(everyone)
        table.create_check_constraint(op.f("ck_saved_reply_shared"), "NOT everyone OR desk_id IS NULL")
        table.create_index("ix_saved_reply_everyone", ["everyone"])


def downgrade() -> None:
    """Forget both; replies that all agents had become their authors' own."""
    with op.batch_alter_table("saved_reply") as table:
        table.drop_index("ix_saved_reply_everyone")
        table.drop_constraint(op.f("ck_saved_reply_shared"), type_="check")
        table.drop_column("everyone")
    op.drop_table("assistant")
