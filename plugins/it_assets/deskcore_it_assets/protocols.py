"""Protocols of handing over and of taking back: what, by whom, to whom, in both languages, ready to be signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from deskcore.plugin import Refused, Text, session
from deskcore_it_assets.models import Asset, Assignment, Move

#: What stands on the paper; the signed one is the same whoever prints it, hence both languages at once.
WORDS: Mapping[str, Text] = {
    "handed_over": Text("Hand-over protocol", "Protokół przekazania sprzętu"),
    "taken_back": Text("Return protocol", "Protokół zwrotu sprzętu"),
    "giver": Text("Handed over by", "Przekazujący"),
    "taker": Text("Received by", "Odbierający"),
    "tag": Text("Tag", "Numer"),
    "item": Text("Item", "Sprzęt"),
    "serial": Text("Serial number", "Numer seryjny"),
    "condition": Text("Condition", "Stan"),
    "day": Text("Date", "Data"),
    "due": Text("To be returned by", "Do zwrotu do"),
    "ticket": Text("Remarks", "Uwagi"),
    "signature": Text("Date and signature", "Data i\u00a0podpis"),
    "promise_out": Text(
        "I have received the items listed above, complete and in the condition noted. I will use them for work, look "
        "after them, report loss or damage at once, and return them when asked or when my employment ends.",
        "Potwierdzam odbiór wymienionego wyżej sprzętu, kompletnego i\u00a0w\u00a0opisanym stanie. Zobowiązuję się "
        "używać go do pracy, dbać o\u00a0niego, niezwłocznie zgłosić utratę lub uszkodzenie oraz zwrócić go na "
        "wezwanie albo z\u00a0końcem zatrudnienia.",
    ),
    "promise_in": Text(
        "The items listed above were returned and checked. The condition noted is the one in which they came back.",
        "Wymieniony wyżej sprzęt został zwrócony i\u00a0sprawdzony. Opisany stan jest stanem przy zwrocie.",
    ),
}


@dataclass(frozen=True)
class Line:
    """One thing on the paper."""

    tag: str
    title: str
    serial: str
    condition: str


@dataclass(frozen=True)
class Protocol:
    """What is printed.

    :param keeper: whoever gave the things out, or took them back.
    :param at: when the first of them changed hands.
    """

    returned: bool
    holder: str
    address: str
    keeper: str
    at: datetime
    due: str
    lines: tuple[Line, ...]


def protocol_of(assets: Sequence[Asset], returned: bool) -> Protocol:
    """Return the protocol about things that one holder has, or gave back last.

    :raises Refused: when they are with several holders, or nobody has or had one of them.
    """
    held = _assignments(assets, returned)
    for asset in assets:
        if asset.id not in held:
            said = _("Nobody gave %(tag)s back yet.") if returned else _("Nobody has %(tag)s now.")
            raise Refused(said % {"tag": asset.tag})
    mine = [held[asset.id] for asset in assets]
    if len({(each.kind, each.person, each.place_id, each.inside_id) for each in mine}) != 1:
        raise Refused(_("These items are with several holders. Print one protocol for each."))
    first = min(mine, key=lambda each: each.began_at)
    lines = (
        Line(asset.tag, _described(asset), asset.serial, each.condition_in if returned else each.condition_out)
        for asset, each in zip(assets, mine, strict=True)
    )
    return Protocol(
        returned,
        first.holder,
        first.person,
        _keeper(assets, "taken_back" if returned else "handed_over"),
        (max(each.ended_at or each.began_at for each in mine) if returned else first.began_at),
        str(first.due_on or ""),
        tuple(lines),
    )


def _assignments(assets: Sequence[Asset], returned: bool) -> dict[int, Assignment]:
    """Return by thing who has it now, or who gave it back last."""
    ids = [asset.id for asset in assets]
    over = Assignment.ended_at.is_not(None) if returned else Assignment.ended_at.is_(None)
    last = select(func.max(Assignment.id)).where(Assignment.asset_id.in_(ids), over).group_by(Assignment.asset_id)
    options = joinedload(Assignment.place), joinedload(Assignment.inside)
    wanted = select(Assignment).where(Assignment.id.in_(last)).options(*options)
    return {each.asset_id: each for each in session().scalars(wanted)}


def _keeper(assets: Sequence[Asset], kind: str) -> str:
    kinds = (kind, "transferred") if kind == "handed_over" else (kind,)
    wanted = select(Move.by_name).where(Move.asset_id == assets[0].id, Move.kind.in_(kinds))
    return session().scalar(wanted.order_by(Move.id.desc()).limit(1)) or ""


def _described(asset: Asset) -> str:
    product = asset.product
    parts = [product.manufacturer.name if product and product.manufacturer else "", product.name if product else ""]
    named = asset.name if asset.name and asset.name not in parts else ""
    return " ".join(filter(None, parts)) + (f" ({named})" if named and any(parts) else named)
