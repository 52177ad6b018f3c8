"""The organisation's own words for states: each says more about things in one of the fixed states."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from deskcore.plugin import Conflict, NotFound, Problem, Refused, people, session, unit_of_work
from deskcore_it_assets import history, records, words
from deskcore_it_assets.care_models import Labelled, StateLabel
from deskcore_it_assets.models import MAX_NAME, Asset
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import spelled
from deskcore_it_assets.states import STATES
from deskcore_it_assets.words import Look


def labels() -> Sequence[StateLabel]:
    """Return all labels, in the order of the states."""
    found = session().scalars(select(StateLabel).order_by(StateLabel.title_en, StateLabel.id)).all()
    return sorted(found, key=lambda each: STATES.index(each.state))


def counts() -> dict[int, int]:
    """Return how many things carry each label."""
    counted = select(Labelled.label_id, func.count()).group_by(Labelled.label_id)
    return {label: count for label, count in session().execute(counted)}  # noqa: C416


def carried(assets: Collection[Asset]) -> dict[int, StateLabel]:
    """Return the labels of things, by the id of the thing, in one statement."""
    wanted = select(Labelled.asset_id, StateLabel).join(StateLabel, StateLabel.id == Labelled.label_id)
    found = session().execute(wanted.where(Labelled.asset_id.in_([asset.id for asset in assets])))
    return {asset: label for asset, label in found}  # noqa: C416


def looks_of(assets: Collection[Asset]) -> Callable[[Asset], Look]:
    """Return what tells how the state of each of these things is shown: by its label, if it carries one."""
    mine = carried(assets) if assets else {}
    locale = get_locale()
    spoken = locale.language if locale is not None else "en"

    def look(asset: Asset) -> Look:
        plain, label = words.look_of(asset), mine.get(asset.id)
        return plain if label is None else Look(label.title.in_language(spoken), plain.tone, plain.icon)

    return look


def save(label_id: int, given: Mapping[str, str]) -> StateLabel:
    """Add a label, or change what it says; its state stays.

    :param label_id: 0 for a new one.
    :raises Refused: naming what to correct.
    """
    titles = {key: " ".join(given.get(key, "").split()) for key in ("title_en", "title_pl")}
    problems = [
        Problem(_("Write the name in both languages, at most %(count)s characters.", count=MAX_NAME), key)
        for key, text in titles.items()
        if not 0 < len(text) <= MAX_NAME
    ]
    if not label_id and given.get("state") not in STATES:
        problems.append(Problem(_("Choose the state it is in."), "state"))
    if problems:
        raise Refused(problems)
    with unit_of_work() as work:
        label = work.get(StateLabel, label_id) if label_id else StateLabel(state=given["state"])
        if label is None:
            raise NotFound(_("There is no such label."))
        same = select(StateLabel.id).where(
            StateLabel.state == label.state, StateLabel.key == spelled(titles["title_en"])
        )
        other = work.scalar(same)
        if other is not None and other != label.id:
            raise Refused(Problem(_("This state has a label of this name already."), "title_en"))
        before = {"title": label.title_en} if label_id else None
        label.key, label.title_en, label.title_pl = spelled(titles["title_en"]), titles["title_en"], titles["title_pl"]
        work.add(label)
        work.flush()
        people.record_change("it_assets", before, {"state": label.state, "title": label.title_en})
    return label


def remove(label_id: int) -> None:
    """Take a label away; what carried it stays in its state."""
    with unit_of_work() as work:
        label = work.get(StateLabel, label_id)
        if label is None:
            raise NotFound(_("There is no such label."))
        work.delete(label)
        work.flush()
        people.record_change("it_assets", {"state": label.state, "title": label.title_en}, None)


def put_on(tag: str, label_id: int, by: Keeper, version: int) -> Asset:
    """Let a thing carry a label, or none.

    :param label_id: 0 for none.
    :param version: that the page showed.
    :raises Refused: when the label is one of another state.
    :raises Conflict: when the thing was changed meanwhile.
    """
    with unit_of_work() as work:
        asset = records.find_for(work, tag, by)
        if asset.version != version:
            raise Conflict(_("Somebody changed %(tag)s meanwhile. Look at it again.", tag=asset.tag))
        label = work.get(StateLabel, label_id) if label_id else None
        if label_id and (label is None or label.state != asset.state):
            raise Refused(Problem(_("This label is for another state."), "label"))
        before = carried([asset]).get(asset.id)
        if before is label:
            return asset
        work.execute(delete(Labelled).where(Labelled.asset_id == asset.id))
        if label is not None:
            work.add(Labelled(asset_id=asset.id, label_id=label.id))
        said = [before.title_en if before else "", label.title_en if label else ""]
        history.note(work, asset, "changed", by, asset.state, changed={"label": said})
    return asset
