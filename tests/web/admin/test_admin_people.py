"""People in the administration: found, added, changed, let in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.people.services import create_person, find_person, get_person, set_rights
from deskcore.people.signing_in import sign_in

ANNA = "/admin/people/anna.kowalska@meridian.example"
ADMIN = "/admin/people/admin@meridian.example"
HOSTILE = "<script>alert(1)</script>\u202e\"'{{7*7}}"


def particulars(**changed: str) -> dict[str, str]:
    values = {"name": "Anna Kowalska", "job_title": "", "phone": "", "department": "", "location": "", "manager": ""}
    return values | {"language": ""} | changed


def test_people_are_found_by_parts_of_name_and_address(admin: Any) -> None:
    page = admin.get("/admin/people?q=kowal").text
    assert "Anna Kowalska" in page
    assert "Marek Nowak" not in page


def test_the_list_can_be_narrowed_to_those_with_rights(admin: Any) -> None:
    page = admin.get("/admin/people?kind=rights").text
    assert "Adam Administrator" in page
    assert "Anna Kowalska" not in page


def test_a_long_list_has_pages_that_lead_on_and_back(app: Flask, admin: Any) -> None:
    with app.app_context():
        for number in range(60):
            create_person(f"extra{number:02}@meridian.example", f"Extra {number:02}")
    first = admin.get("/admin/people?q=Extra").text
    assert "Extra 49" in first
    assert "Extra 50" not in first
    following = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    second = admin.get(following).text
    assert "Extra 50" in second
    assert "Extra 49" not in second
    back = second.split('rel="prev"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert "Extra 00" in admin.get(back).text


def test_a_cursor_that_was_edited_leads_to_the_list_itself(admin: Any) -> None:
    assert "Anna Kowalska" in admin.get("/admin/people?after=forged").text


@pytest.mark.parametrize("name", ["marek.nowak", "anna.kowalska"])
def test_nobody_but_an_administrator_opens_it(browser: Callable[[str], Any], name: str) -> None:
    someone = browser(name)
    assert someone.get("/admin/people").status_code == 403
    assert someone.get(ANNA).status_code == 403
    assert someone.post(f"{ANNA}/access", on="0").status_code == 403


def test_somebody_is_added_and_the_log_says_so(app: Flask, admin: Any, recorded: Any) -> None:
    values = particulars(name="Nina Nowa", department="Facilities", manager="piotr.zielinski@meridian.example")
    page = admin.send("/admin/people/new", {"email": "Nina@Meridian.example", **values}).text
    assert "Nina Nowa was added." in page
    entry = recorded("person.created")[0]
    assert entry.actor == "admin@meridian.example"
    assert entry.after["department"] == "Facilities"
    assert entry.after["manager"] == "piotr.zielinski@meridian.example"


def test_what_is_wrong_with_somebody_new_is_told_at_once_and_kept(admin: Any) -> None:
    page = admin.send("/admin/people/new", particulars(name="", manager="nobody@nowhere.example") | {"email": "x"})
    assert page.status_code == 422
    assert "Write the name" in page.text
    assert "We know nobody with this address" in page.text
    assert 'value="nobody@nowhere.example"' in page.text


def test_an_address_that_is_taken_is_refused(admin: Any) -> None:
    page = admin.send("/admin/people/new", particulars() | {"email": "anna.kowalska@meridian.example"})
    assert page.status_code == 422
    assert "Somebody already has the address" in page.text


def test_a_hostile_name_is_shown_as_it_is_and_does_nothing(app: Flask, admin: Any) -> None:
    admin.get(ANNA)
    admin.send(ANNA, particulars(name=HOSTILE) | {"seen": admin.seen(ANNA)})
    page = admin.get(ANNA).text
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page
    assert "{{7*7}}" in page


def test_a_change_is_recorded_with_before_and_after(admin: Any, recorded: Any) -> None:
    admin.get(ANNA)
    admin.send(ANNA, particulars(phone="100", manager="piotr.zielinski@meridian.example") | {"seen": admin.seen(ANNA)})
    entry = recorded("person.changed")[0]
    assert entry.subject == "anna.kowalska@meridian.example"
    assert entry.before["phone"] == ""
    assert entry.after["phone"] == "100"


def test_two_who_change_the_same_person_do_not_overwrite_each_other(app: Flask, admin: Any, other: Any) -> None:
    for each in (admin, other):
        each.get(ANNA)
    admin.send(ANNA, particulars(phone="100") | {"seen": admin.seen(ANNA)})
    answer = other.send(ANNA, particulars(phone="200") | {"seen": other.seen(ANNA)})
    assert answer.status_code == 409
    assert "100" in answer.text
    assert "200" in answer.text
    with app.app_context():
        assert get_person("anna.kowalska@meridian.example").phone == "100"
    other.send(ANNA, particulars(phone="200") | {"seen": other.seen(ANNA)})
    with app.app_context():
        assert get_person("anna.kowalska@meridian.example").phone == "200"


def test_access_is_taken_away_and_given_back(
    app: Flask, admin: Any, browser: Callable[[str], Any], recorded: Any
) -> None:
    anna = browser("anna.kowalska")
    assert anna.get("/requests").status_code == 200
    assert "has no access any more" in admin.post(f"{ANNA}/access", on="0").text
    assert "/login" in anna.client.get("/requests").headers["Location"]
    assert "has access again" in admin.post(f"{ANNA}/access", on="1").text
    with app.app_context():
        assert sign_in("anna.kowalska@meridian.example", "meridian-demo", "192.0.2.1").person.active
    assert recorded("person.reactivated")[0].after == {"active": True}


def test_the_last_administrator_keeps_access(app: Flask, admin: Any) -> None:
    answer = admin.post(f"{ADMIN}/access", on="0")
    assert answer.status_code == 422
    assert "Somebody must stay an administrator" in answer.text
    with app.app_context():
        assert get_person("admin@meridian.example").active


def test_a_link_to_a_new_password_is_shown_once(app: Flask, admin: Any, recorded: Any) -> None:
    page = admin.post(f"{ANNA}/reset-link").text
    assert "/reset/" in page
    secret = page.partition("/reset/")[2].partition("<")[0]
    assert secret not in admin.get(ANNA).text
    assert recorded("reset_link.made")[0].actor == "admin@meridian.example"
    answer = app.test_client().post(f"/reset/{secret}", data={"password": "correct horse battery"})
    assert answer.status_code == 303


def test_a_token_of_ones_own_is_shown_once_and_revoked(admin: Any, recorded: Any) -> None:
    page = admin.send(f"{ADMIN}/tokens", {"purpose": "for a script", "days": "30", "scope": ["tickets:read"]}).text
    secret = "dc_" + page.partition("dc_")[2].partition("<")[0]
    headers = {"Authorization": f"Bearer {secret}"}
    assert admin.client.get("/api/v1/tickets", headers=headers).status_code == 200
    page = admin.get(ADMIN).text
    assert secret not in page
    handle = page.partition(f"{ADMIN}/tokens/")[2].partition("/revoke")[0]
    assert "no longer works" in admin.post(f"{ADMIN}/tokens/{handle}/revoke").text
    assert admin.client.get("/api/v1/tickets", headers=headers).status_code == 401
    assert recorded("token.revoked")[0].before == {"purpose": "for a script"}


def test_no_token_is_made_for_somebody_who_signs_in(admin: Any) -> None:
    """Whoever holds it would read that person's requests, and nobody would notice."""
    answer = admin.send(f"{ANNA}/tokens", {"purpose": "curiosity", "days": "30", "scope": ["tickets:read"]})
    assert answer.status_code == 403


