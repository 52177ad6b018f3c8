"""Who reads complaints now, and who is told when that is too few."""

from __future__ import annotations

import click
from flask import url_for
from flask_babel import gettext as _

from deskcore.plugin import PersonView, ViewerView, WaitingRow, people, setting
from deskcore_hr_desk.confidence import addresses

#: With one reader nobody reads a complaint about that person, or while that person is away.
ENOUGH = 2


def readers() -> list[PersonView]:
    """Return who reads a complaint that is about nobody: those named, else the team, else the leads of the desk."""
    workers = {each.email: each for role in ("agent", "lead") for each in people.on_desk("hr", role)}
    named = addresses(setting("hr_desk", "complaint_readers"))
    meant = [people.get(address) for address in named] if named else people.in_team("hr", "relations")
    found = {each.email: each for each in meant if each is not None and each.email in workers}
    return list(found.values()) or people.on_desk("hr", "lead")


def rows(viewer: ViewerView) -> list[WaitingRow]:
    """Return the warning that too few people read complaints, for those who can do something about it."""
    if not viewer.administrator and viewer.desks.get("hr") != "lead":
        return []
    count = len(readers())
    if count >= ENOUGH:
        return []
    title = _("Only one person reads complaints") if count else _("Nobody reads complaints")
    text = _("A complaint about a reader, or while that person is away, is read by nobody. Let two or more read them.")
    url = url_for("admin.plugin", name="hr_desk") if viewer.administrator else url_for("workspace.members")
    return [WaitingRow(title, text, url, _("Choose readers"), "shield")]


@click.command("complaint-readers")
def command() -> None:
    """Say who reads complaints; with fewer than two people it ends with code 1."""
    found = readers()
    for person in found:
        click.echo(f"{person.name} <{person.email}>")
    if len(found) < ENOUGH:
        raise click.ClickException(
            f"{len(found)} of at least {ENOUGH} people read complaints: a complaint about a reader, or while that "
            "person is away, is read by nobody. Name more in the setting “complaint_readers”, or in the team relations."
        )
