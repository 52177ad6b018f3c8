"""The keys that the reader of a page has: the usual ones, with the reader's own choice before them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g
from flask.sansio.blueprints import BlueprintSetupState

from deskcore.people.models import Person
from deskcore.web import commands
from deskcore.web.commands import BY_NAME
from deskcore.web.viewer import signed_in_person
from deskcore.web.workspace.area import blueprint


def my_keys() -> Mapping[str, str]:
    """Return the reader's key by the name of a command, computed once a request."""
    if "own_keys" not in g:
        g.own_keys = keys_of(signed_in_person())
    known: Mapping[str, str] = g.own_keys
    return known


def keys_of(person: Person | None) -> dict[str, str]:
    """Return somebody's key by the name of a command; none of a single key when the person has switched them off."""
    keys = commands.effective((person.own_keys if person else None) or {})
    off = person is not None and not person.shortcuts
    return {name: "" if off and not BY_NAME[name].fixed else key for name, key in keys.items()}


@blueprint.record_once
def _offer(state: BlueprintSetupState) -> None:
    """Show the reader's keys wherever a template names a usual one."""
    state.app.jinja_env.globals.update(
        pressed=lambda key: commands.pressed(key, my_keys()), key_map=lambda: commands.key_map(my_keys())
    )
