"""The pages of policies: all of them in their order, and the form of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotFound, Text, people
from deskcore_sla_policies import policy_forms, rules, texts, watching
from deskcore_sla_policies.admin import pages
from deskcore_sla_policies.calendar_store import Stored, stored_calendars
from deskcore_sla_policies.cycles import MEASURES
from deskcore_sla_policies.policies import PAUSABLE, PRIORITIES, Policy, Ruleset, uncovered
from deskcore_sla_policies.typed import Typed, write_minutes
from deskcore_sla_policies.words import category_word, priority_word


@dataclass(frozen=True)
class Line:
    """A policy in the list.

    :param whom: for whom it is, in words; ``promised`` a row for each priority that it promises anything.
    """

    key: str
    title: str
    whom: str
    promised: Sequence[tuple[str, str]]
    calendar: str
    enabled: bool
    warnings: Sequence[str]


@pages.get("/policies")
def policies() -> str:
    """Show all policies in the order in which they are tried."""
    held, calendars = rules.ruleset(), stored_calendars()
    desks = people.desks()
    gaps = {desks[desk].in_language(language()): found for desk in desks if (found := uncovered(held, desk))}
    return render_template(
        "sla_policies/policies.html",
        lines=[_line(held, policy, calendars) for policy in held.policies if _concerns(policy, desks)],
        revision=held.revision,
        since=held.since,
        gaps={desk: ", ".join(priority_word(each) for each in found) for desk, found in gaps.items()},
        run=watching.latest_run(),
    )


@pages.get("/policies/new")
def new_policy() -> str:
    """Show the form of another policy."""
    return _form("", Typed(policy_forms.values(policy_forms.blank())), rules.ruleset().revision)


@pages.post("/policies/new")
def add_policy() -> ResponseReturnValue:
    """Add a policy above all others."""
    return _saved("")


@pages.get("/policies/<key>")
def policy(key: str) -> str:
    """Show the form of a policy."""
    held = rules.ruleset()
    return _form(key, Typed(policy_forms.values(_policy(held, key))), held.revision)


@pages.post("/policies/<key>")
def save_policy(key: str) -> ResponseReturnValue:
    """Change a policy."""
    _policy(rules.ruleset(), key)
    return _saved(key)


@pages.post("/policies/<key>/move")
def move_policy(key: str) -> ResponseReturnValue:
    """Let a policy be tried earlier or later."""
    step = -1 if request.form.get("to") == "up" else 1
    return _changed(lambda held: _moved(held, key, step), _("The order was changed."))


@pages.post("/policies/<key>/switch")
def switch_policy(key: str) -> ResponseReturnValue:
    """Switch a policy on or off."""
    on = request.form.get("on") == "1"
    return _changed(
        lambda held: [replace(each, enabled=on) if each.key == key else each for each in held.policies], _("Saved.")
    )


@pages.post("/policies/<key>/remove")
def remove_policy(key: str) -> ResponseReturnValue:
    """Take a policy away; what it promised before stays in the history of tickets."""
    _policy(rules.ruleset(), key)
    return _changed(lambda held: [each for each in held.policies if each.key != key], _("The policy was removed."))


def language() -> str:
    """Return the language of the page."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


def _policy(held: Ruleset, key: str) -> Policy:
    found = held.policy(key)
    if found is None:
        raise NotFound(_("There is no such policy."))
    return found


def _moved(held: Ruleset, key: str, step: int) -> Sequence[Policy]:
    """Return the policies with one a place further up or down, past those that the list does not show."""
    order, desks = list(held.policies), people.desks()
    shown = [each.key for each in order if _concerns(each, desks)]
    place = shown.index(_policy(held, key).key)
    if not 0 <= place + step < len(shown):
        return order
    here, there = (next(n for n, each in enumerate(order) if each.key == shown[at]) for at in (place, place + step))
    order.insert(there, order.pop(here))
    return order


def _changed(edit: Any, said: str) -> ResponseReturnValue:
    """Store an edit of the list, made against the revision that the page showed, and let tickets be read again."""
    sent = request.form.get("revision", "")
    try:
        rules.change(int(sent) if sent.isdecimal() else -1, edit)
    except Conflict as error:
        flash(error.message, "toast")
    else:
        watching.begin_run("policies")
        flash(said, "toast")
    return redirect(url_for("sla_policies_admin.policies"), 303)


