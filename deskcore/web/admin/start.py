"""The first page of the administration: how everything is, what is left to set up, and where each setting stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask import render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore import health
from deskcore.clock import now
from deskcore.config import Config
from deskcore.extensions import db
from deskcore.people.models import DeskGrant
from deskcore.runtime import runtime
from deskcore.tickets.work_status import SILENT, WorkStatus
from deskcore.web.admin.amounts import amount, room_for, shown_status
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.navigation import pages, search
from deskcore.web.templating import page_url, size, when
from deskcore.web.viewer import language


@dataclass(frozen=True)
class Part:
    """How one part of the installation is.

    :param word: in a badge of ``tone`` with ``icon``.
    :param note: one sentence more.
    """

    title: str
    word: str
    tone: str
    icon: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Step:
    """Something to set up."""

    label: str
    done: bool
    url: str
    note: str = ""


@blueprint.get("/", strict_slashes=False)
def home() -> str:
    """Show how everything is; ``?q=`` searches settings."""
    query = " ".join(request.args.get("q", "").split())[:100]
    steps = list(_steps())
    return render_template(
        "admin/start.html",
        query=query,
        found=search(query),
        parts=list(_parts()),
        steps=steps,
        left=sum(not step.done for step in steps),
        pages=[(page, page_url(page.endpoint)) for page in pages() if page.endpoint != "admin.home"],
    )


def _parts() -> Iterator[Part]:
    status, config = shown_status(), runtime().config
    yield _database(config)
    yield _work(status)
    yield _workers(status)
    yield _disk(config)
    yield _backup()
    yield _plugins()


def _good(title: str, note: str, url: str = "", word: str = "") -> Part:
    return Part(title, word or _("Works"), "done", "check", note, url)


def _bad(title: str, note: str, url: str = "", word: str = "") -> Part:
    return Part(title, word or _("Look at it"), "you", "alert", note, url)


def _database(config: Config) -> Part:
    if config.sqlite_path is None:
        return _good(_("Database"), _("PostgreSQL"))
    return _good(_("Database"), _("SQLite, less than %(size)s", size=size(room_for(config.sqlite_path.stat().st_size))))


def _work(status: WorkStatus) -> Part:
    warnings, url = list(status.warnings()), page_url("admin.deliveries")
    if warnings:
        return _bad(_("Jobs and deliveries"), warnings[0], url)
    waiting = status.deliveries.waiting + status.jobs.waiting + status.pending
    return _good(_("Jobs and deliveries"), _("Waiting: %(amount)s", amount=amount(waiting)), url)


def _workers(status: WorkStatus) -> Part:
    alive, url = [beat for beat in status.workers if beat.at > status.at - SILENT], page_url("admin.deliveries")
    if not alive:
        return _bad(_("Workers"), _("No worker is alive. Nothing is delivered until one is."), url)
    return _good(_("Workers"), ngettext("%(num)s is alive", "%(num)s are alive", len(alive)), url)


def _disk(config: Config) -> Part:
    room = health.disk(config)
    # In hundredths: a file for a confidential desk must not show.
    share = room.free * 100 // max(room.total, 1)
    note = _("%(share)s %% of %(total)s free", share=share, total=size(room.total))
    return _bad(_("Disk"), note, word=_("Nearly full")) if room.short else _good(_("Disk"), note)


def _backup() -> Part:
    made = health.last_backup(db.session)
    if made is None:
        return _bad(_("Backup"), _("None so far. Make one on the server."))
    note = str(when(made))
    if now() - made > health.BACKUP_OLD:
        return _bad(_("Backup"), note, word=_("Old"))
    return _good(_("Backup"), note)


def _plugins() -> Part:
    registry, url = runtime().plugins, page_url("admin.plugins")
    wanted = [name for name, row in registry.states.items() if row.wanted]
    ill = sorted(name for name in wanted if registry.states[name].state != "enabled" or registry.paused(name))
    if ill:
        return _bad(_("Plugins"), ", ".join(ill), page_url("admin.plugins", show="attention"))
    return _good(_("Plugins"), ngettext("%(num)s is on", "%(num)s are on", len(wanted)), url)


def _steps() -> Iterator[Step]:
    parts = runtime()
    look, config, desks = parts.look, parts.config, parts.catalogue.desks.values()
    named = bool(look and look.organisation) or config.organisation != Config.organisation
    reachable = bool(look and look.contact) or bool(config.help_contact)
    yield Step(_("Name the organisation"), named, page_url("admin.look"))
    yield Step(_("Say how to get help when one cannot sign in"), reachable, page_url("admin.look"))
    open_desks = [desk for desk in desks if desk.enabled]
    yield Step(_("Turn on or make a desk"), bool(open_desks), page_url("admin.desks"))
    worked = set(db.session.scalars(sa.select(DeskGrant.desk_id).distinct()))
    empty = [desk.title for desk in open_desks if desk.id not in worked]
    words, staffed = ", ".join(title.in_language(language()) for title in empty), bool(open_desks) and not empty
    yield Step(_("Give each desk somebody who works on it"), staffed, page_url("admin.desks"), words)
    yield Step(_("Offer request types"), any(True for _entry in parts.catalogue.offered()), _types_url())
    enough = health.administrators(db.session) > 1
    yield Step(_("Have a second administrator"), enough, page_url("admin.people", kind="rights"))
    backed_up = health.last_backup(db.session) is not None
    yield Step(_("Make a backup"), backed_up, "", _("On the server, with the command backup."))


def _types_url() -> str:
    return page_url("admin.services") or page_url("admin.plugins")
