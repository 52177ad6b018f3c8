"""``deskcore user …``: people, rights, passwords, tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from deskcore_it_assets import licences
from deskcore_it_assets.licences import Holder
from deskcore_it_assets.rights import IMPORTER

from conftest import switch_on
from deskcore.cli.installation import bare_app, entered, full_app
from deskcore.people.models import DeskGrant
from deskcore.people.services import find_person, get_person, password_matches
from deskcore.people.signing_in import use_reset_link
from deskcore.people.tokens import USUAL_SCOPES
from tests.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("ready")
ANNA, MAREK = "anna.kowalska@meridian.example", "marek.nowak@meridian.example"
PASSWORD = "correct horse battery"


def test_somebody_new_gets_the_password_from_standard_input(run: Command) -> None:
    assert run("user", "create", "new@meridian.example", "--name", "New", "--password-stdin", typed=PASSWORD).code == 0
    with bare_app():
        assert password_matches(get_person("new@meridian.example").password_hash, PASSWORD)


def test_a_short_password_is_refused_and_nobody_is_added(run: Command) -> None:
    outcome = run("user", "create", "new@meridian.example", "--name", "New", "--password-stdin", typed="short")
    assert outcome.code == 1
    assert "at least 10 characters" in outcome.err
    with bare_app():
        assert find_person("new@meridian.example") is None


def test_a_link_sets_a_password_once(run: Command) -> None:
    link = run("user", "reset-link", ANNA).out.strip()
    found = re.fullmatch(r"https://help\.meridian\.example/reset/([\w-]+)", link)
    assert found
    with bare_app():
        assert use_reset_link(found[1], PASSWORD).email == ANNA


def test_a_new_password_counts_at_once(run: Command) -> None:
    assert run("user", "password", ANNA, "--password-stdin", typed=PASSWORD).code == 0
    with bare_app():
        assert password_matches(get_person(ANNA).password_hash, PASSWORD)


def test_somebody_gets_another_address(run: Command) -> None:
    outcome = run("user", "address", ANNA, "anna.nowak@meridian.example")
    assert (outcome.code, outcome.out.strip()) == (
        0,
        "Anna Kowalska signs in as anna.nowak@meridian.example from now on.",
    )
    with bare_app():
        assert find_person(ANNA) is None
        assert get_person("anna.nowak@meridian.example").name == "Anna Kowalska"
    refused = run("user", "address", MAREK, ANNA)
    assert refused.code == 1
    assert "was the address of Anna Kowalska" in refused.err


def test_without_a_terminal_a_password_is_not_asked_for(run: Command) -> None:
    outcome = run("user", "password", ANNA)
    assert outcome.code == 1
    assert "--password-stdin" in outcome.err


def test_a_grant_is_given_and_taken(run: Command) -> None:
    def grants() -> int:
        with bare_app() as app:
            assert app
            from deskcore.extensions import db

            return db.session.query(DeskGrant).filter_by(person_id=get_person(ANNA).id).count()

    assert run("user", "grant", ANNA, "it", "--team", "l1").code == 0
    assert grants() == 1
    assert run("user", "grant", ANNA, "it", "--remove").code == 0
    assert grants() == 0


def test_a_grant_to_a_desk_that_is_not_there_is_refused(run: Command) -> None:
    outcome = run("user", "grant", ANNA, "nowhere")
    assert outcome.code == 1
    assert "There is no desk “nowhere”." in outcome.err


def test_the_token_for_scripts_has_its_fixed_form(run: Command) -> None:
    made = run("user", "token", MAREK, "--json").json
    assert list(made) == ["token", "scopes", "expires_at"]
    assert made["scopes"] == list(USUAL_SCOPES)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made["expires_at"])


def test_whoever_left_something_open_is_named_until_somebody_insists(run: Command, ready: Path) -> None:
    switch_on(f"sqlite:///{ready / 'deskcore.db'}", "it_assets")
    with entered(full_app()):
        given = {"name": "Office", "desk": "it", "kind": "perpetual", "per": "all", "seats": "1"}
        licences.assign(licences.save("", given, IMPORTER).token, Holder(ANNA), IMPORTER)
    outcome = run("user", "deactivate", ANNA)
    assert (outcome.code, "licences: Office" in outcome.err, "--anyway" in outcome.err) == (1, True, True)
    assert run("user", "deactivate", ANNA, "--anyway").code == 0


def test_a_deactivated_person_gets_no_token(run: Command) -> None:
    assert run("user", "deactivate", ANNA).code == 0
    outcome = run("user", "token", ANNA, "--json")
    assert outcome.code == 1
    assert outcome.out == ""


def test_an_unknown_address_is_named(run: Command) -> None:
    outcome = run("user", "reset-link", "nobody@meridian.example")
    assert outcome.code == 1
    assert "nobody@meridian.example" in outcome.err


def test_tokens_are_voided_by_name_of_their_owner(run: Command) -> None:
    run("user", "token", MAREK)
    run("user", "token", MAREK)
    assert run("user", "revoke-tokens", MAREK).out == f"2 tokens of {MAREK} ended.\n"
    assert run("user", "revoke-tokens", MAREK).out == f"0 tokens of {MAREK} ended.\n"


def test_rights_are_given_and_taken_but_for_the_last_administrator(run: Command) -> None:
    admin = "admin@meridian.example"
    assert "Somebody must stay an administrator" in run("user", "rights", admin, "--no-administrator").err
    given = run("user", "rights", ANNA, "--administrator", "--auditor")
    assert (given.code, given.out) == (0, f"{ANNA} is administrator and auditor.\n")
    assert run("user", "rights", admin, "--no-administrator").out == f"{admin} is neither administrator nor auditor.\n"
    assert run("user", "rights", ANNA, "--no-auditor").out == f"{ANNA} is administrator.\n"
