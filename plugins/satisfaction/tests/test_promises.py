"""What every plugin promises: pages for everybody in both languages, and nothing of another desk."""

from __future__ import annotations

from collections.abc import Callable

from deskcore_satisfaction.links import link_path
from deskcore_satisfaction.words import WORDS
from flask.testing import FlaskClient

from deskcore import clock
from deskcore.testing import Canary, Pages

from .conftest import Asking, address, later


def test_every_page_is_accessible_and_translated(
    pages: Pages, asking: Asking, as_user: Callable[[str], FlaskClient]
) -> None:
    number = asking.asked()
    with clock.at(later(hours=4)):
        form = {"rating": "1", "comment": "It squeaks", "version": "1"}
        assert as_user("requester").post(f"/ratings/{number}", data=form).status_code == 303
    with clock.at(later(hours=5)):
        with asking.house.app.app_context():
            signed = link_path(asking.last(number).token, address("requester"), 2).rpartition("/")[2]
        typed = [*(word.pl for word in WORDS.values()), "It squeaks", "A noise", "Zgłoś sprawę", "Czego dotyczy?"]
        pages.check(number=number, signed=signed, typed=typed)


def test_nothing_of_another_desk_leaks(canary: Canary) -> None:
    canary.check()
