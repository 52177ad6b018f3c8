"""Somebody gets another e-mail address: the same account, and the former address still means that person."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from conftest import PASSWORD
from deskcore import audit
from deskcore.clock import now
from deskcore.desks.models import DeskRow
from deskcore.errors import Conflict, NotAllowed, NotFound, Refused
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.addresses import change_address, give_up_address, known_as
from deskcore.people.former import former_addresses
from deskcore.people.models import STAND_IN, ApiToken, SignIn
from deskcore.people.services import create_person, find_person, get_person, grant
from deskcore.people.signing_in import begin_session, make_reset_link, reset_link, sign_in, use_reset_link
from deskcore.people.tokens import make_token
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

OLD, NEW = "anna.kowalska@meridian.example", "anna.nowak@meridian.example"
HERE = "192.0.2.7"


def change(old: str = OLD, new: str = NEW) -> None:
    with acting_as(SYSTEM):
        change_address(old, new, fingerprint(known_as(old).email))


def test_from_then_on_only_the_new_address_signs_in(app_context: Flask) -> None:
    change(new="Anna.Nowak@Meridian.example ")
    assert sign_in(NEW, PASSWORD, HERE).person.email == NEW
    with pytest.raises(Refused, match="not right"):
        sign_in(OLD, PASSWORD, HERE)


def test_sign_ins_and_tokens_go_on(app_context: Flask) -> None:
    anna = get_person(OLD)
    begin_session(anna)
    make_token(anna, "script")
    change()
    for model in (SignIn, ApiToken):
        assert db.session.scalar(sa.select(model).where(model.person_id == get_person(NEW).id)) is not None


def test_a_link_that_was_sent_to_the_former_address_no_longer_works(app_context: Flask) -> None:
    secret = make_reset_link(get_person(OLD))
    change()
    with pytest.raises(Refused, match="no longer works"):
        use_reset_link(secret, "a new password")
    assert reset_link(OLD, HERE) is None
    assert use_reset_link(str(reset_link(NEW, HERE)), "a new password").email == NEW


def test_the_log_says_what_it_was(app_context: Flask) -> None:
    make_reset_link(get_person(OLD))
    change()
    [entry] = audit.read_entries(db.session, audit.Wanted(what="person.readdressed"), 10)
    assert (entry.subject, entry.before, entry.after) == (NEW, {"email": OLD}, {"email": NEW, "links_ended": 1})


def test_the_former_address_still_names_the_person_and_nobody_else_gets_it(app_context: Flask) -> None:
    change()
    assert known_as(OLD).email == NEW
    assert find_person(OLD) is None
    with acting_as(SYSTEM), pytest.raises(Refused, match="was the address of Anna Kowalska"):
        create_person(OLD, "Another Anna")
    with pytest.raises(Refused, match="was the address of Anna Kowalska"):
        change("jan.wojcik@meridian.example", OLD)


def test_given_up_it_can_become_somebody_elses(app_context: Flask) -> None:
    change()
    with acting_as(SYSTEM):
        give_up_address(NEW, OLD)
        assert create_person(OLD, "Another Anna").name == "Another Anna"
        with pytest.raises(NotFound):
            give_up_address(NEW, OLD)
    [entry] = audit.read_entries(db.session, audit.Wanted(what="person.address_freed"), 10)
    assert (entry.subject, entry.before) == (NEW, {"email": OLD})


def test_somebody_can_go_back_to_a_former_address(app_context: Flask) -> None:
    change()
    change(NEW, OLD)
    assert get_person(OLD).name == "Anna Kowalska"
    assert [former.address for former in former_addresses(db.session(), get_person(OLD))] == [NEW]


@pytest.mark.parametrize(("address", "said"), [("marek.nowak@meridian.example", "Somebody already"), ("anna", "Enter")])
def test_an_address_that_is_none_or_taken_is_refused(app_context: Flask, address: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        change(new=address)
    assert find_person(OLD) is not None


def test_nobody_gets_the_address_of_who_stands_for_all_who_send_anonymously(app_context: Flask) -> None:
    with pytest.raises(Refused, match="Nobody can have"):
        change(new=STAND_IN)
    assert find_person(OLD) is not None


def test_two_administrators_do_not_overwrite_each_others_change(app_context: Flask) -> None:
    seen = fingerprint(OLD)
    with acting_as(SYSTEM):
        change_address(OLD, NEW, seen)
        with pytest.raises(Conflict):
            change_address(OLD, "anna@meridian.example", seen)
    assert get_person(NEW).name == "Anna Kowalska"


def test_who_must_not_make_a_link_for_a_password_does_not_change_the_address_either(app_context: Flask) -> None:
    with acting_as(SYSTEM) as session, unit_of_work():
        session.execute(sa.update(DeskRow).where(DeskRow.key == "it").values(confidential=True))
    marek = "marek.nowak@meridian.example"
    with acting_as(SYSTEM):
        grant(get_person(marek), "it")
    admin = Viewer(get_person("admin@meridian.example").id, "portal", administrator=True)
    with acting_as(admin), pytest.raises(NotAllowed, match="confidential desk"):
        change_address(marek, NEW, fingerprint(marek))
    change(marek, NEW)
    [former] = former_addresses(db.session(), get_person(NEW))
    assert now() - former.until < timedelta(minutes=5)
