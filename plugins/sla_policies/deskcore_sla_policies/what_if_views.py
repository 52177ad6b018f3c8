"""The pages of “What if”: two sets of policies side by side, on tickets there have been."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import NotFound, people
from deskcore_sla_policies import rules, what_if
from deskcore_sla_policies.admin import pages
from deskcore_sla_policies.cycles import MEASURES
from deskcore_sla_policies.lengths import length
from deskcore_sla_policies.models import Trial
from deskcore_sla_policies.policies import Ruleset
from deskcore_sla_policies.policy_views import language
from deskcore_sla_policies.texts import MEASURES as MEASURE_TEXTS
from deskcore_sla_policies.what_if import Tally
from deskcore_sla_policies.words import action_word

#: How many tickets can be asked for.
SIZES = (50, 200, 1000, 5000)
#: What is tried: all policies as they hold, and nothing to compare with.
_NOW, _NOTHING = "now", ""


@pages.get("/what-if", endpoint="what_if")
def page() -> str:
    """Show the form, and what was tried lately."""
    held = rules.ruleset()
    choices = list(_choices(held))
    return render_template(
        "sla_policies/what_if.html",
        desks=[(_("All desks"), ""), *_desks()],
        choices=choices,
        others=[(_("Nothing"), _NOTHING), *choices],
        sizes=SIZES,
        trials=[
            {"token": it.token, "names": _names(it), "at": it.asked_at, "done": it.done} for it in what_if.trials()
        ],
    )


@pages.post("/what-if")
def try_out() -> ResponseReturnValue:
    """Begin a trial."""
    held, given = rules.ruleset(), request.form
    # The same twice is tried once: there is nothing to compare.
    wanted = dict.fromkeys(given.get(name, "") for name in ("first", "second"))
    tried = [_tried(held, choice) for choice in wanted if choice]
    desk = given.get("desk", "")
    if desk and (desk not in people.desks() or people.is_confidential(desk)):
        raise NotFound(_("There is no such desk."))
    size = next((each for each in SIZES if str(each) == given.get("size")), SIZES[1])
    token = what_if.begin(desk, size, tried or [_tried(held, _NOW)])
    return redirect(url_for("sla_policies_admin.trial", token=token))


@pages.get("/what-if/<token>")
def trial(token: str) -> str:
    """Show what came of a trial, as far as it is."""
    row = what_if.trial_of(token)
    if row is None:
        raise NotFound(_("This trial is not kept any more. Try it again."))
    tallies = [Tally.read(each) for each in row.found]
    desks = people.desks()
    return render_template(
        "sla_policies/trial.html",
        trial=row,
        names=_names(row),
        desk=desks[row.desk].in_language(language()) if row.desk in desks else _("All desks"),
        figures=list(_figures(tallies)),
        late=list(_late(tallies)),
        named=what_if.NAMED,
    )


def _desks() -> list[tuple[str, str]]:
    return [
        (text.in_language(language()), key) for key, text in people.desks().items() if not people.is_confidential(key)
    ]


def _choices(held: Ruleset) -> Iterator[tuple[str, str]]:
    """Yield what can be tried: what it is called, and its name in the form."""
    yield _("All policies as they are now"), _NOW
    for policy in held.policies:
        if not policy.enabled:
            yield _("All policies, and “%(name)s” switched on", name=policy.title(language())), f"with.{policy.key}"
    for policy in held.policies:
        yield _("Only “%(name)s”", name=policy.title(language())), f"only.{policy.key}"


def _tried(held: Ruleset, choice: str) -> tuple[str, Ruleset]:
    """Return what a choice is called, and its policies.

    :raises NotFound: for one that is not there.
    """
    name = next((name for name, each in _choices(held) if each == choice), None)
    if name is None:
        raise NotFound(_("There is no such policy."))
    kind, _dot, key = choice.partition(".")
    return name, {"now": lambda: held, "with": lambda: what_if.switched_on(held, key)}.get(
        kind, lambda: what_if.only(held, key)
    )()


def _names(row: Trial) -> list[str]:
    return [name for name, _policies in row.tried]


def _figures(tallies: list[Tally]) -> Iterator[dict[str, Any]]:
    """Yield the lines of the comparison: a label, and a cell of each set."""
    yield _line(_("Tickets to which anything is promised"), [str(tally.promised) for tally in tallies])
    yield _line(_("Late tickets"), [_of(tally.late_tickets, tally.promised) for tally in tallies], strong=True)
    for measure in MEASURES:
        if any(_decided(tally, measure) for tally in tallies):
            title = MEASURE_TEXTS[measure].in_language(language())
            yield _line(_("%(what)s: late", what=title), [_late_of(tally, measure) for tally in tallies])
    for percent in sorted({each for tally in tallies for each in tally.fired}, key=int):
        said = _("Breaches told") if percent == "100" else _("Warnings at %(percent)s%%", percent=percent)
        yield _line(said, [str(tally.fired[percent]) for tally in tallies])
    for kind in sorted({each for tally in tallies for each in tally.actions}):
        yield _line(action_word(kind), [str(tally.actions[kind]) for tally in tallies])


def _line(label: str, cells: list[str], *, strong: bool = False) -> dict[str, Any]:
    return {"label": label, "cells": cells, "strong": strong}


def _decided(tally: Tally, measure: str) -> int:
    return tally.outcomes[f"{measure} late"] + tally.outcomes[f"{measure} met"]


def _late_of(tally: Tally, measure: str) -> str:
    return _of(tally.outcomes[f"{measure} late"], _decided(tally, measure))


def _of(part: int, whole: int) -> str:
    if not whole:
        return "–"
    return _("%(part)s of %(whole)s (%(percent)s%%)", part=part, whole=whole, percent=round(100 * part / whole))


def _late(tallies: list[Tally]) -> Iterator[dict[str, Any]]:
    """Yield the tickets that are late by any set, each with what it is by both."""
    numbers = dict.fromkeys(number for tally in tallies for number in tally.late)
    for number in numbers:
        yield {"number": number, "cells": [_said(tally, number) for tally in tallies]}


def _said(tally: Tally, number: str) -> str:
    late = tally.late.get(number)
    if not late:
        return _("nothing promised") if number in tally.free else _("not late")
    return ", ".join(
        f"{MEASURE_TEXTS[measure].in_language(language())} +{length(timedelta(minutes=over))}"
        for measure, over in late.items()
    )
