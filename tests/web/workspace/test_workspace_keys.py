"""The keys of the workspace: one table, shown where they act, and everybody's own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from deskcore.people.services import find_person, update_profile
from deskcore.web import commands
from deskcore.web.commands import BY_NAME, COMMANDS

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "deskcore/templates").rglob("*.html"))
#: Commands that the script does by itself, without a control on the page.
SCRIPTED = set(
    re.findall(
        r"^  (\w+): (?:onRows|onCursor|onBoxes|hiding|\{ can)",
        (ROOT / "deskcore/static/workspace.js").read_text(),
        re.MULTILINE,
    )
)


@pytest.fixture
def database() -> str:
    """Keys are the same on both databases."""
    return "sqlite"


def saved(agent: Any, **keys: str) -> Any:
    """Send the form as a browser does: every field, with these changed."""
    fields = {f"key.{each.name}": commands.plain(each.key) for each in COMMANDS if not each.fixed}
    fields |= {f"key.{name}": key for name, key in keys.items()} | {"shortcuts": "yes"}
    return agent.post("/agent/shortcuts", **fields)


def key_map(html: str) -> dict[str, str]:
    """Return the keys that the script of a page acts on."""
    found = re.search(r"data-key-map=\'([^\']*)\'", html)
    assert found is not None
    known: dict[str, str] = json.loads(unescape(unescape(found[1])))
    return known


def test_no_usual_key_gets_in_the_way_of_another() -> None:
    assert commands.clashes(commands.USUAL) == {}
    assert {name: key for name, key in commands.USUAL.items() if key != BY_NAME[name].key} == {}


def test_every_usual_key_is_one_that_somebody_could_have_chosen() -> None:
    for command in COMMANDS:
        if not command.fixed:
            assert commands.read_key(commands.plain(command.key)) == command.key


def test_the_help_lists_every_command_with_words_and_key(marek: Any) -> None:
    page = marek.get("/agent/shortcuts").text
    help_part = page.partition("data-shortcuts-help")[2].partition("</form>")[0]
    for command in COMMANDS:
        assert str(command.title) in help_part
        assert f"<kbd>{commands.label(command.key, command)}</kbd>" in help_part


def test_every_command_can_be_given_from_the_list_or_the_ticket(marek: Any, opens: Any) -> None:
    number = opens()
    marek.post(f"/agent/tickets/{number}/assign", assignee="me")
    pages = marek.page.text + marek.get(f"/agent/tickets/{opens()}").text + marek.get("/agent/tickets?queue=all").text
    shown = set(re.findall(r'data-command="(\w+)"', pages)) | SCRIPTED
    fixed = {command.name for command in COMMANDS if command.fixed}
    # A saved view, the last undo, what was put off and the parts of a ticket are there when there is any of it.
    assert {command.name for command in COMMANDS} - shown - fixed - {"views", "undo", "snoozed", "reply_all"} == set()


def test_templates_name_only_keys_of_the_table() -> None:
    named = {key for path in TEMPLATES for key in re.findall(r'(?:\bkey=|by_key\()"([^"{]+)"', path.read_text())}
    assert len(named) > 10
    assert {key for key in named if not commands.pressed(key, commands.USUAL)[0]} == set()


def test_no_template_writes_a_key_past_the_table() -> None:
    for path in TEMPLATES:
        written = re.findall(r'aria-keyshortcuts="([^"{]*)"', path.read_text())
        assert [key for key in written if not key.startswith("Control+")] == [], path.name


def test_another_key_stands_on_the_buttons_and_in_the_help(marek: Any, opens: Any) -> None:
    opens()
    assert "Your keys were saved." in saved(marek, assign="b", mine="Q M").text
    page = marek.get("/agent/tickets?queue=all").text
    assert re.search(r'data-command="assign" aria-keyshortcuts="b"', page)
    assert re.search(r'data-command="mine" data-keys="q m"', page)
    assert key_map(page)["b"] == "assign"
    assert "a" not in key_map(page)
    assert "<kbd>Q M</kbd>" in marek.get("/agent/shortcuts").text


def test_an_empty_field_switches_one_key_off(marek: Any, opens: Any) -> None:
    opens()
    saved(marek, assign_me="")
    page = marek.get("/agent/tickets?queue=all").text
    assert 'data-command="assign_me" name=' in page or re.search(r'data-command="assign_me"(?! aria)', page)
    assert "i" not in key_map(page)


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("assign", "I", "“Assign to me” has this key already."),
        ("solve", "g", "“Go to my day” has this key already."),
        ("solve", "V 3", "“Open a saved view” has this key already."),
        ("assign", "Ctrl+A", "Choose a key without Ctrl, Alt or ⌘"),
        ("assign", "AltGr+a", "Choose a key without Ctrl, Alt or ⌘"),
        ("assign", "ą", "Choose a letter from A to Z"),
        ("assign", "€", "Choose a letter from A to Z"),
        ("assign", "F5", "Choose a letter from A to Z"),
        ("assign", "<script>", "Choose a letter from A to Z"),
        ("assign", "g a b", "Write one key, or two with a space between them."),
        ("assign", "g Shift+B", "The second key must be a single letter"),
        ("views", "v v", "Write one key here; the number of the view follows it."),
        ("assign", "a" * 10_000, "Choose a letter from A to Z"),
        ("assign", "\0", "Choose a letter from A to Z"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_what_was_written(
    app: Flask, marek: Any, name: str, typed: str, says: str
) -> None:
    page = saved(marek, **{name: typed})
    assert page.status_code == 422
    assert says in unescape(page.text)
    assert "<title>Error:" in page.text
    field = re.search(rf'<input[^>]* name="key\.(?:{name}|\w+)"[^>]* aria-invalid="true"[^>]*>', page.text)
    assert field is not None
    assert f'value="{typed[:40]}"' in unescape(page.text)
    with app.app_context():
        person = find_person("marek.nowak@meridian.example")
        assert person is not None
        assert not person.own_keys


def test_the_usual_keys_come_back_at_once(marek: Any) -> None:
    saved(marek, assign="b")
    marek.post("/agent/shortcuts", usual="yes")
    assert "The usual keys are back." in marek.page.text
    assert key_map(marek.page.text)["a"] == "assign"


def test_single_keys_can_be_switched_off_and_sending_still_has_its_own(marek: Any, opens: Any) -> None:
    number = opens()
    marek.post("/agent/shortcuts", **{"key.assign": "a"})
    page = marek.get(f"/agent/tickets/{number}").text
    assert 'data-shortcuts="off"' in page
    assert key_map(page) == {}
    assert set(re.findall(r'aria-keyshortcuts="([^"]+)"', page)) == {"Control+k", "Control+Enter"}


def test_keys_are_everybodys_own(marek: Any, ola: Any) -> None:
    saved(marek, assign="b")
    assert key_map(ola.get("/agent/shortcuts").text)["a"] == "assign"


def test_a_form_with_commands_that_do_not_exist_changes_nothing_else(app: Flask, marek: Any) -> None:
    saved(marek, evil="q", send="s", assign="b")
    with app.app_context():
        person = find_person("marek.nowak@meridian.example")
        assert person is not None
        assert person.own_keys == {"assign": "b"}


def test_a_requester_has_no_keys_to_change(browser: Callable[[str], Any]) -> None:
    assert browser("anna.kowalska").post("/agent/shortcuts", usual="yes").status_code == 403


def test_what_an_earlier_version_stored_never_makes_two_commands_of_one_key(app: Flask, marek: Any) -> None:
    with app.app_context():
        person = find_person("marek.nowak@meridian.example")
        assert person is not None
        update_profile(person, {"own_keys": {"solve": "a", "gone_since": "x", "send": "j"}})
    known = key_map(marek.get("/agent/shortcuts").text)
    assert known["a"] == "solve"
    assert known["x"] == "select"
    assert known["j"] == "next"
    assert "assign" not in known.values()


OWN = st.dictionaries(
    st.sampled_from(sorted(BY_NAME)), st.sampled_from(["", "a", "g", "g m", "q", "v", "Shift+N", "*"])
)


@given(OWN)
def test_usual_keys_give_way_to_own_ones(own: dict[str, str]) -> None:
    keys = commands.effective(own)
    chosen = {name: key for name, key in own.items() if not BY_NAME[name].fixed}
    assert chosen.items() <= keys.items()
    for name in keys.keys() - chosen.keys():
        assert keys[name] in ("", BY_NAME[name].key)
        mine = commands.presses(BY_NAME[name], keys[name])
        assert not any(commands.clash(mine, commands.presses(BY_NAME[other], key)) for other, key in chosen.items())
