"""Request types from TOML: a full one is read, and each slip is named with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskcore.desks.declarations import DeclarationError, load_request_types, read_text
from deskcore.desks.documents import as_toml, document_of
from deskcore.errors import ConfigurationError
from deskcore.hooks.contributions import ShowIf, Text

FULL = """
door = "broken"
icon = "bolt"
group = { en = "Equipment", pl = "Sprzęt" }
title = { en = "Something does not work", pl = "Coś nie działa" }
summary = { en = "Tell us what stopped", pl = "Powiedz, co przestało działać" }
subject = { en = "Does not work: {service}", pl = "Nie działa: {service}" }
description = "what_happened"
default_priority = "high"
team = "l1"
typical = "2 h"
popularity = 90
keywords = ["mail", "poczta"]
order = 10

[[fields]]
key = "service"
type = "select"
required = true
label = { en = "What does not work?", pl = "Co nie działa?" }
hint = { en = "The nearest one", pl = "Najbliższa usługa" }
missing = { en = "Select what does not work", pl = "Wybierz, co nie działa" }
options = [
  { value = "mail", label = { en = "E-mail", pl = "Poczta" } },
  { value = "vpn", label = { en = "VPN", pl = "VPN" }, hint = { en = "From home", pl = "Z domu" } },
]

[[fields]]
key = "what_happened"
type = "longtext"
max_length = 2000
label = { en = "What happened?", pl = "Co się stało?" }
show_if = { field = "service", values = ["mail"] }

[[fields]]
key = "asset"
type = "asset"
fallback = "text"
sensitive = true
label = { en = "Device", pl = "Sprzęt" }

[[fields]]
key = "parts"
type = "lines"
maximum = 10
label = { en = "Parts", pl = "Części" }
columns = [ { key = "name", type = "text", required = true, label = { en = "Name", pl = "Nazwa" } } ]

