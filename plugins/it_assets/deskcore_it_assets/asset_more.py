"""What stands on the page of a thing beside the thing itself: its sealed fields, its licences, its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select

from deskcore.plugin import Text, people, session
from deskcore_it_assets import licences, secrets
from deskcore_it_assets.care_models import Labelled, StateLabel
from deskcore_it_assets.choices import chosen
from deskcore_it_assets.models import Asset
from deskcore_it_assets.own_fields import fields_of
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.words import Look, look_of


@dataclass(frozen=True)
class SealedField:
    """A sensitive field of a thing.

    :param value: in clear, for whoever asked for it just now.
    """

    key: str
    title: Text
    is_filled: bool
    value: str | None


def more_of(asset: Asset, by: Keeper, revealed: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page of a thing is given; the thing comes with its category.

    :param revealed: values of sealed fields that are shown this once.
    """
    label, choices = _labels(asset)
    plain = look_of(asset)
    spoken = people.asking().language
    return {
        "look": plain if label is None else Look(label.title.in_language(spoken), plain.tone, plain.icon),
        "labels": choices,
        "sealed": _sealed(asset, revealed),
        "seats": licences.used_by(by, asset_id=asset.id),
    }


def _sealed(asset: Asset, revealed: Mapping[str, str]) -> list[SealedField]:
    category = asset.product.category if asset.product else None
    declared = [field for field in fields_of(category.fields) if field.sensitive] if category else []
    filled = secrets.fields_of({"asset_id": asset.id}) if declared else set()
    return [SealedField(each.key, each.title, each.key in filled, revealed.get(each.key)) for each in declared]


def _labels(asset: Asset) -> tuple[StateLabel | None, Any]:
    """Return the label that a thing carries, and the choices of those that it could."""
    carried = and_(Labelled.label_id == StateLabel.id, Labelled.asset_id == asset.id)
    wanted = select(StateLabel, Labelled.asset_id).outerjoin(Labelled, carried)
    rows = session().execute(wanted.where(StateLabel.state == asset.state).order_by(StateLabel.title_en)).all()
    spoken = people.asking().language
    mine = next((label for label, thing in rows if thing), None)
    names = {0: "–", **{label.id: label.title.in_language(spoken) for label, _thing in rows}}
    return mine, chosen(names, mine.id if mine else 0) if rows else []
