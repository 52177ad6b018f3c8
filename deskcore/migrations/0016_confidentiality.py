"""Named people of a desk, who may never see a ticket, kept notes, former numbers, and emergency access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import UTCDateTime

revision = "0016_confidentiality"
down_revision = "0015_sealed_answers"

_BEFORE = "role IN ('requester', 'reporter', 'follower', 'approver', 'manager', 'break_glass')"
_AFTER = "role IN ('requester', 'reporter', 'follower', 'approver', 'manager', 'break_glass', 'member')"
#: Until now whoever took part and worked on the desk was one of the named.
_NAME = """
INSERT INTO ticket_participant (ticket_id, person_id, role, since)
SELECT DISTINCT ticket.id, grants.person_id, 'member', ticket.updated_at
FROM ticket JOIN desk_grant AS grants ON grants.desk_id = ticket.desk_id
JOIN ticket_participant AS part ON part.ticket_id = ticket.id AND part.person_id = grants.person_id
WHERE ticket.visibility = 'named' AND part.role NOT IN ('requester', 'reporter') AND part.until IS NULL
"""


def upgrade() -> None:
    """Add them."""
    _roles(_AFTER)
    op.execute(_NAME)
    with op.batch_alter_table("note") as batch:
        batch.add_column(sa.Column("kept_by", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_note_kept_by"), "desk", ["kept_by"], ["id"], ondelete="RESTRICT")
    op.create_table(
        "ticket_exclusion",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_exclusion_ticket_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ticket_exclusion_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_ticket_exclusion")),
    )
    op.create_index(op.f("ix_ticket_exclusion_person_id"), "ticket_exclusion", ["person_id"])
    op.create_table(
        "former_number",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_former_number_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_former_number")),
    )
    op.create_index(op.f("ix_former_number_ticket_id"), "former_number", ["ticket_id"])
    _emergencies()


def _emergencies() -> None:
    op.create_table(
        "emergency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("until", UTCDateTime(), nullable=True),
        sa.Column("noticed_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'given', 'refused', 'ended')", name=op.f("ck_emergency_state")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_emergency_ticket_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asker_id"], ["person.id"], name=op.f("fk_emergency_asker_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["decider_id"], ["person.id"], name=op.f("fk_emergency_decider_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency")),
        sa.UniqueConstraint("token", name=op.f("uq_emergency_token")),
    )
    op.create_index(op.f("ix_emergency_ticket_id"), "emergency", ["ticket_id"])
    op.create_index(op.f("ix_emergency_asker_id"), "emergency", ["asker_id"])
    op.create_index("ix_emergency_state", "emergency", ["state", "until"])


def downgrade() -> None:
    """Drop them; who was named takes part as a follower again."""
    for table in ("emergency", "former_number", "ticket_exclusion"):
        op.drop_table(table)
    with op.batch_alter_table("note") as batch:
        batch.drop_constraint(op.f("fk_note_kept_by"), type_="foreignkey")
        batch.drop_column("kept_by")
    op.execute(
        "DELETE FROM ticket_participant WHERE role = 'member' AND EXISTS (SELECT 1 FROM ticket_participant AS other"
        " WHERE other.ticket_id = ticket_participant.ticket_id AND other.person_id = ticket_participant.person_id"
        " AND other.role = 'follower')"
    )
    op.execute("UPDATE ticket_participant SET role = 'follower' WHERE role = 'member'")
    _roles(_BEFORE)


def _roles(condition: str) -> None:
    with op.batch_alter_table("ticket_participant") as batch:
        batch.drop_constraint(op.f("ck_ticket_participant_role"), type_="check")
        batch.create_check_constraint(op.f("ck_ticket_participant_role"), condition)