[sections.approvals]
steps = ["manager"]
"""


@pytest.fixture
def catalogue(tmp_path):
    def write(text, name="incident.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_full_declaration_is_read(catalogue):
    (incident,) = load_request_types(catalogue(FULL), "it")
    service, what, asset, parts = incident.fields
    assert (incident.key, incident.desk, incident.door, incident.typical_minutes) == ("incident", "it", "broken", 120)
    assert incident.title == Text("Something does not work", "Coś nie działa")
    assert (incident.description, incident.team, incident.default_priority) == ("what_happened", "l1", "high")
    assert incident.keywords == ("mail", "poczta")
    assert incident.sections == {"approvals": {"steps": ["manager"]}}
    assert service.required
    assert service.options[1].hint == Text("From home", "Z domu")
    assert (what.show_if, what.max_length) == (ShowIf("service", ("mail",)), 2000)
    assert (asset.type, asset.fallback, asset.sensitive) == ("asset", "text", True)
    assert parts.columns[0].key == "name"


def test_request_types_come_by_their_order(catalogue):
    catalogue(FULL.replace("order = 10", "order = 20"))
    folder = catalogue(FULL.replace('door = "broken"', 'key = "outage"\ndoor = "broken"'), "a.toml")
    assert [each.key for each in load_request_types(folder, "it")] == ["outage", "incident"]


@pytest.mark.parametrize(("typical", "minutes"), [("30 min", 30), ("2h", 120), ("3 d", 1440)])
def test_typical_time_is_in_working_minutes(catalogue, typical, minutes):
    (incident,) = load_request_types(catalogue(FULL.replace("2 h", typical)), "it")
    assert incident.typical_minutes == minutes


LABEL = 'label = { en = "Device", pl = "Sprzęt" }'
SLIPS = [
    ('icon = "bolt"', 'icno = "bolt"', "icno", "did you mean icon?"),
    ('icon = "bolt"', 'icon = "../bolt"', "icon", "small letters"),
    ('door = "broken"', 'door = "brokn"', "door", "did you mean broken?"),
    ('"high"', '"highest"', "default_priority", "write one of"),
    ('", pl = "Coś nie działa" }', '" }', "title.pl", "write a text in quotes"),
    ('pl = "Coś nie działa" }', 'pl = " " }', "title.pl", "write a text in quotes"),
    ('title = { en = "Something does not work", pl = "Coś nie działa" }', "", "title", "both languages"),
    ('pl = "Coś nie działa" }', 'pl = "Coś", de = "Etwas" }', "title.de", "no such key"),
    ('title = { en = "Something does not work", pl = "Coś nie działa" }', 'title = "Outage"', "title", "write a table"),
    ("{service}", "{servce}", "subject.en", "no field has the key servce"),
    ("{service}", "{asset}", "subject.en", "sensitive"),
    ("{service}", "{Service}", "subject.en", "between { and }"),
    ('description = "what_happened"', 'description = "what"', "description", "no field has the key what"),
    ('description = "what_happened"', 'description = "asset"', "description", "sensitive"),
    ("2 h", "2 weeks", "typical", "min, h or d"),
    ("popularity = 90", "popularity = -1", "popularity", "0 or more"),
    ("popularity = 90", "popularity = true", "popularity", "whole number"),
    ('["mail", "poczta"]', '"mail"', "keywords", "list of texts"),
    ('type = "longtext"', 'type = "asset"', "fields[1].type", "as fallback"),
    ('fallback = "text"', 'fallback = "asset"', "fields[2].fallback", "no type of the core"),
    ('key = "asset"', 'key = "service"', "fields[2].key", "used twice"),
    ('key = "asset"', 'key = "csrf_token"', "fields[2].key", "every form uses"),
    ('key = "asset"', 'key = "The asset"', "fields[2].key", "small letters"),
    ("required = true\nlabel", 'required = "yes"\nlabel', "fields[0].required", "true or false"),
    ('field = "service", values', 'field = "servce", values', "fields[1].show_if.field", "no earlier field"),
    ('field = "service", values', 'field = "asset", values', "fields[1].show_if.field", "move it above"),
    ('values = ["mail"]', 'values = ["fax"]', "fields[1].show_if.values", "'fax' is no answer"),
    ('values = ["mail"]', "values = []", "fields[1].show_if.values", "list the answers"),
    ('value = "vpn"', 'value = "mail"', "fields[0].options[1].value", "used twice"),
    ('value = "vpn"', 'value = "a,b"', "fields[0].options[1].value", "commas"),
    ("max_length = 2000", "max_length = 0", "fields[1].max_length", "1 or more"),
    ("max_length = 2000", "options = [{ value = 'a', label = { en = 'a', pl = 'a' } }]", "fields[1].options",
     "no options"),
    ('{ key = "name", type = "text"', '{ key = "name", type = "lines"', "fields[3].columns[0].type", "inside a table"),
    ('type = "lines"', 'type = "text"', "fields[3].columns", "no columns"),
    ("maximum = 10", 'default = "x"', "fields[3].default", "has no default"),
    ("max_length = 2000", "default = 2026-11-24", "fields[1].default", "in quotes"),
    ("max_length = 2000", "default = 3", "fields[1].default", "as text"),
    ("[sections.approvals]\nsteps", "[sections]\nsteps", "sections.steps", "write a table"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "place", "remedy"), SLIPS, ids=[f"{s[2]}-{s[3]}" for s in SLIPS])
def test_a_slip_is_named_with_file_place_and_remedy(catalogue, right, wrong, place, remedy):
    assert right in FULL
    with pytest.raises(DeclarationError) as caught:
        load_request_types(catalogue(FULL.replace(right, wrong)), "it")
    assert caught.value.place == place
    assert remedy in caught.value.message
    assert "incident.toml" in caught.value.message
    assert isinstance(caught.value, ConfigurationError)


def test_an_icon_that_the_sprite_lacks_is_named(catalogue):
    with pytest.raises(DeclarationError, match=r"icon: write one of bell, bolts \(did you mean bolts\?\)"):
        load_request_types(catalogue(FULL), "it", icons={"bell", "bolts"})


def test_two_files_with_one_key_are_refused(catalogue):
    catalogue(FULL)
    with pytest.raises(DeclarationError, match="declared twice"):
        load_request_types(catalogue('key = "incident"\n' + FULL, "other.toml"), "it")


def test_what_cannot_be_read_is_named(catalogue, tmp_path):
    with pytest.raises(DeclarationError, match="no such folder"):
        load_request_types(tmp_path / "nowhere", "it")
    with pytest.raises(DeclarationError, match="not valid TOML"):
        load_request_types(catalogue("door = "), "it")
    (tmp_path / "incident.toml").write_bytes(b"title = '\xff'")
    with pytest.raises(DeclarationError, match="UTF-8"):
        load_request_types(tmp_path, "it")


FOLLOWED = """
title = {en = "A", pl = "A"}
summary = {en = "A.", pl = "A."}

[[fields]]
key = "kind"
type = "select"
label = {en = "Kind", pl = "Rodzaj"}
options = [{value = "a", label = {en = "Aaa", pl = "Aąą"}}]

[[fields]]
key = "secret"
type = "text"
sensitive = true
label = {en = "Secret", pl = "Tajne"}

[[follow_ups]]
desk = "finance"
request_type = "purchase"
"""


def test_a_follow_up_is_read_and_written_back() -> None:
    more = (
        'show_if = {field = "kind", values = ["a"]}\nanswers = {what = "For {kind}", lines = [{n = 1}], yes = true}\n'
    )
    read = read_text(Path("a.toml"), FOLLOWED + more, "it")
    [follow_up] = read.follow_ups
    assert (follow_up.desk, follow_up.request_type) == ("finance", "purchase")
    assert follow_up.answers == {"what": "For {kind}", "lines": [{"n": 1}], "yes": True}
    assert read_text(Path("a.toml"), as_toml(document_of(read)), "it") == read


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ('answers = {what = "{nothing}"}', "answers"),
        ('answers = {what = {en = "{secret}", pl = "x"}}', "answers"),
        ('show_if = {field = "kind", values = ["b"]}', "show_if.values"),
        ('show_if = {field = "other", values = ["b"]}', "show_if.field"),
        ('request_types = "x"', "request_types"),
    ],
)
def test_a_follow_up_that_cannot_be_meant_is_named_with_its_place(more: str, place: str) -> None:
    with pytest.raises(DeclarationError) as error:
        read_text(Path("a.toml"), FOLLOWED + more + "\n", "it")
    assert error.value.place == f"follow_ups[0].{place}"
