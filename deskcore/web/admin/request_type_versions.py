"""What a request type was before: compared, brought back, and what to keep after an upgrade of its plugin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks import editing
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.declarations import DeclarationError, read_document
from deskcore.desks.differences import edits_between
from deskcore.desks.history import versions_of
from deskcore.desks.models import RequestTypeVersion
from deskcore.desks.overrides import declared_value
from deskcore.errors import Conflict, NotFound, Refused
from deskcore.extensions import db
from deskcore.hooks.contributions import RequestType
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.audit_words import field_words, value_words
from deskcore.web.admin.request_types import Crumb, crumbs, find_entry, sent_revision, title_crumb
from deskcore.web.templating import toast
from deskcore.web.viewer import current_person, language


@dataclass(frozen=True)
class Difference:
    """One thing that is different, in words.

    :param place: key of it in the request type.
    """

    label: str
    place: str
    before: str
    after: str


def differences(before: RequestType, after: RequestType) -> list[Difference]:
    """Return what is different in ``after``, in the reader's words."""
    spoken = language()
    found = []
    for key, value in edits_between(before, after).items():
        label, place = field_words(key)
        was = declared_value(before, key)
        found.append(Difference(label, place, value_words(was, spoken).text, value_words(value, spoken).text))
    return found


@blueprint.get("/services/<slug>/versions")
def service_versions(slug: str) -> str:
    """List what a request type was, since when, and who changed it."""
    entry = find_entry(slug)
    versions = versions_of(entry.id)
    return render_template(
        "admin/service_versions.html",
        entry=entry,
        versions=versions,
        crumbs=crumbs(title_crumb(entry), Crumb(_("Versions"))),
    )


@blueprint.get("/services/<slug>/versions/<int:revision>")
def service_version(slug: str, revision: int) -> str:
    """Compare an earlier version with what is offered now."""
    entry = find_entry(slug)
    version = _version(entry, revision)
    return render_template(
        "admin/service_version.html",
        entry=entry,
        version=version,
        differences=differences(_read(entry, version), entry.type),
        crumbs=crumbs(
            title_crumb(entry), Crumb(_("Versions"), url_for("admin.service_versions", slug=slug)), Crumb(str(revision))
        ),
    )


@blueprint.post("/services/<slug>/versions/<int:revision>/restore")
def service_restore(slug: str, revision: int) -> ResponseReturnValue:
    """Offer a request type again as it was; that is a new version."""
    entry = find_entry(slug)
    try:
        editing.save(entry, _read(entry, _version(entry, revision)), sent_revision(), current_person().email)
    except Refused as refused:
        toast(refused.message)
    except Conflict:
        toast(_("Somebody else changed this request type meanwhile. Look at it again, then repeat what you did."))
    else:
        toast(_("Version %(number)s is back.", number=revision))
    return redirect(url_for("admin.service_versions", slug=slug), 303)


@blueprint.get("/services/<slug>/upgrade")
def service_upgrade(slug: str) -> str:
    """List the edits whose ground the plugin changed, each with what it was, what is yours and what is new."""
    entry = find_entry(slug)
    spoken = language()
    lines = [
        (
            line,
            *field_words(line.key),
            *(value_words(value, spoken).text for value in (line.before, line.yours, line.new)),
        )
        for line in editing.edits_to_look_at(db.session(), entry)
    ]
    return render_template(
        "admin/service_upgrade.html",
        entry=entry,
        lines=lines,
        crumbs=crumbs(title_crumb(entry), Crumb(_("Yours or new"))),
    )


@blueprint.post("/services/<slug>/upgrade")
def service_upgrade_choose(slug: str) -> ResponseReturnValue:
    """Keep an edit, or take what the plugin declares now."""
    entry, key = find_entry(slug), request.form.get("key", "")
    try:
        if request.form.get("keep") == "mine":
            editing.keep_mine(entry, key)
            toast(_("Yours stays."))
        else:
            editing.take_new(entry, key, current_person().email)
            toast(_("It follows the plugin again."))
    except Refused as refused:
        toast(refused.message)
    return redirect(url_for("admin.service_upgrade", slug=slug), 303)


def _version(entry: RequestTypeEntry, revision: int) -> RequestTypeVersion:
    """Return a version.

    :raises NotFound: when there is none.
    """
    for version in versions_of(entry.id):
        if version.revision == revision:
            return version
    raise NotFound(_("There is no such version."))


def _read(entry: RequestTypeEntry, version: RequestTypeVersion) -> RequestType:
    """Return the request type that a version kept.

    :raises NotFound: when this version of the helpdesk cannot read it.
    """
    content: dict[str, Any] = dict(version.content)
    try:
        return read_document(Path(f"{entry.type.key}.toml"), content, entry.desk.key)
    except DeclarationError as error:
        raise NotFound(_("This version cannot be read any more.")) from error
