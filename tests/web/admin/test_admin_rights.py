"""Rights as a matrix, and what an administrator cannot give himself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.errors import Refused
from deskcore.fingerprints import fingerprint
from deskcore.hooks import state
from deskcore.people.granting import read_rights
from deskcore.people.services import get_person, grant
from deskcore.people.signing_in import make_reset_link, use_reset_link
from deskcore.people.tokens import make_token
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

ANNA = "/admin/people/anna.kowalska@meridian.example"
ADMIN = "/admin/people/admin@meridian.example"
MAREK = "/admin/people/marek.nowak@meridian.example"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Rights are given under locks, which each database has in its own way."""
    return str(request.param)


def rights_of(app: Flask, name: str) -> dict[str, Any]:
    with app.app_context():
        return read_rights(get_person(f"{name}@meridian.example"))


@pytest.fixture
def hr(app: Flask) -> str:
    """Make a confidential desk that Kasia leads; give its key."""
    with app.app_context(), acting_as(SYSTEM):
        with unit_of_work() as session:
            standard = session.scalars(sa.select(DeskRow.statuses)).first()
            row = DeskRow(key="hr", plugin="", prefix="HR", title={"en": "HR", "pl": "Kadry"}, confidential=True)
            row.statuses = standard or []
            session.add(row)
            session.flush()
            state.raise_epoch(session)
        grant(get_person("kasia.dabrowska@meridian.example"), "hr", "lead")
    with app.app_context():
        refresh()
    return "hr"


def test_rights_are_stored_as_a_whole_and_each_is_recorded(app: Flask, admin: Any, recorded: Any) -> None:
    admin.get(ANNA)
    fields = {"seen": admin.seen(f"{ANNA}/rights"), "auditor": "yes", "desk.it": "agent"}
    admin.send(f"{ANNA}/rights", fields)
    assert rights_of(app, "anna.kowalska") == {"administrator": False, "auditor": True, "desks": {"it": "agent"}}
    assert recorded("grant.given")[0].after == {"desk": "it", "role": "agent"}
    assert recorded("rights.changed")[0].before == {"auditor": False}


def test_a_right_acts_with_the_next_page(admin: Any, browser: Callable[[str], Any]) -> None:
    anna = browser("anna.kowalska")
    assert anna.get("/agent/tickets").status_code == 403
    admin.get(ANNA)
    admin.send(f"{ANNA}/rights", {"seen": admin.seen(f"{ANNA}/rights"), "desk.it": "agent"})
    assert anna.get("/agent/tickets").status_code == 200


def test_the_last_administrator_stays_one(app: Flask, admin: Any) -> None:
    admin.get(ADMIN)
    answer = admin.send(f"{ADMIN}/rights", {"seen": admin.seen(f"{ADMIN}/rights"), "desk.it": "agent"})
    assert answer.status_code == 422
    assert "Somebody must stay an administrator" in answer.text
    assert rights_of(app, "admin") == {"administrator": True, "auditor": False, "desks": {}}


def test_two_administrators_do_not_overwrite_each_others_rights(app: Flask, admin: Any, other: Any) -> None:
    for each in (admin, other):
        each.get(ANNA)
    path = f"{ANNA}/rights"
    admin.send(path, {"seen": admin.seen(path), "desk.it": "lead"})
    answer = other.send(path, {"seen": other.seen(path), "auditor": "yes", "desk.it": ""})
    assert answer.status_code == 409
    assert "Lead" in answer.text
    assert rights_of(app, "anna.kowalska")["desks"] == {"it": "lead"}
    other.send(path, {"seen": other.seen(path), "auditor": "yes", "desk.it": ""})
    assert rights_of(app, "anna.kowalska") == {"administrator": False, "auditor": True, "desks": {}}


def test_an_unknown_role_and_an_unknown_desk_are_refused(admin: Any) -> None:
    admin.get(ANNA)
    seen = admin.seen(f"{ANNA}/rights")
    assert admin.send(f"{ANNA}/rights", {"seen": seen, "desk.it": "king"}).status_code == 422
    assert admin.send(f"{ANNA}/rights", {"seen": seen, "desk.nowhere": "agent"}).status_code == 404


@pytest.mark.parametrize("who", [ADMIN, ANNA])
def test_an_administrator_lets_nobody_onto_a_confidential_desk(app: Flask, admin: Any, hr: str, who: str) -> None:
    page = admin.get(who).text
    assert 'name="desk.hr"' not in page
    fields = {"seen": admin.seen(f"{who}/rights"), "administrator": "yes", "desk.hr": "lead"}
    assert admin.send(f"{who}/rights", fields).status_code == 403
    assert rights_of(app, "admin")["desks"] == {}
    assert rights_of(app, "anna.kowalska")["administrator"] is False
    fields = {"email": "admin@meridian.example", "role": "agent", "seen": fingerprint("")}
    assert admin.send("/admin/desks/hr/members", fields).status_code == 403
    assert rights_of(app, "admin")["desks"] == {}


