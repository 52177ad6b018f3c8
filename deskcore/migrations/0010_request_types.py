"""What administrators change in request types, and imports that were begun in the browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from deskcore.extensions import JSONType, UTCDateTime

revision = "0010_request_types"
down_revision = "0009_organisation"


def upgrade() -> None:
    """Keep types made in the browser, what an edit was made on, every state of a type, and imports."""
    op.add_column("request_type", sa.Column("declaration", JSONType, nullable=True))
    op.add_column("request_type_override", sa.Column("before", JSONType, nullable=True))
    op.create_table(
        "request_type_version",
        sa.Column("request_type_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("form_version_id", sa.Integer(), nullable=False),
        sa.Column("content", JSONType, nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_type_id"],
            ["request_type.id"],
            name=op.f("fk_request_type_version_request_type_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["form_version_id"],
            ["form_version.id"],
            name=op.f("fk_request_type_version_form_version_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("request_type_id", "revision", name=op.f("pk_request_type_version")),
    )
    op.create_table(
        "import_run",
        sa.Column("token", sa.String(length=43), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("settings", JSONType, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("report", JSONType, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_run_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_import_run")),
    )
    op.create_index(op.f("ix_import_run_at"), "import_run", ["at"])


def downgrade() -> None:
    """Drop them; what plugins declare is offered again as they declare it."""
    op.drop_index(op.f("ix_import_run_at"), "import_run")
    op.drop_table("import_run")
    op.drop_table("request_type_version")
    with op.batch_alter_table("request_type_override") as batch:
        batch.drop_column("before")
    with op.batch_alter_table("request_type") as batch:
        batch.drop_column("declaration")
