"""Random sequences of everything that gives or takes sight: by every path everybody sees what the model says."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conftest import BUNDLED, _settings
from deskcore.app import create_app
from deskcore.desks import editing
from deskcore.desks.administration import add_desk
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks import state
from deskcore.hooks.contributions import RequestType, Text
from deskcore.hooks.setting_values import write_setting
from deskcore.people.services import create_person
from deskcore.people.tokens import make_token
from deskcore.testing.house import settle
from deskcore.testing.people import viewer_of
from deskcore.tickets.lists import count_tickets
from deskcore.tickets.models import Ticket, TicketLink
from deskcore.tickets.queries import TicketQuery
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from tests.access.company import plugins
from tests.access.sequences import ASKER, BOSS, DESKS, KEEPER, PEOPLE, SUBJECTS, WORKERS, Sequence, person

#: Sequences of one run; `make test-access` runs many.
EXAMPLES = int(os.environ.get("ACCESS_SEQUENCES", "2"))
_TITLE = Text("Question", "Pytanie")


def _step(name: str, *choices: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    return st.tuples(st.just(name), *(st.sampled_from(each) for each in choices))


_ANYBODY, _NOTHING = (*WORKERS, ASKER, BOSS), ("",)
STEPS = st.lists(
    st.one_of(
        *(_step(name, WORKERS, DESKS) for name in ("grant", "revoke")),
        *(_step(name, SUBJECTS, DESKS) for name in ("move", "move", "there_and_back")),
        *(_step(name, SUBJECTS, WORKERS) for name in ("follow", "leave", "close", "open", "name", "unname", "break")),
        _step("link", SUBJECTS, SUBJECTS),
        _step("invite", SUBJECTS, _ANYBODY),
        *(_step(name, _NOTHING, WORKERS) for name in ("delegate", "hand_over")),
        _step("approve", _NOTHING, (*WORKERS, BOSS)),
        *(_step(name, _NOTHING, _NOTHING) for name in ("undelegate", "withdraw")),
    ),
    min_size=6,
    max_size=14,
)


def check(run: Sequence) -> None:
    """Compare what everybody sees by every path with the model."""
    with run.app.app_context():
        numbers = {name: run.number(name) for name in SUBJECTS}
        for who in PEOPLE:
            _check_statements(run, who)
    for who in PEOPLE:
        _check_portal(run, who, numbers)
        _check_workspace(run, who, numbers)
        _check_api(run, who)


def _check_statements(run: Sequence, who: str) -> None:
    for area, expected in (("portal", run.model.in_portal(who)), ("workspace", run.model.in_workspace(who))):
        viewer = viewer_of(who, area)
        with acting_as(viewer) as session:
            assert set(session.scalars(sa.select(Ticket.subject))) == expected, (who, area)
            assert count_tickets({"all": TicketQuery(queue="all")}, viewer.person_id)["all"] == len(expected)
            linked = set(session.scalars(sa.select(TicketLink.ticket_id)))
            assert linked <= {run.ids[name] for name in expected}


def _check_portal(run: Sequence, who: str, numbers: dict[str, str]) -> None:
    client, expected = run.browser(who), run.model.in_portal(who)
    for name, number in numbers.items():
        assert (client.get(f"/requests/{number}").status_code == 200) == (name in expected), (who, name)
    asked = run.model.cards["delta"].asked or ()
    assert (client.get(run.decision).status_code == 200) == ("delta" in expected), who
    assert (run.decision in client.get("/approvals").text) >= (who == asked[-1:]), who
    if who not in asked:
        assert "Approve: delta" not in client.get("/").text, who


def _check_workspace(run: Sequence, who: str, numbers: dict[str, str]) -> None:
    if not any(worker == who for worker, _desk in run.model.grants):
        return
    client, expected = run.browser(who), run.model.in_workspace(who)
    listed = client.get("/agent/tickets?queue=all").text
    assert {name for name in SUBJECTS if f">{name}<" in listed or f"{name}</a>" in listed} == expected, who
    rows = list(csv.DictReader(io.StringIO(client.get("/agent/tickets.csv?queue=all").text.lstrip("\ufeff"))))
    assert {name for row in rows for name in SUBJECTS if name in row.values()} == expected, who
    for name, number in numbers.items():
        assert (client.get(f"/agent/tickets/{number}").status_code == 200) == (name in expected), (who, name)
        assert (number in client.get(f"/agent/search?q={name}").text) == (name in expected), (who, name)


def _check_api(run: Sequence, who: str) -> None:
    works = any(worker == who for worker, _desk in run.model.grants)
    for area, expected in (("portal", run.model.in_portal(who)), ("workspace", run.model.in_workspace(who))):
        if area == "portal" or works:
            with run.app.app_context():
                secret = make_token(person(who), "sequences", area=area).token
            answer = run.app.test_client().get(
                "/api/v1/tickets?queue=all", headers={"Authorization": f"Bearer {secret}"}
            )
            assert {item["subject"] for item in answer.get_json()["items"]} == expected, (who, area)


def _application(database: Path) -> Flask:
    more = {"enabled_plugins": (*BUNDLED, *plugins()), "api_rate": 0.0}
    app = create_app(_settings(database.parent, f"sqlite:///{database}") | more)
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True
    return app


@pytest.fixture(scope="module")
def prepared(everything_on: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database that has the desks and the people, for each sequence to copy."""
    folder = tmp_path_factory.mktemp("sequences")
    path = folder / "deskcore.db"
    shutil.copy(everything_on, path)
    app = _application(path)
    with app.app_context():
        for email in PEOPLE:
            create_person(email, email.partition("@")[0].title(), None)
        with unit_of_work():
            person(ASKER).manager_id = person(BOSS).id
        admin = person("admin@meridian.example")
        with acting_as(Viewer(admin.id, "portal", administrator=True)):
            for key in DESKS[:-1]:
                add_desk(key, {"en": key, "pl": key}, confidential=key != "opn")
                refresh()
            editing.create(RequestType("question", "opn", _TITLE, _TITLE), admin.email)
        with state.own_transaction(db.engine) as connection:
            write_setting(connection, "hr_desk", "complaint_readers", KEEPER, secret=False)
        db.session.remove()
        db.engine.dispose()
    settle(f"sqlite:///{path}")
    return path


@pytest.fixture
def begin(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Sequence]]:
    """Give a function that begins a sequence anew."""
    folder = tmp_path_factory.mktemp("sequence")
    path = folder / "deskcore.db"
    shutil.copy(prepared, path)
    app = _application(path)

    def begun() -> Sequence:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
            for stale in folder.glob("deskcore.db-*"):
                stale.unlink()
            shutil.copy(prepared, path)
            return Sequence(app)

    yield begun
    with app.app_context():
        db.engine.dispose()


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.generate),
)
@given(steps=STEPS)
@example(steps=[("break", "gamma", WORKERS[1]), ("move", "gamma", "shy"), ("there_and_back", "gamma", "hr")])
def test_whatever_is_done_everybody_sees_by_every_path_what_the_model_says(
    begin: Callable[[], Sequence], steps: list[tuple[str, str, str]]
) -> None:
    run = begin()
    for step in steps:
        with run.app.app_context():
            run.take(*step)
        run.work()
    check(run)
    with run.app.app_context(), acting_as(SYSTEM) as session:
        assert check_all(session).findings == []
