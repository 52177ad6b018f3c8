"""Visits and remarks."""

import sqlalchemy as sa
from alembic import op

revision = "0001_visits"
down_revision = None


def upgrade():
    op.create_table(
        "dummy_all_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dummy_all_visit")),
    )
    op.create_table(
        "dummy_all_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["dummy_all_visit.id"], name=op.f("fk_dummy_all_remark_visit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dummy_all_remark")),
    )


def downgrade():
    op.drop_table("dummy_all_remark")
    op.drop_table("dummy_all_visit")
