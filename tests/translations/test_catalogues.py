"""Every text of the interface has its Polish counterpart, with the same gaps to fill and the right plurals."""

from __future__ import annotations

import gettext
import re
from io import BytesIO
from typing import Any

import pytest
from babel.messages.mofile import write_mo

GAP = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
#: Polish would have to inflect these names, so it does without.
WITHOUT_THE_NAME = {"How can we help, %(name)s?", "Only agents of %(desk)s will see this. %(name)s will not."}
#: One of each kind that Polish tells apart: one, a few, many, a teen, a few above twenty, many above twenty.
COUNTS = {1: 0, 2: 1, 5: 2, 12: 2, 22: 1, 25: 2}


def _gaps(text: str) -> set[str]:
    return {"".join(found) for found in GAP.findall(text)}


def _forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_text_is_translated_and_no_other_is_kept(package: Any) -> None:
    known = {_forms(message.id) for message in package.messages()}
    assert package.asked - known == set(), "run `make messages`, then translate what is new"
    assert known - package.asked == set(), "run `make messages`: these texts are gone"
    assert not package.catalogue.obsolete
    missing = [message.id for message in package.messages() if message.fuzzy or not all(_forms(message.string))]
    assert missing == []


def test_both_languages_have_the_same_gaps(package: Any) -> None:
    wrong = []
    for message in package.messages():
        wanted = _gaps("".join(_forms(message.id)))
        allowed = [wanted, wanted - {"name"}] if message.id in WITHOUT_THE_NAME else [wanted]
        if any(_gaps(text) not in allowed for text in _forms(message.string)):
            wrong.append(message.id)
    assert wrong == []


@pytest.mark.parametrize("count", COUNTS)
def test_each_count_has_the_right_plural(package: Any, count: int) -> None:
    file = BytesIO()
    write_mo(file, package.catalogue)
    file.seek(0)
    polish = gettext.GNUTranslations(file)
    for message in package.messages():
        if isinstance(message.id, str):
            continue
        assert polish.ngettext(*message.id, count) == message.string[COUNTS[count]]
        values = dict.fromkeys(_gaps("".join(message.id)), "x") | {"num": count}
        shown = polish.ngettext(*message.id, count) % values
        assert str(count) in shown
        assert len(message.string) == 3


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, "1 zgłoszenie"),
        (2, "2 zgłoszenia"),
        (5, "5 zgłoszeń"),
        (12, "12 zgłoszeń"),
        (22, "22 zgłoszenia"),
        (25, "25 zgłoszeń"),
    ],
)
def test_tickets_are_counted_as_poles_count(app: Any, count: int, words: str) -> None:
    from flask_babel import force_locale, ngettext

    with app.app_context(), force_locale("pl"):
        assert ngettext("%(num)s ticket", "%(num)s tickets", count) == words
