"""What is kept sealed: sensitive fields of things, and keys of licences; shown on a click that the audit log notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deskcore.plugin import NotFound, Problem, session
from deskcore_it_assets.care_models import Secret
from deskcore_it_assets.models import Asset, Category, Move, Product
from deskcore_it_assets.own_fields import OwnField

#: Stands wherever a sealed value is not shown.
MASK = "••••••"
#: Longest value.
LONGEST = 2000
_OWN = "fields."


def put(work: Session, owner: Mapping[str, int], field: str, value: str) -> None:
    """Seal a value, instead of the one that was there.

    :param owner: ``asset_id`` or ``licence_id``.
    """
    row = work.scalar(select(Secret).filter_by(**owner, field=field)) or Secret(**owner, field=field)
    row.close(value)
    work.add(row)
    work.flush()


def drop(work: Session, owner: Mapping[str, int], field: str) -> None:
    """Forget a value."""
    found = work.scalar(select(Secret).filter_by(**owner, field=field))
    if found is not None:
        work.delete(found)
        work.flush()


def fields_of(owner: Mapping[str, int]) -> set[str]:
    """Return for which fields something is sealed."""
    return set(session().scalars(select(Secret.field).filter_by(**owner)))


def reveal(owner: Mapping[str, int], field: str, what: str) -> str:
    """Return a value for whoever asked for it just now, who looks after its owner; the audit log says so.

    :param what: whose value it is, as an auditor reads it.
    :raises NotFound: when nothing is sealed there.
    """
    found = session().scalar(select(Secret).filter_by(**owner, field=field))
    if found is None:
        raise NotFound(_("Nothing is written down there."))
    return str(found.reveal("it_assets", what))


def store(work: Session, asset: Asset, declared: Sequence[OwnField], given: Mapping[str, str]) -> dict[str, list[str]]:
    """Seal what was typed into the sensitive fields of a thing; an empty one stays as it is, a minus sign forgets it.

    :returns: what has changed, for the history: that it has, and nothing else.
    """
    changed: dict[str, list[str]] = {}
    owner = {"asset_id": asset.id}
    for field in (each for each in declared if each.sensitive):
        text = given.get(field.key, "").strip()
        if text == "-":
            drop(work, owner, field.key)
        elif text and text != MASK:
            put(work, owner, field.key, text)
        else:
            continue
        changed[_OWN + field.key] = [MASK, MASK]
    return changed


def problems_of(declared: Sequence[OwnField], given: Mapping[str, str], known: set[str]) -> list[Problem]:
    """Return what is wrong with what was typed into sensitive fields.

    :param known: keys of the fields for which something is sealed already.
    """
    problems = []
    for field in (each for each in declared if each.sensitive):
        text = given.get(field.key, "").strip()
        if len(text) > LONGEST:
            problems.append(Problem(_("Use at most %(count)s characters.", count=LONGEST), _OWN + field.key))
        elif field.required and (text == "-" or not (text or field.key in known)):
            problems.append(Problem(_("Fill this in."), _OWN + field.key))
    return problems


def seal_clear(work: Session, category: Category, key: str) -> int:
    """Seal the values of a field that was not sensitive before; return how many there were.

    What the history of these things says of them goes, too.
    """
    wanted = select(Asset).join(Product, Product.id == Asset.product_id).where(Product.category_id == category.id)
    clear = [asset for asset in work.scalars(wanted) if key in asset.fields]
    for asset in clear:
        put(work, {"asset_id": asset.id}, key, str(asset.fields[key]))
        asset.fields = {name: value for name, value in asset.fields.items() if name != key}
    for move in work.scalars(select(Move).where(Move.asset_id.in_([asset.id for asset in clear]))):
        _hide(move, _OWN + key)
    return len(clear)


def _hide(move: Move, field: str) -> None:
    changed: dict[str, Any] = dict(move.data.get("changed", {}))
    if field in changed:
        move.data = {**move.data, "changed": changed | {field: [MASK, MASK]}}


def forget_field(work: Session, category: Category, key: str) -> None:
    """Forget what is sealed of a field that was taken off a category."""
    mine = select(Asset.id).join(Product, Product.id == Asset.product_id).where(Product.category_id == category.id)
    gone = delete(Secret).where(Secret.field == key, Secret.asset_id.in_(mine))
    work.execute(gone.execution_options(synchronize_session=False))
