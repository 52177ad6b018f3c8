"""A plugin with a desk, pages, a panel, a table, a job and handlers, written into a folder; and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MANIFEST = """\
[metadata]
name = deskcore-fleet-desk
version = 1.0
description = Cars of the organisation.

[options]
packages = find:
install_requires =
    deskcore>=0.1,<0.2

[options.entry_points]
deskcore.plugins =
    fleet_desk = deskcore_fleet_desk

[options.package_data]
deskcore_fleet_desk =
    templates/**/*
    translations/**/*
"""
PACKAGE = '''\
"""Cars: who drives which, and what was done to them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from deskcore_fleet_desk import models, views
from deskcore.plugin import (
    Changes, Desk, EventView, Field, Job, Option, PanelRow, PluginBlueprint, Problem, RequestType, Setting, Team, Text,
    TicketDraft, TicketPanel, TicketView, ViewerView, hookimpl, setting, unit_of_work,
)


@hookimpl
def register_desks() -> list[Desk]:
    """Add the desk."""
    return [Desk("fleet", "FLT", Text("Fleet", "Flota"), teams=(Team("yard", Text("Yard", "Plac")),))]


@hookimpl
def register_request_types() -> list[RequestType]:
    """Add what can be asked for."""
    driver = Field("driver", "user", Text("Who drives?", "Kto kieruje?"), required=True)
    kind = Field(
        "kind", "select", Text("Which kind?", "Jaki rodzaj?"), required=True,
        options=(Option("van", Text("A van", "Bus")), Option("car", Text("A car", "Auto"))),
    )
    days = Field("days", "int", Text("For how many days?", "Na ile dni?"), required=True, minimum=1, maximum=30)
    plate = Field("plate", "text", Text("Which one?", "Który?"), required=True)
    return [
        RequestType(
            "borrow_car", "fleet", Text("Borrow a car", "Wypożycz auto"), Text("For a trip.", "Na wyjazd."),
            fields=(driver, kind, days), subject=Text("A {kind} for a trip", "{kind} na wyjazd"),
        ),
        RequestType(
            "dent", "fleet", Text("Report a dent", "Zgłoś wgniecenie"), Text("We repair it.", "Naprawimy."),
            door="broken", fields=(plate,), subject=Text("Dent: {plate}", "Wgniecenie: {plate}"), team="yard",
        ),
    ]


@hookimpl
def register_settings() -> list[Setting]:
    """Add what an organisation decides."""
    return [Setting("longest_days", Text("Longest loan in days", "Najdłużej, w dniach"), "int", 14)]


@hookimpl
def validate_ticket(draft: TicketDraft) -> Problem | None:
    """Refuse a loan that is too long."""
    if draft.request_type != "borrow_car" or draft.answers["days"] <= setting("fleet_desk", "longest_days"):
        return None
    return Problem("A loan is shorter.", "answers.days")


@hookimpl
def before_ticket_open(draft: TicketDraft) -> Changes | None:
    """Keep what was asked for."""
    return Changes(tags=("van",)) if draft.answers.get("kind") == "van" else None


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Show what is known of the loan."""
    return [TicketPanel("fleet_loan", Text("Loan", "Wypożyczenie"), loan)]


def loan(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return the lines of the panel."""
    return [PanelRow(str(ticket.answers["days"]), _("Days"))] if "days" in ticket.answers else []


@hookimpl
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Write the log."""
    if %(logged)s:
        with unit_of_work() as session:
            session.add(models.LogLine(number=ticket.number, text=ticket.subject))


@hookimpl
def register_jobs() -> list[Job]:
    """Tidy the log."""
    return [Job("fleet_tidy", tidy, "0 3 * * *")]


def tidy(arguments: Mapping[str, Any]) -> None:
    """Write that the log was tidied."""
    with unit_of_work() as session:
        session.add(models.LogLine(number="", text=f"tidied {arguments['how']}"))


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add the pages."""
    return [PluginBlueprint(views.pages, "portal"), PluginBlueprint(views.yard, "workspace")]
