"""Ordinary use of a plugin: tickets of every request type, what follows from them, its pages as everybody."""

from __future__ import annotations

from deskcore.demo.seeding import seed
from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.hooks.failures import read_failures
from deskcore.people.services import grant, revoke
from deskcore.plugin_rules.trying.report import AROUND, Report
from deskcore.runtime import runtime
from deskcore.testing.canary import opened_canary
from deskcore.testing.crawling import routes_of
from deskcore.testing.house import House
from deskcore.testing.outbox import catch_up, run_job
from deskcore.testing.pages import Pages
from deskcore.testing.people import ELSEWHERE, person_of
from deskcore.testing.sql import guarded
from deskcore.testing.tickets import opened_ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: How the places begin that are measured on their own.
_SLOTS = ("panel ", "column ", "action ")


def open_tickets(house: House, report: Report) -> None:
    """Open a ticket of every request type of the plugin, and one of another desk."""
    with house.app.app_context():
        entries = [entry for entry in runtime().catalogue.types.values() if entry.plugin == house.plugin]
    wanted = [(entry.type.key, entry.desk.key) for entry in entries]
    with guarded():
        for key, desk in wanted or [("", house.desk_key)]:
            try:
                opened_ticket(house, key or None, desk=desk)
            except (DeskcoreError, AssertionError) as error:
                said = " ".join(str(error).split())
                report.note(f"No ticket of “{key}” could be opened with plain answers, so none was looked at: {said}")
        opened_ticket(house, "concern", desk=ELSEWHERE.lower(), by="other_requester")
        _failures(house, report)


def work(house: House, report: Report) -> None:
    """Let the plugin hear of the tickets, run its scheduled jobs, and fill the demo."""
    with guarded():
        catch_up(house)
        with house.app.app_context():
            jobs = [it.value.key for it in runtime().plugins.jobs if it.plugin == house.plugin and it.value.schedule]
            demos = any(it.plugin == house.plugin for it in runtime().plugins.demos)
        for key in jobs:
            try:
                run_job(house, key, {})
            except AssertionError as error:
                report.failed("works", f"The job “{key}” failed", _last(str(error)), str(error))
        _failures(house, report)
    if demos and (reason := _demo(house)):
        report.failed("works", "Its demo failed", reason, "")


def _demo(house: House) -> str:
    """Fill the demo, in which the people of Meridian work on the plugin's desks; return why that failed, if it did."""
    with house.app.app_context(), acting_as(SYSTEM):
        desks = [item.value.key for item in runtime().plugins.desks if item.plugin == house.plugin]
        staff = [(person_of(role), role) for role in ("agent", "lead")]
        for person, desk in ((person, desk) for person, _ in staff for desk in desks[:1]):
            revoke(person, desk)
        with guarded():
            failed = seed().failed
        for person, role in staff if desks else ():
            grant(person, desks[0], role)
        return failed.get(house.plugin, "")


def read(house: House, report: Report) -> None:
    """Read every page in both languages, while there are no rows of anybody's on it."""
    try:
        with guarded():
            # Tags are data; the pages are read with a ticket that gets the same ones.
            tags = opened_ticket(house).tags
            faults = Pages(house, lambda: "a trial has no browser").faults(axe=False, typed=tags)
    except (DeskcoreError, AssertionError) as error:
        if any(sign in str(error) for sign in AROUND):
            raise
        if "adds nothing to any page" not in str(error):
            report.note(f"Its pages were not read: {' '.join(str(error).split())}")
        return
    for fault in faults:
        place, _, said = fault.partition(": ")
        if said.startswith("answers "):
            report.note(f"{place} was not read: it {said.partition(';')[0]}.")
        elif said.startswith("failed "):
            continue  # that is said of the route
        elif "is not translated" not in said:
            report.found("accessible-pages", "", f"{place}: {said.rstrip('.')}.")
        elif not place.startswith("GET /agent/"):  # what people answered stands there too, however it is written
            report.found("translations", "", f"{place}: {said.partition(': mark it')[0]}.")


def call(house: House, report: Report) -> None:
    """Call every route as everybody, with a confidential ticket of another desk that nobody may learn of."""
    with house.app.app_context():
        plugins = runtime().plugins
        owners = [it.plugin for items in (plugins.panels, plugins.columns, plugins.actions) for it in items]
    if house.plugin not in owners and not any(routes_of(house.app, house.plugin)):
        return
    with guarded():
        leaks = opened_canary(house).leaks()
    seen: set[str] = set()
    for leak in leaks:
        route, _, said = leak.partition(" as ")
        role, _, what = said.partition(" ")
        rule = "routes" if what.startswith("failed") else "access-policy"
        if any(sign in what for sign in AROUND):
            rule = "access-policy"
        if f"{rule} {route}" not in seen:
            report.found(rule, "", f"{route}, as {role}, {what.rstrip('.')}.")
        seen.add(f"{rule} {route}")
    _failures(house, report, around_only=True)  # the others were said of their routes


def _failures(house: House, report: Report, *, around_only: bool = False) -> None:
    """Report what failed so far; slots are measured on their own.

    :param around_only: only what went around the access policy.
    """
    with house.app.app_context():
        rows = read_failures(db.session())
    for row in rows:
        error, trace = str(row["error"]), str(row["trace"] or "")
        wanted = not around_only or any(sign in f"{error} {trace}" for sign in AROUND)
        if row["plugin"] == house.plugin and wanted and not str(row["slot"]).startswith(_SLOTS):
            report.failed("works", f"{row['slot']} failed", error, trace)


def _last(text: str) -> str:
    return next((line.strip() for line in text.splitlines()[1:] if line.strip()), text)
