"""How the organisation shows itself: name, logo, colour, contact and notice."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Conflict, Problem, Refused
from deskcore.fingerprints import fingerprint
from deskcore.organisation.colours import DARK_GROUNDS, LIGHT_GROUNDS, accent, contrast
from deskcore.organisation.images import MAX_BYTES
from deskcore.organisation.services import change_look, read_look, set_logo, texts_of
from deskcore.runtime import runtime
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.editing import Typed, conflict, differences, given, options, typed_again
from deskcore.web.templating import toast

_FIELDS = ("organisation", "contact", "notice_en", "notice_pl", "language", "accent")


@dataclass(frozen=True)
class Correction:
    """What became of the chosen colour in one theme.

    :param ratio: contrast on the surface, of the colour that is used; ``before``, of the chosen one.
    """

    theme: str
    used: str
    ratio: float
    before: float
    corrected: bool


@blueprint.get("/look")
def look() -> str:
    """Show the look."""
    return _page()


@blueprint.post("/look")
def look_save() -> ResponseReturnValue:
    """Store name, contact, notice and colour."""
    values = given(_FIELDS)
    try:
        change_look(values, request.form.get("seen", ""))
    except Refused as refused:
        return _page(typed_again(refused, values)), 422
    except Conflict as error:
        stored = texts_of(read_look())
        rows = differences(_labels(), stored, values)
        return conflict(error.message, rows, fingerprint(stored), url_for("admin.look"))
    toast(_("The look was saved."))
    return redirect(url_for("admin.look"), 303)


@blueprint.post("/look/logo")
def look_logo() -> ResponseReturnValue:
    """Store a picture as the logo, or take the logo away."""
    try:
        if request.form.get("action") == "remove":
            set_logo(None)
            toast(_("The logo was removed."))
        else:
            file = request.files.get("logo")
            content = file.stream.read(MAX_BYTES + 1) if file is not None and file.filename else b""
            if not content:
                raise Refused(Problem(_("Choose a picture"), "logo"))
            set_logo(content)
            toast(_("The logo was saved."))
    except Refused as refused:
        form = typed_again(refused, texts_of(read_look()))
        return _page(form), refused.status
    return redirect(url_for("admin.look"), 303)


def _labels() -> dict[str, str]:
    return {
        "organisation": _("Name of the organisation"),
        "contact": _("Contact in the footer"),
        "notice_en": _("Notice in English"),
        "notice_pl": _("Notice in Polish"),
        "language": _("Language"),
        "accent": _("Colour"),
    }


def _languages() -> dict[str, str]:
    own = {"en": "English", "pl": "Polski"}
    usual = own[runtime().config.default_language]
    return {"": _("As in the configuration: %(language)s", language=usual), **own}


def _page(form: Typed | None = None) -> str:
    stored, config = read_look(), runtime().config
    form = form or Typed(texts_of(stored))
    return render_template(
        "admin/look.html",
        form=form,
        seen=fingerprint(texts_of(stored)),
        stored=stored,
        languages=options(_languages(), form.values.get("language", "")),
        own_name=config.organisation,
        own_contact=config.help_contact,
        corrections=_corrections(stored.accent) if stored.accent else (),
        kilobytes=MAX_BYTES // 1024,
        summary=form.summary("l-"),
        failed=bool(form.errors),
    )


def _corrections(chosen: str) -> list[Correction]:
    found = accent(chosen)
    themes = ((_("light"), found.light.text, LIGHT_GROUNDS), (_("dark"), found.dark.text, DARK_GROUNDS))
    return [
        Correction(theme, used, _worst(used, grounds), _worst(chosen, grounds), used != chosen)
        for theme, used, grounds in themes
    ]


def _worst(colour: str, grounds: tuple[str, ...]) -> float:
    """Return the least contrast, cut off and not rounded: 4.49 is not enough."""
    return int(min(contrast(colour, ground) for ground in grounds) * 100) / 100