def test_no_token_is_made_for_somebody_who_has_no_password_yet(app: Flask, admin: Any) -> None:
    """It may be a program, or somebody who was imported this morning."""
    with app.app_context():
        create_person("new@meridian.example", "New")
    fields = {"purpose": "monitoring", "days": "30", "scope": ["tickets:write"]}
    answer = admin.send("/admin/people/new@meridian.example/tokens", fields)
    assert answer.status_code == 403
    assert "for others on the server" in answer.text
    assert "deskcore user token new@meridian.example" in admin.get("/admin/people/new@meridian.example").text


@pytest.mark.parametrize("days", ["0", "3651", "many", "٣", "9" * 5000])
def test_a_token_lives_a_number_of_days(admin: Any, days: str) -> None:
    fields = {"purpose": "for a script", "days": days, "scope": ["tickets:read"]}
    assert admin.send(f"{ADMIN}/tokens", fields).status_code == 422


def test_a_second_administrator_may_go(app: Flask, admin: Any) -> None:
    with app.app_context():
        ola = find_person("ola.mazur@meridian.example")
        assert ola is not None
        set_rights(ola, administrator=True)
    admin.post("/admin/people/ola.mazur@meridian.example/access", on="0")
    with app.app_context():
        assert db.session.query(Person).filter_by(email="ola.mazur@meridian.example").one().active is False


