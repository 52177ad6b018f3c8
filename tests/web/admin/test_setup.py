"""The first run in the browser: open to whoever has the secret that the server printed, and only once."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore import audit
from deskcore.extensions import db
from deskcore.people.first_run import setup_token
from deskcore.people.models import Person
from deskcore.people.services import get_person
from deskcore.runtime import runtime
from deskcore.work import unit_of_work

STEPS = ("/setup/organisation", "/setup/administrator", "/setup/language", "/setup/mail", "/setup/sample")
ADMINISTRATOR = {"name": "Ada First", "email": "ada@meridian.example", "password": "correct horse battery"}


@pytest.fixture
def nobody(app: Flask) -> FlaskClient:
    """Give a browser at an installation without any person."""
    with app.app_context(), unit_of_work() as session:
        session.execute(sa.delete(Person))
    return app.test_client()


@pytest.fixture
def secret(app: Flask) -> str:
    """Give the secret that the server prints."""
    with app.app_context():
        return setup_token(runtime().config.secret_key)


def test_nothing_is_open_without_the_secret(nobody: FlaskClient) -> None:
    for path in STEPS:
        assert nobody.get(path).status_code == 404, path
        assert nobody.post(path, data=ADMINISTRATOR).status_code in (404, 405), path
    assert nobody.get("/setup/0000000000").status_code == 404
    assert nobody.get("/setup/ąę").status_code == 404


def test_nothing_is_open_with_the_secret_once_there_is_anybody(app: Flask, secret: str) -> None:
    client = app.test_client()
    assert client.get(f"/setup/{secret}").status_code == 404
    for path in STEPS:
        assert client.get(path).status_code == 404, path


def test_five_steps_lead_to_the_administration(app: Flask, nobody: FlaskClient, secret: str) -> None:
    page = nobody.get(f"/setup/{secret}", follow_redirects=True).text
    assert "Set up: Organisation" in page
    page = nobody.post("/setup/organisation", data={"organisation": "Northwind"}, follow_redirects=True).text
    assert "Set up: Administrator" in page
    page = nobody.post("/setup/administrator", data=ADMINISTRATOR, follow_redirects=True).text
    assert "Set up: Language" in page
    assert "Northwind" in page
    page = nobody.post("/setup/language", data={"language": "pl"}, follow_redirects=True).text
    assert "nie jest jeszcze dostępne" in page
    page = nobody.get("/setup/sample").text
    assert "deskcore --instance demo demo" in page
    page = nobody.post("/setup/finish", follow_redirects=True).text
    assert "System jest gotowy." in page
    with app.app_context():
        assert get_person("ada@meridian.example").administrator
        assert audit.read_entries(db.session, audit.Wanted(what="person.created"), 1)[0].actor_kind == "visitor"
    stranger = app.test_client().get("/login", headers={"Accept-Language": "de"}).text
    assert 'lang="pl"' in stranger
    assert nobody.get(f"/setup/{secret}").status_code == 404


@pytest.mark.parametrize("wrong", [{"password": "short"}, {"email": "nobody"}, {"name": " "}])
def test_an_administrator_who_cannot_be_is_refused_and_kept(
    app: Flask, nobody: FlaskClient, secret: str, wrong: dict[str, str]
) -> None:
    nobody.get(f"/setup/{secret}")
    answer = nobody.post("/setup/administrator", data=ADMINISTRATOR | wrong)
    assert answer.status_code == 422
    assert re.search(r"<title>Error: ", answer.text)
    assert ADMINISTRATOR["password"] not in answer.text
    with app.app_context():
        assert db.session.scalar(sa.select(Person.id)) is None


@pytest.mark.parametrize("name", ["", "x" * 101])
def test_an_organisation_has_a_name(nobody: FlaskClient, secret: str, name: str) -> None:
    nobody.get(f"/setup/{secret}")
    assert nobody.post("/setup/organisation", data={"organisation": name}).status_code == 422


def test_two_who_set_up_at_once_make_one_administrator(app: Flask, nobody: FlaskClient, secret: str) -> None:
    second = app.test_client()
    for client in (nobody, second):
        client.get(f"/setup/{secret}")
    nobody.post("/setup/administrator", data=ADMINISTRATOR)
    answer = second.post("/setup/administrator", data=ADMINISTRATOR | {"email": "eve@meridian.example"})
    assert answer.status_code == 404
    with app.app_context():
        assert db.session.scalars(sa.select(Person.email)).all() == ["ada@meridian.example"]
