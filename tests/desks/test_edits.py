"""An edited request type, its edits and its file say the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import deskcore_it_desk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskcore.desks.declarations import load_request_types, read_text
from deskcore.desks.differences import edits_between
from deskcore.desks.documents import as_toml, document_of
from deskcore.desks.overrides import apply_overrides, unusable_overrides
from deskcore.hooks.contributions import Field, Option, RequestType, ShowIf, Text

CATALOGUE = load_request_types(Path(deskcore_it_desk.__file__).parent / "catalogue", "it")
#: Everything that can be typed: quotes, backslashes, line breaks, markup, other alphabets.
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).map(lambda text: f"x{text}")
TEXTS = st.builds(Text, WORDS, WORDS)
OPTIONAL = st.none() | TEXTS
KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
VALUES = st.from_regex(r"[a-z][a-z0-9.\-]{0,8}", fullmatch=True)
OPTIONS = st.lists(st.builds(Option, VALUES, TEXTS, OPTIONAL), min_size=1, max_size=4, unique_by=lambda it: it.value)


@st.composite
def fields(draw: st.DrawFn) -> tuple[Field, ...]:
    """Fields of which some are shown depending on an earlier one."""
    made: list[Field] = []
    for key in draw(st.lists(KEYS, max_size=5, unique=True)):
        kind = draw(st.sampled_from(["text", "longtext", "select", "bool", "int", "lines"]))
        deciding = [field for field in made if field.type == "select"]
        shown = draw(st.none() | st.sampled_from(deciding)) if deciding else None
        made.append(
            Field(
                key, kind, draw(TEXTS), draw(OPTIONAL), required=draw(st.booleans()), sensitive=draw(st.booleans()),
                options=tuple(draw(OPTIONS)) if kind == "select" else (), missing=draw(OPTIONAL),
                columns=(Field("cell", "text", draw(TEXTS)),) if kind == "lines" else (),
                default=draw(st.none() | VALUES) if kind == "text" else None,
                max_length=draw(st.none() | st.integers(20, 5000)) if kind == "text" else None,
                show_if=ShowIf(shown.key, (shown.options[0].value,)) if shown else None,
            )
        )  # fmt: skip
    return tuple(made)


@st.composite
def request_types(draw: st.DrawFn) -> RequestType:
    """A request type that a file could declare."""
    return RequestType(
        "made", "it", draw(TEXTS), draw(TEXTS), fields=draw(fields()), group=draw(OPTIONAL),
        door=draw(st.sampled_from(["broken", "need", "process"])), popularity=draw(st.integers(0, 99)),
        typical_minutes=draw(st.none() | st.integers(0, 99_999)), team=draw(st.sampled_from(["", "l1"])),
        keywords=tuple(draw(st.lists(WORDS, max_size=3))), order=draw(st.integers(-5, 500)),
    )  # fmt: skip


def read(text: str) -> RequestType:
    return read_text(Path("made.toml"), text, "it")


@given(request_types())
def test_a_file_that_was_exported_says_the_same_when_it_is_imported(made: RequestType) -> None:
    assert read(as_toml(document_of(made))) == made


@pytest.mark.parametrize("declared", CATALOGUE, ids=lambda declared: declared.key)
def test_what_plugins_ship_comes_back_from_its_export(declared: RequestType) -> None:
    assert read(as_toml(document_of(declared))) == declared


@given(request_types(), request_types())
def test_edits_lead_from_any_declaration_to_any_edited_form(before: RequestType, after: RequestType) -> None:
    edits = edits_between(before, after)
    assert unusable_overrides(before, edits) == ()
    assert apply_overrides(before, edits) == after
    assert edits_between(after, after) == {}


@pytest.mark.parametrize("declared", CATALOGUE, ids=lambda declared: declared.key)
def test_one_changed_word_is_one_edit(declared: RequestType) -> None:
    edited = replace(declared, title=Text(declared.title.en, "Inaczej"))
    assert edits_between(declared, edited) == {"title.pl": "Inaczej"}


def test_what_an_upgrade_adds_stands_beside_what_was_added_here() -> None:
    [declared] = [each for each in CATALOGUE if each.key == "incident"]
    mine = Field("floor", "int", Text("Floor", "Piętro"))
    edits: dict[str, Any] = edits_between(declared, replace(declared, fields=(mine, *declared.fields[1:])))
    newer = replace(declared, fields=(*declared.fields, Field("since", "date", Text("Since", "Od"))))
    keys = [field.key for field in apply_overrides(newer, edits).fields]
    assert keys[0] == "floor"
    assert declared.fields[0].key not in keys
    assert "since" in keys