def _saved(key: str) -> ResponseReturnValue:
    typed = Typed(request.form.to_dict(flat=False))
    held, sent = rules.ruleset(), typed.text("revision")
    taken = {each.key for each in held.policies}
    named = key or policy_forms.key_for(typed.text("en") or typed.text("pl"), taken)
    wanted = policy_forms.read_policy(typed, named, stored_calendars(), [each for each, _title in _teams()])
    if typed.problems:
        return _form(key, typed, held.revision), 422

    def edit(before: Ruleset) -> Sequence[Policy]:
        if not key:
            return (wanted, *before.policies)
        kept = replace(wanted, priorities=_policy(before, key).priorities)
        return [kept if each.key == key else each for each in before.policies]

    try:
        rules.change(int(sent) if sent.isdecimal() else -1, edit)
    except Conflict as error:
        typed.refuse("", error.message)
        return _form(key, typed, held.revision), 409
    watching.begin_run("policies")
    flash(_("Saved. Open tickets are being read again."), "toast")
    return redirect(url_for("sla_policies_admin.policies"), 303)


def _form(key: str, typed: Typed, revision: int) -> str:
    desks = people.desks()
    return render_template(
        "sla_policies/policy.html",
        key=key,
        typed=typed,
        revision=revision,
        title=typed.text(language()) or typed.text("en") or typed.text("pl"),
        desks=_named(desks),
        types=[(desks[desk].in_language(language()), _named(people.services(desk))) for desk in desks],
        departments=[(name, name) for name in people.departments()],
        locations=[(name, name) for name in people.locations()],
        priorities=[(each, priority_word(each)) for each in PRIORITIES],
        measures=[(each, texts.MEASURES[each].in_language(language())) for each in MEASURES],
        pausable=[(each, category_word(each)) for each in PAUSABLE],
        calendars=[(each.key, each.title(language())) for each in stored_calendars().values()],
        teams=_teams(),
        failed=bool(typed.problems),
    )


def _named(titles: dict[str, Text]) -> list[tuple[str, str]]:
    return [(key, title.in_language(language())) for key, title in titles.items()]


def _teams() -> list[tuple[str, str]]:
    """Return all teams by key, each with its desk; a key that several desks have stands once."""
    found: dict[str, str] = {}
    for desk, title in people.desks().items():
        for team in people.teams(desk):
            found.setdefault(team.key, f"{title.in_language(language())}: {team.title.in_language(language())}")
    return list(found.items())


def _concerns(policy: Policy, desks: dict[str, Text]) -> bool:
    """Tell whether a policy is for a desk that is there: the plugin brings some along for desks that may not be."""
    return not policy.desks or bool(policy.desks & desks.keys())


def _line(held: Ruleset, policy: Policy, calendars: Mapping[str, Stored]) -> Line:
    calendar = calendars.get(policy.calendar)
    return Line(
        policy.key,
        policy.title(language()),
        _whom(policy),
        list(_promises(policy)),
        calendar.title(language()) if calendar else policy.calendar,
        policy.enabled,
        policy_forms.warnings(held, policy) if policy.enabled else (),
    )


def _promises(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield what is promised to which priorities; those that are promised the same stand together."""
    said: dict[str, list[str]] = {}
    for priority in PRIORITIES:
        if policy.goals.get(priority):
            said.setdefault(_promised(policy, priority), []).append(priority_word(priority))
    for promised, priorities in said.items():
        yield _("All priorities") if len(priorities) == len(PRIORITIES) else ", ".join(priorities), promised


def _promised(policy: Policy, priority: str) -> str:
    """Return what a priority is promised: the first reply, the next one and the solution, each if it is promised."""
    goals = policy.goals[priority]
    return " · ".join(
        f"{texts.MEASURES[measure].in_language(language())} {_written(policy, measure, goals[measure])}"
        for measure in MEASURES
        if measure in goals
    )


def _written(policy: Policy, measure: str, minutes: int) -> str:
    # A number and its unit stay on one line.
    return write_minutes(minutes, days=measure not in policy.around_the_clock).replace(" ", "\u00a0")


def _whom(policy: Policy) -> str:
    desks = people.desks()
    services = {key: title for desk in desks for key, title in people.services(desk).items()}
    parts = [
        ", ".join(desks[key].in_language(language()) for key in sorted(policy.desks) if key in desks),
        ", ".join(services[key].in_language(language()) for key in sorted(policy.request_types) if key in services),
        ", ".join(sorted(policy.departments)),
        ", ".join(sorted(policy.locations)),
        _("VIP") if policy.vip else "",
    ]
    return " · ".join(part for part in parts if part) or _("Everybody")