'''
MODELS = '''\
"""What happened to the cars."""

from sqlalchemy.orm import Mapped, mapped_column

from deskcore.plugin import Base


class LogLine(Base):
    """A line of the log."""

    __tablename__ = "fleet_desk_log_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    text: Mapped[str]
'''
VIEWS = '''\
"""The pages."""

import sqlalchemy as sa
from flask import Blueprint, abort, render_template

from deskcore.plugin import unit_of_work
from deskcore_fleet_desk.models import LogLine

pages = Blueprint("fleet_desk", __name__)
yard = Blueprint("fleet_desk_yard", __name__)


def lines(condition=True):
    with unit_of_work() as session:
        return session.scalars(sa.select(LogLine).where(condition)).all()


@pages.get("/log")
def log():
    """Show the log."""
    found = lines()
    %(more)s
    return render_template("fleet_desk/log.html", lines=found)


@yard.get("/yard/<number>")
def of_ticket(number):
    """Show the log of a ticket."""
    found = lines(LogLine.number == number)
    if not found:
        abort(404)
    return render_template("fleet_desk/log.html", lines=found)


@yard.post("/yard/<number>/wash")
def wash(number):
    """Note that a car was washed."""
    if not lines(LogLine.number == number):
        abort(404)
    return "", 204
'''
TEMPLATE = """\
{% extends "shell/portal.html" %}
{% block title %}{{ _("Log of the cars") }}{% endblock %}
{% block main %}
<h1>{{ _("Log of the cars") }}</h1>
<form><label for="q">{{ _("Words") }}</label> <input id="q" name="q"></form>
<ul>{% for line in lines %}<li translate="no">{{ line.text }}</li>{% endfor %}</ul>
MORE
{% endblock %}
"""
CATALOGUE = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: pl\\n"

msgid "Log of the cars"
msgstr "Dziennik aut"

msgid "Days"
msgstr "Dni"

msgid "Words"
msgstr "Słowa"
"""
MIGRATION = '''\
"""The log."""

import sqlalchemy as sa
from alembic import op

revision = "0001_log"
down_revision = None


def upgrade():
    op.create_table(
        "fleet_desk_log_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fleet_desk_log_line")),
    )


def downgrade():
    op.drop_table("fleet_desk_log_line")
'''


def write_fleet(
    folder: Path, tests: str, *, logged: str = "ticket.desk == 'fleet'", more: str = "pass", markup: str = ""
) -> Path:
    """Write the plugin with its tests into ``folder/fleet_desk``.

    :param logged: condition on ``ticket`` that it goes into the log, which everybody reads.
    :param more: a statement in the view of the log.
    :param markup: added to the page of the log.
    """
    top = folder / "fleet_desk"
    package = top / "deskcore_fleet_desk"
    files = {
        top / "setup.cfg": MANIFEST,
        top / "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        top / "tests/test_fleet.py": tests,
        package / "__init__.py": PACKAGE % {"logged": logged},
        package / "models.py": MODELS,
        package / "views.py": VIEWS % {"more": more},
        package / "templates/fleet_desk/log.html": TEMPLATE.replace("MORE", markup),
        package / "translations/pl/LC_MESSAGES/messages.po": CATALOGUE,
        package / "migrations/0001_log.py": MIGRATION,
    }
    _write(files)
    return top


def write_bare(folder: Path, tests: str, package: str, requires: str = "") -> Path:
    """Write a plugin of one file, with its tests, into ``folder/deskcore-bare``: a folder may be called anything.

    :param requires: a distribution that it needs beside Deskcore.
    """
    top = folder / "deskcore-bare"
    manifest = MANIFEST.replace("fleet_desk", "bare").replace("fleet-desk", "bare")
    _write({
        top / "setup.cfg": manifest.replace("<0.2\n", f"<0.2\n    {requires}\n"),
        top / "tests/test_bare.py": tests,
        top / "deskcore_bare/__init__.py": package,
    })  # fmt: skip
    return top


def _write(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
