"""What stands beside tickets and people: the equipment of whoever asks, and what a ticket is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, CompoundSelect, Select, select, union
from sqlalchemy.orm import joinedload

from deskcore.plugin import PanelRow, PersonView, TicketView, ViewerView, WaitingRow, people, session
from deskcore_it_assets import equipment, finding, licences, stock
from deskcore_it_assets.models import Asset, Assignment, Tie, open_now
from deskcore_it_assets.rights import keeper_of
from deskcore_it_assets.writing import day

#: Things of one panel, and of one beside a person.
_SHOWN, _OF_PERSON = 20, 30
#: Licences of one person, and things without a tag.
_BESIDE = 8


def beside_ticket(ticket: TicketView, viewer: ViewerView) -> list[PanelRow]:
    """Return what a ticket is about and what its requester has, as far as the reader looks after it."""
    about = select(Tie.asset_id).where(Tie.ticket_id == Tie.id_of(ticket.number).scalar_subquery())
    held = select(Assignment.asset_id).where(_of(ticket.requester.email), open_now())
    wanted = _shown(viewer, union(about, held)).add_columns(Asset.id.in_(about))
    found = sorted(session().execute(wanted).all(), key=lambda row: not row[1])
    rows = [_row(asset, _("This ticket") if is_about else _("Has it")) for asset, is_about in found]
    url = url_for("it_assets_desk.hand_over", person=ticket.requester.email, ticket=ticket.number)
    return [*rows, PanelRow(_("Hand something over"), url=url, icon="plus")]


def beside_person(person: PersonView, viewer: ViewerView) -> list[PanelRow]:
    """Return what somebody has, as far as the reader looks after it."""
    who = keeper_of(viewer)
    if not who.desks:
        return []
    addresses = people.addresses_of(person.email)
    held = finding.of_person(addresses, who)
    rows = [_row(each.asset, _since(each)) for each in held[:_OF_PERSON]]
    if len(held) > _OF_PERSON:
        url = url_for("it_assets_desk.assets", show="assigned", q=person.email.partition("@")[0])
        rows.append(PanelRow(_("%(count)s more", count=len(held) - _OF_PERSON), url=url, icon="dots"))
    if held:
        paper = url_for("it_assets_protocol.protocol", tag=[each.asset.tag for each in held[:_OF_PERSON]])
        rows.append(PanelRow(_("Protocol about all of it"), url=paper, icon="printer"))
    return [*rows, *licences.panel_rows(addresses, who)[:_BESIDE], *stock.panel_rows(addresses, who)[:_BESIDE]]


def _since(held: Assignment) -> str:
    if held.answer == "waiting":
        return _("Not confirmed yet")
    return _("Back by %(day)s", day=day(held.due_on)) if held.due_on else _("Since %(day)s", day=_day(held))


def _day(held: Assignment) -> str:
    return day(held.began_at.date())


def _of(email: str) -> ColumnElement[bool]:
    return Assignment.person.in_(people.addresses_of(email))


def _shown(viewer: ViewerView, ids: CompoundSelect[int] | Select[int]) -> Select[Any]:
    who = keeper_of(viewer)
    wanted = select(Asset).options(joinedload(Asset.product)).where(who.own(), Asset.id.in_(ids))
    return wanted.order_by(Asset.tag_key).limit(_SHOWN)


def _row(asset: Asset, term: str) -> PanelRow:
    url = url_for("it_assets_desk.asset", tag=asset.tag)
    return PanelRow(f"{asset.tag} · {asset.title}" if asset.title != asset.tag else asset.tag, term, url, "laptop")


def waiting(viewer: ViewerView) -> Sequence[WaitingRow]:
    """Return that the reader was asked whether things arrived."""
    count = equipment.waiting(viewer)
    if not count:
        return []
    title = ngettext("%(num)s item was handed over to you", "%(num)s items were handed over to you", count)
    said = _("Confirm that it arrived.")
    return [WaitingRow(title, said, url_for("it_assets.equipment"), _("Confirm"), "laptop")]
