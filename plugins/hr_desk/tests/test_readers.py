"""Fewer than two readers of complaints are too few, and those are told who can do something about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from click.testing import CliRunner
from deskcore_hr_desk import readers
from flask.testing import FlaskClient

from deskcore.testing import House

SignIn = Callable[[str], FlaskClient]
LEON, AGATA, ELLA = (f"{name}@organisation.example" for name in ("leon", "agata", "ella"))


def run(house: House) -> tuple[int, str]:
    """Run the command and return its code, and what it said."""
    with house.app.app_context():
        result = CliRunner().invoke(readers.command)
    return result.exit_code, result.output


def test_one_reader_is_too_few_and_administrators_and_leads_are_told(
    house: House, as_user: SignIn, setting: Callable[[str, Any], None]
) -> None:
    # Without readers and without a team it is the lead; somebody of another desk reads nothing.
    for given in ("", f"{LEON}, {ELLA}, nobody@organisation.example"):
        setting("complaint_readers", given)
        code, said = run(house)
        assert (code, said.count("@"), LEON in said) == (1, 1, True)
        for role, url in (("lead", "/agent/members"), ("admin", "/admin/plugins/hr_desk")):
            page = as_user(role).get("/").text
            assert "Only one person reads complaints" in page
            assert f'href="{url}"' in page
        for role in ("requester", "agent", "auditor"):
            assert "reads complaints" not in as_user(role).get("/").text


def test_with_two_nobody_is_told(house: House, as_user: SignIn, setting: Callable[[str, Any], None]) -> None:
    setting("complaint_readers", f"{LEON}, {AGATA}")
    code, said = run(house)
    assert (code, said.count("@")) == (0, 2)
    for role in ("lead", "admin"):
        assert "reads complaints" not in as_user(role).get("/").text
