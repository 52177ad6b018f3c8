"""What a form will look like on the portal: in either language, and as wide as a phone."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup

from deskcore.desks.fields import FieldContext
from deskcore.desks.forms import build_form
from deskcore.hooks.contributions import RequestType
from deskcore.tickets.organisation import Organisation
from deskcore.web.viewer import current_person, time_zone


@dataclass(frozen=True)
class Preview:
    """A form as the portal shows it.

    :param language: of its words.
    """

    markup: Markup
    language: str
    phone: bool = False


def preview(edited: RequestType, language: str, *, phone: bool = False) -> Preview:
    """Return the portal's form of a request type that need not be stored."""
    person = current_person()
    context = FieldContext(language=language, time_zone=time_zone(), lookup=Organisation(person), person=person.email)
    with force_locale(language):
        # A table that has no columns yet shows nothing.
        shown = [field for field in edited.fields if field.columns or field.type != "lines"]
        form = build_form(shown, {}, context)
        html = render_template("admin/service_preview_part.html", form=form, type=edited, spoken=language)
    return Preview(Markup(html), language, phone)  # noqa: S704  (a template has escaped what people wrote)
