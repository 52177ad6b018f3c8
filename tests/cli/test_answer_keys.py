"""``deskcore keys``: what there is, a new one, and one that nobody needs any more."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from deskcore.answer_keys import FILE
from deskcore.cli.installation import bare_app
from deskcore.desks.form_versions import freeze
from deskcore.desks.models import DeskRow, FormVersion, RequestTypeRow
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, Text
from deskcore.people.services import find_person
from deskcore.tickets.models import Ticket
from deskcore.tickets.sensitive import stored
from deskcore.work import unit_of_work
from tests.cli.conftest import Command

FIELD = Field("account", "text", Text("Account", "Konto"), sensitive=True)


@pytest.fixture
def keys(ready: Path) -> Path:
    """Store a ticket with a sensitive answer; give the file of keys."""
    digest, text = freeze((FIELD,))
    with bare_app(), unit_of_work() as session:
        anna = find_person("anna.kowalska@meridian.example")
        assert anna is not None
        form = FormVersion(digest=digest, fields=json.loads(text))
        desk = session.query(DeskRow).filter_by(key="it").one()
        session.add(form)
        session.flush()
        names = {"title": {"en": "Payout", "pl": "Wypłata"}}
        row = RequestTypeRow(desk_id=desk.id, key="payout", plugin="", form_version_id=form.id, **names)
        session.add(row)
        session.flush()
        session.add(
            Ticket(
                number="IT-1", desk_id=desk.id, request_type_id=row.id, form_version_id=form.id, subject="Payout",
                status="new", status_category="new", channel="portal", requester_id=anna.id,
                **stored((FIELD,), {"account": "PL61"}),
            )
        )  # fmt: skip
        db.session.flush()
    return ready / FILE


def test_a_new_key_takes_over_and_the_old_one_can_be_forgotten(run: Command, keys: Path) -> None:
    [first] = run("keys", "list", "--json").json
    assert first["tickets"] == 1
    assert "is in use" in run("keys", "forget", first["id"]).err
    assert "1 tickets were encrypted anew." in run("keys", "rotate").out
    new, old = run("keys", "list", "--json").json
    assert (new["tickets"], old["tickets"], old["id"]) == (1, 0, first["id"])
    assert run("keys", "forget", old["id"]).code == 0
    assert old["id"] not in run("keys", "list").out
    assert "There is no key" in run("keys", "forget", old["id"]).err
    assert "answer.key_made" in run("audit", "list").out
    assert keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_key_that_root_makes_still_belongs_to_whoever_serves(run: Command, keys: Path) -> None:
    os.chown(keys, 1234, 1234)
    (keys.parent / f".{FILE}.half").write_text("left by a process that was killed")
    assert run("keys", "rotate").code == 0
    assert (keys.stat().st_uid, keys.stat().st_gid, keys.stat().st_mode & 0o777) == (1234, 1234, 0o600)
    assert not (keys.parent / f".{FILE}.half").exists()


def test_a_lost_file_is_named_and_a_new_key_is_made_on_purpose_only(run: Command, keys: Path) -> None:
    [first] = run("keys", "list", "--json").json
    keys.unlink()
    assert f"{first['id']}" in run("check").out
    assert "MISSING" in run("keys", "list").out
    assert not keys.exists()
    outcome = run("keys", "rotate")
    assert (outcome.code, "1 answers cannot be opened" in outcome.err) == (1, True)
    assert keys.exists()
    assert "cannot be opened" in run("fsck").out
