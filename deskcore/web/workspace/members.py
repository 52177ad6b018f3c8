"""Who works on the desks that the reader leads: on a confidential one nobody else decides it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.administration import read_desk
from deskcore.desks.form_views import OptionView
from deskcore.errors import Conflict, NotFound, Refused
from deskcore.fingerprints import fingerprint
from deskcore.people.granting import change_member, give_to_plugin, members, plugins_on
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.web.templating import toast
from deskcore.web.viewer import desk_roles, language
from deskcore.web.workspace.area import blueprint, show


@dataclass(frozen=True)
class Member:
    """Somebody who works on a desk.

    :param seen: fingerprint of the role that the page shows.
    """

    person: Person
    roles: list[OptionView]
    seen: str


@dataclass(frozen=True)
class LedDesk:
    """A desk that the reader leads.

    :param plugins: those to which a confidential desk can be given, each with whether it is.
    """

    key: str
    title: str
    confidential: bool
    members: list[Member]
    plugins: list[tuple[str, bool]]


@blueprint.get("/members", endpoint="members")
def desk_members() -> str:
    """Show who works on the reader's desks."""
    return _page()


@blueprint.post("/members/<key>")
def member(key: str) -> ResponseReturnValue:
    """Give somebody a role on a desk, or take the person off it."""
    if key not in {desk.key for desk in _led()}:
        raise NotFound(_("There is no such desk."))
    email, role = request.form.get("email", ""), request.form.get("role", "")
    try:
        change_member(key, email, role, request.form.get("seen", ""))
    except Refused as refused:
        return _page(key, email, refused.message), 422
    except Conflict as error:
        return _page(key, email, " ".join((error.message, _("The list shows what is stored now.")))), 409
    toast(_("Saved."))
    return redirect(url_for("workspace.members"), 303)


@blueprint.post("/members/<key>/plugins/<plugin>")
def plugin_member(key: str, plugin: str) -> ResponseReturnValue:
    """Let a plugin work on a confidential desk, or no longer."""
    if key not in {desk.key for desk in _led()}:
        raise NotFound(_("There is no such desk."))
    give_to_plugin(key, plugin, given=request.form.get("on") == "1")
    toast(_("Saved."))
    return redirect(url_for("workspace.members"), 303)


def leads() -> bool:
    """Tell whether the reader leads a desk."""
    return "lead" in desk_roles().values()


def _page(key: str = "", email: str = "", error: str = "") -> str:
    if not leads():
        raise NotFound(_("There is no such page."))
    return show(
        "workspace/members.html",
        here="members",
        desks=_led(),
        wrong=key,
        email=email,
        error=error,
        roles=_roles("agent")[1:],
        nothing=fingerprint(""),
        failed=bool(error),
    )


def _led() -> list[LedDesk]:
    roles = desk_roles()
    desks = [desk for desk in runtime().catalogue.desks.values() if roles.get(desk.id) == "lead"]
    return [
        LedDesk(
            desk.key,
            desk.title.in_language(language()),
            desk.confidential,
            [Member(person, _roles(role), fingerprint(role)) for person, role in members(read_desk(desk.key))],
            plugins_on(read_desk(desk.key)) if desk.confidential else [],
        )
        for desk in desks
    ]


def _roles(chosen: str) -> list[OptionView]:
    labels = (("", _("Nothing")), ("agent", _("Agent")), ("lead", _("Lead")))
    return [OptionView(value, label, selected=value == chosen) for value, label in labels]
