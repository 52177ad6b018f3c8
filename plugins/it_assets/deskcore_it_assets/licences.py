"""Licences: bought, assigned to people and things, given back, renewed; never more seats than were bought."""

from __future__ import annotations

import secrets as random_names
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import Conflict, NotFound, PanelRow, Problem, Refused, now, people, session, unit_of_work
from deskcore_it_assets import entries, secrets
from deskcore_it_assets.catalogue import named
from deskcore_it_assets.licence_models import KINDS, PER, Licence, Seat
from deskcore_it_assets.models import Asset, Supplier
from deskcore_it_assets.particulars import price_text
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import spelled
from deskcore_it_assets.typed import Typed

#: Licences on a page, and seats of one that are shown.
PAGE, SHOWN = 50, 500
#: What a licence's key is called among what is sealed.
KEY = "licence_key"
_TEXTS = ("name", "publisher", "desk", "kind", "order_number", "currency", "per", "notes")


@dataclass(frozen=True)
class Holder:
    """Who or what uses a licence: a person by address, or a thing by tag."""

    person: str = ""
    tag: str = ""


def listed(by: Keeper, words: str = "", *, closed: bool = False, after: str = "") -> Sequence[Licence]:
    """Return the licences of somebody's desks by name, one more than a page if there are more.

    :param after: name and token behind which the page begins, as :func:`place_of` gives them.
    """
    wanted = select(Licence).where(_own(by), Licence.closed.is_(closed)).order_by(Licence.name, Licence.token)
    if after:
        name, _tab, token = after.partition("\t")
        wanted = wanted.where((Licence.name > name) | ((Licence.name == name) & (Licence.token > token)))
    for word in words.split()[:6]:
        wanted = wanted.where(
            Licence.name.icontains(word, autoescape=True) | Licence.publisher.icontains(word, autoescape=True)
        )
    return session().scalars(wanted.limit(PAGE + 1)).all()


def place_of(licence: Licence) -> str:
    """Return where a list goes on behind a licence."""
    return f"{licence.name}\t{licence.token}"


def find(token: str, by: Keeper) -> Licence:
    """Return a licence that somebody looks after.

    :raises NotFound: when there is none, or another desk looks after it.
    """
    wanted = select(Licence).where(Licence.token == token, _own(by)).options(joinedload(Licence.supplier))
    found = session().scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such licence, or another desk looks after it."))
    return found


def seats_of(licence: Licence) -> Sequence[Seat]:
    """Return who and what uses a licence now, by name."""
    wanted = select(Seat).where(Seat.licence_id == licence.id, Seat.ended_at.is_(None)).options(joinedload(Seat.asset))
    return session().scalars(wanted.order_by(Seat.person_name, Seat.id).limit(SHOWN)).all()


def used_by(by: Keeper, *, addresses: Collection[str] = (), asset_id: int = 0) -> Sequence[Seat]:
    """Return the seats that a person or a thing has now, as far as somebody looks after them."""
    mine = Seat.asset_id == asset_id if asset_id else Seat.person.in_(sorted(addresses))
    wanted = select(Seat).join(Licence).where(mine, Seat.ended_at.is_(None), _own(by))
    return session().scalars(wanted.options(joinedload(Seat.licence)).order_by(Licence.name).limit(SHOWN)).all()


def mine(addresses: Collection[str]) -> Sequence[Seat]:
    """Return the seats that a person has now, whoever looks after them."""
    wanted = select(Seat).join(Licence).where(Seat.person.in_(sorted(addresses)), Seat.ended_at.is_(None))
    return session().scalars(wanted.options(joinedload(Seat.licence)).order_by(Licence.name).limit(SHOWN)).all()


def panel_rows(addresses: Collection[str], by: Keeper) -> list[PanelRow]:
    """Return the licences that a person uses, as lines of a panel."""
    return [
        PanelRow(
            seat.licence.name,
            _("Licence"),
            url_for("it_assets_licences.licence", licence_token=seat.licence.token),
            "key",
        )
        for seat in used_by(by, addresses=addresses)
    ]


def shown(licence: Licence) -> dict[str, str]:
    """Return what is known of a licence as texts, as a form holds them; its key is not among it."""
    found = {key: getattr(licence, key) for key in _TEXTS}
    found |= {key: str(value) if (value := getattr(licence, key)) else "" for key in ("months", "seats")}
    found |= {key: day.isoformat() if (day := getattr(licence, key)) else "" for key in ("bought_on", "ends_on")}
    found |= {key: "yes" if getattr(licence, key) else "" for key in ("reassigned", "closed")}
    supplier = licence.supplier.name if licence.supplier else ""
    return found | {"price": price_text(licence.cents), "supplier": supplier}


def save(token: str, given: Mapping[str, str], by: Keeper, version: int = 0) -> Licence:
    """Add a licence, or change what is known of one.

    :param token: of the one that is changed; empty for a new one.
    :param given: what was typed; ``key`` is sealed, and left empty stays as it is, unless ``no_key`` is ``yes``.
    :param version: that the change is based on.
    :raises Refused: naming what to correct.
    :raises Conflict: when somebody else changed it meanwhile.
    """
    if token:
        find(token, by)
    values, supplier = _checked(given, by)
    with unit_of_work() as work:
        licence = _locked(work, token, by) if token else Licence(token=random_names.token_urlsafe(12), used=0)
        if token and licence.version != version:
            raise Conflict(_("Somebody changed this licence meanwhile. Look at it again."))
        if values["seats"] is not None and values["seats"] < licence.used:
            raise Refused(Problem(_("%(count)s seats are used: give some back first.", count=licence.used), "seats"))
        before = shown(licence) if token else {}
        for name, value in values.items():
            setattr(licence, name, value)
        licence.supplier = named(work, Supplier, supplier)
        licence.version = (licence.version or 0) + 1
        work.add(licence)
        work.flush()
        _seal_key(work, licence, given, before)
        if token:
            entries.note_changes(work, licence, by, before, shown(licence) | _key_changed(given))
        else:
            entries.note(work, licence, "added", by)
    return licence


