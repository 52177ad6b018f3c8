"""The page of one person in the administration: what it shows, whichever of its forms came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.desks.form_views import OptionView
from deskcore.desks.models import DeskRow
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.addresses import why_it_stays
from deskcore.people.administration import particulars, token_handle, tokens_of, whole_person
from deskcore.people.assistants import asks_for
from deskcore.people.former import former_addresses
from deskcore.people.granting import confidential_desks_of, may_grant, read_rights
from deskcore.people.models import Person
from deskcore.people.tokens import SCOPES, USUAL_SCOPES
from deskcore.web.absences import plan_of
from deskcore.web.admin.editing import Typed, options
from deskcore.web.viewer import current_person, language


@dataclass(frozen=True)
class RoleRow:
    """A desk in the matrix of somebody's rights.

    :param fixed: the role in words where the reader may not change it.
    """

    key: str
    title: str
    prefix: str
    confidential: bool
    roles: list[OptionView]
    fixed: str = ""


@dataclass(frozen=True)
class TokenRow:
    """An API token as it is listed; the secret was shown once."""

    handle: str
    purpose: str
    area: str
    scopes: str
    created_at: datetime
    expires_at: datetime | None


def role_labels() -> dict[str, str]:
    """Return what somebody can be on a desk."""
    return {"": _("Nothing"), "agent": _("Agent"), "lead": _("Lead")}


def person_page(
    email: str,
    *,
    particulars_form: Typed | None = None,
    address_form: Typed | None = None,
    assistant_form: Typed | None = None,
    rights_error: str = "",
    rights: Mapping[str, Any] | None = None,
    token_error: str = "",
    access_error: str = "",
    still_open: Sequence[str] = (),
    secret: Mapping[str, str] | None = None,
    absence: Refused | None = None,
) -> str:
    """Render the page.

    :param rights: as they were typed, when they were refused.
    :param still_open: what plugins say is open with a person whose access was to be taken away.
    :param secret: ``kind``, ``value`` and ``note`` of what is shown this once.
    :param absence: why an absence was refused.
    """
    found = whole_person(email)
    forms = _forms(found, particulars_form, address_form, assistant_form)
    held, absences = read_rights(found), plan_of(found, absence)
    errors = {"rights_error": rights_error, "token_error": token_error, "access_error": access_error}
    return render_template(
        "admin/person.html",
        person=found,
        absences=absences,
        still_open=still_open,
        secret=secret,
        link_reason=link_reason(found),
        see_as_url=url_for("admin.person_see_as", email=email) if found.id != current_person().id else "",
        summary=[*forms.pop("summary"), *(absences.summary if absences else ())],
        failed=any((absence, forms.pop("failed"), *errors.values(), still_open)),
        **forms,
        **errors,
        **_addresses(found),
        **_rights(held, rights or held),
        **_tokens(found),
    )


def _forms(
    person: Person, particulars_form: Typed | None, address_form: Typed | None, assistant_form: Typed | None
) -> dict[str, Any]:
    """Return the forms in which something is typed, as they open or as they came back."""
    stored = particulars(person)
    form, address, assistant = particulars_form or Typed(stored), address_form or Typed({}), assistant_form or Typed({})
    return {
        "form": form,
        "seen": fingerprint(stored),
        "languages": options({"": _("As in the browser"), "en": "English", "pl": "Polski"}, form.values["language"]),
        "address": address,
        "assistant": assistant,
        "asks_for": asks_for(person),
        "summary": [*form.summary("p-"), *address.summary("a-"), *assistant.summary("f-")],
        "failed": any((form.errors, address.errors, assistant.errors)),
    }


def _addresses(person: Person) -> dict[str, Any]:
    return {
        "address_seen": fingerprint(person.email),
        "address_reason": why_it_stays(person),
        "formers": former_addresses(db.session(), person),
    }


def _rights(held: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"rights": shown, "rights_seen": fingerprint(held), "rows": _rows(shown)}


def link_reason(person: Person) -> str:
    """Return why the reader may not make a link for a new password, or ``""``.

    Whoever uses it is that person: on a confidential desk, it would let an administrator read what he must not.
    """
    if not person.active:
        return _("This person has no access.")
    if person.id != current_person().id and confidential_desks_of(person):
        return _("This person works on a confidential desk. Make the link on the server:")
    return ""


def token_reason(person: Person) -> str:
    """Return why the reader may not make an API token, or ``""``.

    A token reads what its person reads, and nobody would notice: in the browser it is for oneself only. An account
    without a password may well be somebody who has not signed in yet.
    """
    if not person.active:
        return _("This person has no access.")
    if person.id == current_person().id:
        return ""
    return _("A token reads what its person reads. Here you make them for yourself only; for others on the server:")


def _rows(rights: Mapping[str, Any]) -> list[RoleRow]:
    labels, spoken = role_labels(), language()
    rows = []
    for desk in db.session.scalars(select(DeskRow).order_by(DeskRow.position, DeskRow.key)):
        role, allowed = rights["desks"].get(desk.key, ""), may_grant(desk)
        choices = options(labels, role) if allowed else []
        title = desk.title[spoken]
        rows.append(
            RoleRow(desk.key, title, desk.prefix, desk.confidential, choices, "" if allowed else labels.get(role, role))
        )
    return rows


def _tokens(person: Person) -> dict[str, Any]:
    found = [_token(token) for token in tokens_of(person)]
    return {"tokens": found, "token_reason": token_reason(person), "scopes": SCOPES, "usual_scopes": USUAL_SCOPES}


def _token(token: Any) -> TokenRow:
    areas = {"portal": _("Portal"), "workspace": _("Workspace")}
    scopes = ", ".join(token.scopes)
    return TokenRow(token_handle(token), token.name, areas[token.area], scopes, token.created_at, token.expires_at)