def test_an_administrator_cannot_become_somebody_of_a_confidential_desk(admin: Any, hr: str) -> None:
    """A link to a new password, or a token, would let him read what he must not."""
    kasia = "/admin/people/kasia.dabrowska@meridian.example"
    assert "deskcore user reset-link" in admin.get(kasia).text
    assert admin.post(f"{kasia}/reset-link").status_code == 403
    fields = {"purpose": "curiosity", "days": "30", "scope": ["tickets:read"]}
    assert admin.send(f"{kasia}/tokens", fields).status_code == 403


def test_the_lead_says_who_works_on_a_confidential_desk(app: Flask, browser: Callable[[str], Any], hr: str) -> None:
    kasia = browser("kasia.dabrowska")
    path = "/agent/members/hr"
    kasia.get("/agent/members")
    forms = kasia.page.text.rpartition(f'action="{path}"')[2]
    nothing = forms.partition('name="seen" value="')[2].partition('"')[0]
    kasia.post(path, email="anna.kowalska@meridian.example", role="agent", seen=nothing)
    assert rights_of(app, "anna.kowalska")["desks"] == {"hr": "agent"}
    answer = kasia.post(path, email="nobody@nowhere.example", role="agent", seen=nothing)
    assert answer.status_code == 422
    assert "nobody@nowhere.example" in answer.text
    answer = kasia.post(path, email="anna.kowalska@meridian.example", role="lead", seen=nothing)
    assert answer.status_code == 409


@pytest.mark.parametrize("role", ["agent", "lead"])
def test_nothing_handed_out_before_opens_a_confidential_desk(app: Flask, hr: str, role: str, recorded: Any) -> None:
    """Who holds a token or a link of somebody need not be the one whom the lead trusts; as on the command line."""
    with app.app_context(), acting_as(SYSTEM):
        anna = get_person("anna.kowalska@meridian.example")
        secret, link = make_token(anna, "a script").token, make_reset_link(anna)
        headers = {"Authorization": f"Bearer {secret}"}
        grant(anna, "it")
    assert app.test_client().get("/api/v1/tickets", headers=headers).status_code == 200
    with app.app_context(), acting_as(SYSTEM):
        grant(get_person("anna.kowalska@meridian.example"), "hr", role)
    assert app.test_client().get("/api/v1/tickets", headers=headers).status_code == 401
    with app.app_context(), pytest.raises(Refused, match="no longer works"):
        use_reset_link(link, "a-new-password")
    after = {"desk": "hr", "role": role, "tokens_ended": 1, "links_ended": 1}
    assert recorded("grant.given")[0].after == after


def test_a_confidential_desk_keeps_a_lead(app: Flask, browser: Callable[[str], Any], hr: str) -> None:
    kasia = browser("kasia.dabrowska")
    kasia.get("/agent/members")
    seen = kasia.seen("/agent/members/hr")
    answer = kasia.post("/agent/members/hr", email="kasia.dabrowska@meridian.example", role="", seen=seen)
    assert answer.status_code == 422
    assert rights_of(app, "kasia.dabrowska")["desks"] == {"hr": "lead"}


def test_only_leads_say_who_works_with_them(browser: Callable[[str], Any]) -> None:
    marek, anna = browser("marek.nowak"), browser("anna.kowalska")
    assert marek.get("/agent/members").status_code == 404
    assert anna.get("/agent/members").status_code == 403
    answer = marek.post("/agent/members/it", email="marek.nowak@meridian.example", role="lead", seen="")
    assert answer.status_code == 404


def test_rights_in_a_row_of_the_desk(app: Flask, admin: Any) -> None:
    path = "/admin/desks/it/members"
    admin.get("/admin/desks/it")
    form = admin.page.text.rpartition(f'action="{path}"')[2]
    nothing = form.partition('name="seen" value="')[2].partition('"')[0]
    admin.post(path, email="anna.kowalska@meridian.example", role="lead", seen=nothing)
    assert rights_of(app, "anna.kowalska")["desks"] == {"it": "lead"}
    answer = admin.post(path, email="anna.kowalska@meridian.example", role="agent", seen=nothing)
    assert answer.status_code == 409
    assert rights_of(app, "anna.kowalska")["desks"] == {"it": "lead"}


def test_the_administrator_reads_no_ticket_by_his_right(admin: Any) -> None:
    assert admin.get("/agent/tickets").status_code == 403
