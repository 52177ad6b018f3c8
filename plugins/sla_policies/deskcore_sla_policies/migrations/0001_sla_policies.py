"""Calendars, policies, the clocks of tickets, and what was done about them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from deskcore.plugin import JSONType, UTCDateTime

revision = "0001_sla_policies"
down_revision = None

_AWAITED = sa.text("wake_at IS NOT NULL")


def upgrade() -> None:
    _rules()
    _tickets()
    _clocks()
    _work()
    _trials()


def downgrade() -> None:
    for table in ("trial", "heard", "run", "mark", "clock", "ticket", "ruleset", "day", "calendar"):
        op.drop_table(f"sla_policies_{table}")


def _rules() -> None:
    op.create_table(
        "sla_policies_calendar",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("name", JSONType, nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("weekly", JSONType, nullable=False),
        sa.Column("version", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sla_policies_calendar")),
    )
    op.create_table(
        "sla_policies_day",
        sa.Column("calendar", sa.String(40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("spans", JSONType, nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar"], ["sla_policies_calendar.key"], name=op.f("fk_sla_policies_day_calendar"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("calendar", "day", name=op.f("pk_sla_policies_day")),
    )
    op.create_table(
        "sla_policies_ruleset",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(24), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("policies", JSONType, nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_sla_policies_ruleset")),
    )


def _tickets() -> None:
    op.create_table(
        "sla_policies_ticket",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("location", sa.String(200), nullable=False),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("request_type", sa.String(60), nullable=False),
        sa.Column("priority", sa.String(10), nullable=False),
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("wake_at", UTCDateTime(), nullable=True),
        _of_its_ticket("ticket"),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_sla_policies_ticket")),
    )
    op.create_index(
        "ix_sla_policies_ticket_wake",
        "sla_policies_ticket",
        ["wake_at"],
        sqlite_where=_AWAITED,
        postgresql_where=_AWAITED,
    )


def _clocks() -> None:
    op.create_table(
        "sla_policies_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(12), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("paused_for", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(4), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("elapsed", sa.Integer(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("stopped_at", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("breached_at", UTCDateTime(), nullable=True),
        _of_its_ticket("clock"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies_clock")),
        sa.UniqueConstraint(
            "ticket_id", "measure", "cycle", name=op.f("uq_sla_policies_clock_ticket_id_measure_cycle")
        ),
    )
    op.create_index("ix_sla_policies_clock_ticket_id", "sla_policies_clock", ["ticket_id"])
    op.create_index("ix_sla_policies_clock_breached", "sla_policies_clock", ["breached_at"])
    op.create_index("ix_sla_policies_clock_started", "sla_policies_clock", ["started_at"])
    op.create_table(
        "sla_policies_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(12), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        _of_its_ticket("mark"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies_mark")),
        sa.UniqueConstraint(
            "ticket_id",
            "measure",
            "cycle",
            "percent",
            name=op.f("uq_sla_policies_mark_ticket_id_measure_cycle_percent"),
        ),
    )
    op.create_index("ix_sla_policies_mark_ticket_id", "sla_policies_mark", ["ticket_id"])


def _work() -> None:
    op.create_table(
        "sla_policies_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(12), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies_run")),
    )
    op.create_table(
        "sla_policies_heard",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies_heard")),
    )


def _trials() -> None:
    op.create_table(
        "sla_policies_trial",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("by", sa.String(254), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("desk", sa.String(60), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("tried", JSONType, nullable=False),
        sa.Column("found", JSONType, nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_sla_policies_trial")),
    )


def _of_its_ticket(table: str) -> Any:
    name = op.f(f"fk_sla_policies_{table}_ticket_id")
    return sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=name, ondelete="CASCADE")
