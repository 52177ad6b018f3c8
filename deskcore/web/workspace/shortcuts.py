"""The keys of the workspace on a page: what each does, and the form that gives it another or switches it off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.form_views import ErrorView
from deskcore.errors import Problem
from deskcore.people.services import update_profile
from deskcore.web import commands
from deskcore.web.commands import COMMANDS, Command
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import blueprint, show

#: More than any key is long.
_LONGEST = 40


@dataclass(frozen=True)
class KeyLine:
    """One command in the help and in the form.

    :param key: as it stands on buttons, ``""`` when it is off; ``typed``: as it stands in the form.
    """

    command: Command
    key: str
    typed: str
    usual: str
    error: str = ""


@blueprint.get("/shortcuts")
def shortcuts() -> str:
    """Show the keys of the workspace, and the form that changes them."""
    person = current_person()
    keys = commands.effective(person.own_keys or {})
    return _page(keys, {name: commands.plain(key) for name, key in keys.items()}, person.shortcuts, ())


@blueprint.post("/shortcuts")
def save_shortcuts() -> ResponseReturnValue:
    """Keep somebody's own keys, or bring the usual ones back."""
    person = current_person()
    if request.form.get("usual"):
        update_profile(person, {"own_keys": None})
        toast(_("The usual keys are back."))
        return redirect(url_for("workspace.shortcuts"), 303)
    written = {command.name: _written(command) for command in COMMANDS if not command.fixed}
    keys, problems = commands.checked(written)
    on = "shortcuts" in request.form
    if problems:
        return _page(commands.effective(person.own_keys or {}), written, on, problems), 422
    update_profile(person, {"own_keys": commands.differences(keys) or None, "shortcuts": on})
    toast(_("Your keys were saved."))
    return redirect(url_for("workspace.shortcuts"), 303)


def _written(command: Command) -> str:
    usual = commands.plain(command.key)
    return request.form.get(f"key.{command.name}", usual)[:_LONGEST].strip()


def _page(keys: Mapping[str, str], typed: Mapping[str, str], on: bool, problems: Sequence[Problem]) -> str:
    errors = {problem.field: problem.message for problem in problems}
    titles = {"everywhere": _("Everywhere"), "list": _("List"), "ticket": _("Ticket and selected rows")}
    lines = [
        KeyLine(
            command,
            commands.label(keys[command.name], command),
            typed.get(command.name, ""),
            commands.label(command.key, command),
            errors.get(command.name, ""),
        )
        for command in COMMANDS
    ]
    return show(
        "workspace/shortcuts.html",
        groups=[(title, [line for line in lines if line.command.group == group]) for group, title in titles.items()],
        summary=[ErrorView(_summary(problem), f"key-{problem.field}") for problem in problems],
        on=on,
        own=bool(current_person().own_keys),
        failed=bool(problems),
    )


def _summary(problem: Problem) -> str:
    """Return a problem with the command it is about: in the list of problems it stands without its field."""
    return f"{commands.BY_NAME[problem.field].title}: {problem.message}"