def _key_changed(given: Mapping[str, str]) -> dict[str, str]:
    return {"key": secrets.MASK} if given.get("key", "").strip() or given.get("no_key") == "yes" else {}


def _seal_key(work: Session, licence: Licence, given: Mapping[str, str], before: Mapping[str, str]) -> None:
    key = given.get("key", "").strip()
    if key:
        secrets.put(work, {"licence_id": licence.id}, KEY, key)
    elif before and given.get("no_key") == "yes":
        secrets.drop(work, {"licence_id": licence.id}, KEY)


def _checked(given: Mapping[str, str], by: Keeper) -> tuple[dict[str, Any], str]:
    typed = Typed(given)
    kind = typed.choice("kind", KINDS)
    cents, currency = typed.price()
    values: dict[str, Any] = {
        "name": typed.line("name", required=True),
        "publisher": typed.line("publisher"),
        "desk": typed.desk(by),
        "kind": kind,
        "months": typed.whole("months", required=True) if kind == "subscription" else None,
        "seats": typed.whole("seats"),
        "reassigned": typed.text("reassigned") == "yes",
        "order_number": typed.line("order_number"),
        "bought_on": typed.day("bought_on"),
        "cents": cents,
        "currency": currency,
        "per": typed.choice("per", PER),
        "ends_on": typed.day("ends_on"),
        "closed": typed.text("closed") == "yes",
        "notes": typed.notes(),
    }
    supplier = typed.line("supplier")
    if len(typed.text("key")) > secrets.LONGEST:
        typed.wrong(_("Use at most %(count)s characters.", count=secrets.LONGEST), "key")
    typed.require()
    return values, supplier


def assign(token: str, to: Holder, by: Keeper) -> Seat:
    """Give a seat to a person or a thing.

    :raises NotFound: when there is no such licence, or another desk looks after it.
    :raises Refused: when no seat is free, or that person or thing has one.
    """
    try:
        with unit_of_work() as work:
            licence = _locked(work, token, by)
            if licence.closed:
                raise Refused(_("This licence is no longer in use."))
            seat = _seat(work, licence, to, by)
            _take(work, licence)
            work.add(seat)
            entries.note(work, licence, "assigned", by, holder=seat.holder)
            work.flush()
    except IntegrityError as error:
        raise Refused(_("That person or item has a seat of this licence already.")) from error
    return seat


def _take(work: Session, licence: Licence) -> None:
    free = (Licence.seats.is_(None)) | (Licence.used < Licence.seats)
    taken = update(Licence).where(Licence.id == licence.id, free).values(used=Licence.used + 1).returning(Licence.used)
    used = work.scalar(taken.execution_options(synchronize_session=False))
    if used is None:
        raise Refused(_("All seats of %(name)s are used: buy more, or give one back first.", name=licence.name))
    work.refresh(licence, ["used"])


def _seat(work: Session, licence: Licence, to: Holder, by: Keeper) -> Seat:
    seat = Seat(token=random_names.token_urlsafe(12), licence_id=licence.id, person="", person_name="")
    if to.tag.strip():
        asset = work.scalar(select(Asset).where(Asset.tag_key == spelled(to.tag), by.own()))
        if asset is None:
            raise Refused(
                Problem(_("There is no %(tag)s, or another desk looks after it.", tag=to.tag.strip()), "asset")
            )
        seat.asset_id, seat.asset = asset.id, asset
        return seat
    person = people.get(to.person.strip()) if to.person.strip() else None
    if person is None:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=to.person.strip() or "–"), "person"))
    seat.person, seat.person_name, seat.asset = person.email, person.name, None
    return seat


def give_back(seat_token: str, by: Keeper) -> Licence:
    """End the use of a seat; somebody else can have it, unless the licence allows that for the first one only.

    :raises NotFound: when there is no such seat, or another desk looks after its licence.
    """
    with unit_of_work() as work:
        token = select(Licence.token).join(Seat).where(Seat.token == seat_token, _own(by))
        licence = _locked(work, work.scalar(token) or "", by)
        wanted = select(Seat).where(Seat.token == seat_token, Seat.ended_at.is_(None)).options(joinedload(Seat.asset))
        seat = work.scalar(wanted.execution_options(populate_existing=True))
        if seat is None:
            raise Refused(_("This seat was given back already."))
        seat.ended_at = now()
        licence.used -= licence.reassigned
        entries.note(work, licence, "given_back", by, holder=seat.holder)
    return licence


def _locked(work: Session, token: str, by: Keeper) -> Licence:
    wanted = select(Licence).where(Licence.token == token, _own(by)).options(joinedload(Licence.supplier))
    found = work.scalar(wanted.execution_options(populate_existing=True).with_for_update(of=Licence))
    if found is None:
        raise NotFound(_("There is no such licence, or another desk looks after it."))
    return found


def _own(by: Keeper) -> Any:
    return Licence.desk.in_(sorted(by.desks)) if not by.everywhere else Licence.id.is_not(None)


def yearly(licence: Licence) -> int | None:
    """Return the hundredths that a licence costs in a year, or cost once; nothing without a price.

    Of one by the seat that everybody may use, what is used counts.
    """
    if licence.cents is None:
        return None
    seats = 1 if licence.per == "all" else licence.used if licence.seats is None else licence.seats
    whole = licence.cents * seats
    return whole if licence.months is None else round(whole * 12 / licence.months)