def test_an_address_is_changed_and_the_former_one_is_listed(app: Flask, admin: Any) -> None:
    admin.get(ANNA)
    fields = {"email": "anna.nowak@meridian.example", "seen": admin.seen(f"{ANNA}/address")}
    page = admin.send(f"{ANNA}/address", fields).text
    assert "Anna Kowalska signs in as anna.nowak@meridian.example from now on." in page
    assert "Former addresses" in page
    new = "/admin/people/anna.nowak@meridian.example"
    page = admin.post(f"{new}/address/former", address="anna.kowalska@meridian.example").text
    assert "can become somebody else’s address" in page
    assert "Former addresses" not in page
    assert admin.get(ANNA).status_code == 404
    assert admin.post(f"{new}/address/former", address="anna.kowalska@meridian.example").status_code == 404


def test_the_page_of_a_former_address_leads_to_whose_it_was(admin: Any) -> None:
    admin.get(ANNA)
    fields = {"email": "anna.nowak@meridian.example", "seen": admin.seen(f"{ANNA}/address")}
    admin.send(f"{ANNA}/address", fields)
    assert admin.get(ANNA).request.path == "/admin/people/anna.nowak@meridian.example"
    assert admin.get("/admin/people/NOBODY@meridian.example").status_code == 404


def test_an_address_that_cannot_be_is_refused_and_kept(admin: Any) -> None:
    admin.get(ANNA)
    fields = {"email": "marek.nowak@meridian.example", "seen": admin.seen(f"{ANNA}/address")}
    answer = admin.send(f"{ANNA}/address", fields)
    assert answer.status_code == 422
    assert 'value="marek.nowak@meridian.example"' in answer.text
    assert 'href="#a-email"' in answer.text


def test_two_who_change_the_same_address_do_not_overwrite_each_other(app: Flask, admin: Any, other: Any) -> None:
    for each in (admin, other):
        each.get(ANNA)
    path = f"{ANNA}/address"
    admin.send(path, {"email": "anna.nowak@meridian.example", "seen": admin.seen(path)})
    answer = other.send(path, {"email": "anna@meridian.example", "seen": other.seen(path)})
    assert answer.status_code == 409
    assert "anna.nowak@meridian.example" in answer.text
    assert "anna@meridian.example" in answer.text
    other.send(path, {"email": "anna@meridian.example", "seen": other.seen(path)})
    with app.app_context():
        assert get_person("anna@meridian.example").name == "Anna Kowalska"


def test_somebody_new_does_not_get_a_former_address(app: Flask, admin: Any) -> None:
    admin.get(ANNA)
    fields = {"email": "anna.nowak@meridian.example", "seen": admin.seen(f"{ANNA}/address")}
    admin.send(f"{ANNA}/address", fields)
    answer = admin.send("/admin/people/new", particulars(name="Nina") | {"email": "Anna.Kowalska@meridian.example"})
    assert answer.status_code == 422
    assert "was the address of Anna Kowalska" in answer.text
