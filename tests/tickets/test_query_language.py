"""The query language: what is written is read, what is read is written, and nothing is ever refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.tickets.query_language import Bad, Known, Term, parse, understand, written
from deskcore.tickets.query_language.moments import span
from deskcore.tickets.query_language.reading import MAX_TERMS, MAX_TEXT

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="„“”‟″"), min_size=1, max_size=20)
#: What stands in a value after it was read: composed, and no spaces around it or in a row.
VALUE = (
    ANY_TEXT.map(lambda text: " ".join(text.split()))
    .filter(bool)
    .filter(
        lambda text: (
            parse(f'text:"{text.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"')[0]
            == Term("text", (text,))
        )
    )
)
DAY = st.dates(min_value=datetime(1970, 1, 1).date(), max_value=datetime(2999, 12, 31).date()).map(str)
LENGTH = st.builds("{}{}".format, st.integers(0, 9999), st.sampled_from("hdw"))
MOMENT = st.one_of(st.sampled_from(("today", "tomorrow", "yesterday")), DAY, LENGTH)
SIGN = st.sampled_from(("", "<", "<=", ">", ">="))


def some(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(tuple)


TERM = st.one_of(
    st.builds(Term, st.just("desk"), some(st.sampled_from(("it", "hr", "moon")))),
    st.builds(Term, st.just("status"), some(st.sampled_from(STATUS_CATEGORIES)), negated=st.booleans()),
    st.builds(Term, st.just("priority"), some(st.sampled_from(PRIORITIES)), negated=st.booleans()),
    st.builds(Term, st.just("priority"), st.sampled_from(PRIORITIES).map(lambda one: (one,)), SIGN, st.booleans()),
    st.builds(Term, st.just("assignee"), some(st.sampled_from(("me", "none", "Ola Mazur"))), negated=st.booleans()),
    st.builds(
        Term, st.sampled_from(("due", "updated", "created")), MOMENT.map(lambda one: (one,)), SIGN, st.booleans()
    ),
    st.builds(Term, st.just("due"), st.sampled_from(("soon", "overdue", "none")).map(lambda one: (one,))),
    st.builds(
        Term, st.just("is"), st.sampled_from(("solved", "unsolved")).map(lambda one: (one,)), negated=st.booleans()
    ),
    st.builds(Term, st.just("text"), VALUE.map(lambda one: (one,)), negated=st.booleans()),
    st.builds(
        Term,
        st.sampled_from(("x.it_desk.impact", "x.gone.a-b.c_2")),
        some(st.sampled_from(("site", "a-b", "ą,ę", '"', "two words"))),
        negated=st.booleans(),
    ),
)
QUERY = st.lists(TERM, max_size=MAX_TERMS).map(tuple)


@given(QUERY)
def test_what_is_written_is_read_again(items: tuple[Term, ...]) -> None:
    assert parse(written(items)) == items


@given(QUERY.filter(bool), st.data())
def test_without_one_term_the_text_is_the_text_of_the_others(items: tuple[Term, ...], data: Any) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    others = items[:place] + items[place + 1 :]
    assert parse(written(others)) == others


@given(st.text(max_size=200))
def test_any_text_is_read_and_its_canonical_form_means_the_same(text: str) -> None:
    items = parse(text)
    kept = tuple(item for item in items if isinstance(item, Term) or item.kept)
    assert parse(written(items)) == kept


@given(st.text(alphabet='ab:-", \\<>=ątagdue', max_size=60))
def test_pieces_of_the_grammar_in_any_order_are_read(text: str) -> None:
    items = parse(text)
    assert parse(written(items)) == tuple(item for item in items if isinstance(item, Term) or item.kept)


@pytest.mark.parametrize(
    ("polish", "english"),
    [
        ("dział:it", "desk:it"),
        ("dzial:it", "desk:it"),
        ("stanowisko:it", "desk:it"),
        ("DZIAŁ:IT", "desk:it"),
        ("status:nowe,wstrzymane", "status:new,on_hold"),
        ('status:"w toku"', "status:open"),
        ("priorytet:pilny", "priority:urgent"),
        ("priorytet:>=wysoki", "priority:>=high"),
        ("osoba:ja,nikt", "assignee:me,none"),
        ("termin:<dziś", "due:<today"),
        ("termin:<=jutro", "due:<=tomorrow"),
        ("termin:20.11.2026", "due:2026-11-20"),
        ("zmienione:2t", "updated:2w"),
        ("etykieta:VPN", "tag:vpn"),
        ('zgłaszający:"Anna Kowalska"', 'requester:"Anna Kowalska"'),
        ("-etykieta:vpn", "-tag:vpn"),
        ("jest:nierozwiązane", "is:unsolved"),
        ("bez:osoby", "assignee:none"),
        ("zespół:l2", "team:l2"),
        ("usługa:it-vpn", "service:it-vpn"),
    ],
)
def test_polish_is_understood_and_kept_in_english(polish: str, english: str) -> None:
    assert written(parse(polish)) == english


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("no:assignee", "assignee:none"),
        ("is:unassigned", "assignee:none"),
        ("is:mine", "assignee:me"),
        ("is:overdue", "due:overdue"),
        ("-no:due", "-due:none"),
        ("priority:3", "priority:high"),
        ("status:waiting", "status:waiting_requester"),
        ("tag:a,,a,b", "tag:a,b"),
        ('"one two"  three', '"one two" three'),
        ("text:word", "word"),
        ("“smart quotes”", '"smart quotes"'),
    ],
)
def test_there_is_one_way_to_write_a_thing(short: str, whole: str) -> None:
    assert written(parse(short)) == whole


@pytest.mark.parametrize(
    ("text", "bad", "reason"),
    [
        ("vpn colour:red printer", "colour:red", "key"),
        ('tag:vpn "printer jams', '"printer jams', "quote"),
        ("tag: vpn", "tag:", "empty"),
        ("priority:huge", "priority:huge", "value"),
        ("due:31.02.2026", "due:31.02.2026", "value"),
        ("due:9999-12-31", "due:9999-12-31", "value"),
        ("due:today,tomorrow", "due:today,tomorrow", "value"),
        ("due:<overdue", "due:<overdue", "sign"),
        ("priority:>low,high", "priority:>low,high", "sign"),
        ("is:odd", "is:odd", "value"),
    ],
)
def test_what_means_nothing_is_reported_with_its_place(text: str, bad: str, reason: str) -> None:
    (found,) = (item for item in parse(text) if isinstance(item, Bad))
    assert (found.raw, found.reason, text[found.start : found.end]) == (bad, reason, bad)


def test_ten_kilobytes_are_read_up_to_a_limit_and_the_rest_is_named() -> None:
    items = parse("word " * 5000)
    assert len(items) == MAX_TERMS + 1
    assert isinstance(items[-1], Bad)
    assert items[-1].reason == "many"
    assert len(written(items)) < MAX_TERMS * 5
    assert parse("x" * 20_000)[0] == Bad("x" * 60, "long")
    assert len(written(parse('"' + "ą " * 20_000))) <= MAX_TEXT


def test_a_desk_that_is_not_mine_and_one_that_does_not_exist_are_alike() -> None:
    mine = Known(desks={"it": 1})
    others, nobodys = understand(parse("desk:hr vpn"), mine), understand(parse("desk:zz vpn"), mine)
    assert others.wanted == nobodys.wanted
    assert others.wanted[0].values == ()
    assert {place: len(values) for place, values in others.strange.items()} == {0: 1}


def test_an_unknown_service_narrows_nothing_and_is_named() -> None:
    found = understand(parse("service:nothing tag:vpn"), Known())
    assert [wanted.key for wanted in found.wanted] == ["tag"]
    assert found.strange == {0: ("nothing",)}


def test_a_day_begins_and_ends_where_the_reader_is() -> None:
    day = span("2026-03-29", "Europe/Warsaw", ahead=True)
    assert day.begins().astimezone(UTC) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert day.ends().astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC)
