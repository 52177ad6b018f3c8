"""Two who do the same, or the opposite, at the same moment, on a database that lets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, local
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.errors import DeskcoreError
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.administration import change_person, particulars, whole_person
from deskcore.people.granting import change_member, change_rights, read_rights
from deskcore.people.models import SeeAs
from deskcore.people.seeing import begin_seeing
from deskcore.people.services import create_person, deactivate, department_named, get_person, location_named
from deskcore.people.signing_in import begin_session
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

ANNA = "anna.kowalska@meridian.example"
ADMIN = "admin@meridian.example"
#: Whatever takes a lock.
LOCK = "FOR (NO KEY )?UPDATE"
BADGE = {
    "desk": "it", "key": "badge", "title.en": "New badge", "title.pl": "Nowy identyfikator",
    "summary.en": "We print it.", "summary.pl": "Wydrukujemy go.",
}  # fmt: skip


@pytest.fixture
def database() -> str:
    """SQLite lets one write after another; here they meet."""
    return "postgresql"


@contextmanager
def meeting(app: Flask, statement: str) -> Iterator[None]:
    """Let two threads wait for each other before the first statement of each that looks like this."""
    together, met = Barrier(2), local()

    def wait(_connection: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        if re.search(statement, sql) and not hasattr(met, "once"):
            met.once = True
            together.wait(timeout=20)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", wait)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", wait)


def at_once(app: Flask, statement: str, *calls: Callable[[], Any], viewer: Viewer = SYSTEM) -> list[str]:
    """Do two things at the same moment; return how they ended, in the order of the alphabet."""

    def do(call: Callable[[], Any]) -> str:
        with app.app_context(), acting_as(viewer):
            try:
                call()
            except DeskcoreError as error:
                return type(error).__name__
        return "done"

    with meeting(app, statement), ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(do, calls))


def test_two_who_add_the_same_person_are_told_that_the_address_is_taken(app: Flask) -> None:
    add = lambda: create_person("new@meridian.example", "New")  # noqa: E731
    assert at_once(app, "^INSERT INTO person ", add, add) == ["Refused", "done"]


@pytest.mark.parametrize(("named", "table"), [(department_named, "department"), (location_named, "location")])
def test_two_who_name_the_same_new_place_get_the_same_one(app: Flask, named: Any, table: str) -> None:
    found: list[int] = []

    def name() -> None:
        with unit_of_work():
            found.append(named("Greenhouse").id)

    assert at_once(app, f"^INSERT INTO {table} ", name, name) == ["done", "done"]
    assert found[0] == found[1]


def test_a_button_that_is_pressed_twice_begins_to_see_as_somebody_once(app: Flask) -> None:
    with app.app_context():
        admin = get_person(ADMIN)
        token = begin_session(admin)
        viewer = Viewer(admin.id, "portal", {}, True)
    see = lambda: begin_seeing(token, ANNA)  # noqa: E731
    assert at_once(app, "^INSERT INTO see_as ", see, see, viewer=viewer) == ["done", "done"]
    with app.app_context():
        assert len(db.session.scalars(sa.select(SeeAs)).all()) == 1


def test_rights_are_not_overwritten_by_somebody_who_did_not_see_them(app: Flask) -> None:
    with app.app_context():
        seen = fingerprint(read_rights(get_person(ANNA)))
    wanted: dict[str, Any] = {"administrator": False, "auditor": False}
    calls = [
        lambda role=role: change_rights(ANNA, wanted | {"desks": {"it": role}}, seen) for role in ("agent", "lead")
    ]
    assert at_once(app, LOCK, *calls) == ["Conflict", "done"]


def test_a_role_on_a_desk_is_not_overwritten_by_somebody_who_did_not_see_it(app: Flask) -> None:
    calls = [lambda role=role: change_member("it", ANNA, role, fingerprint("")) for role in ("agent", "lead")]
    assert at_once(app, LOCK, *calls) == ["Conflict", "done"]


def test_particulars_are_not_overwritten_by_somebody_who_did_not_see_them(app: Flask) -> None:
    with app.app_context():
        values = particulars(whole_person(ANNA))
    calls = [lambda phone=phone: change_person(ANNA, values | {"phone": phone}, fingerprint(values)) for phone in "12"]
    assert at_once(app, LOCK, *calls) == ["Conflict", "done"]


@pytest.mark.parametrize("_round", range(3))
def test_somebody_gets_rights_and_loses_access_at_the_same_moment(app: Flask, _round: int) -> None:
    with app.app_context():
        anna = get_person(ANNA)
        seen = fingerprint(read_rights(anna))
    wanted = {"administrator": True, "auditor": True, "desks": {"it": "agent"}}
    ended = at_once(app, LOCK, lambda: change_rights(ANNA, wanted, seen), lambda: deactivate(anna))
    assert ended == ["done", "done"]


def test_two_administrators_change_each_others_rights_at_the_same_moment(app: Flask) -> None:
    with app.app_context(), acting_as(SYSTEM):
        seen = {email: fingerprint(read_rights(get_person(email))) for email in (ANNA, ADMIN)}
    wanted = {"administrator": True, "auditor": True, "desks": {"it": "lead"}}
    calls = [lambda email=email: change_rights(email, wanted, seen[email]) for email in seen]
    assert at_once(app, LOCK, *calls) == ["done", "done"]


def test_what_only_the_database_noticed_is_a_conflict_and_no_failure(app: Flask, admin: Any, other: Any) -> None:
    """Both found the key free; the second to store it is told to look again."""
    add = lambda browser: browser.send("/admin/services/new", BADGE, follow=False).status_code  # noqa: E731
    with meeting(app, "^INSERT INTO request_type "), ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, (admin, other))) == [303, 409]
