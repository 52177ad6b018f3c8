"""No case of the collection is forgotten."""

from __future__ import annotations

from tests.bad_inputs.cases import ROOT, collection, run_here, waiting


def test_every_case_is_run_or_waits_for_something() -> None:
    waits = waiting()
    accounted = run_here() | waits["waits"].keys() | waits["elsewhere"].keys()
    assert collection().keys() - accounted == set(), "run these, or say in waiting.toml what they wait for"


def test_nothing_is_named_that_is_not_in_the_collection() -> None:
    named = run_here().union(*waiting().values())
    assert named - collection().keys() == set()


def test_whatever_waits_says_for_what() -> None:
    assert [name for table in waiting().values() for name, reason in table.items() if not reason.strip()] == []


def test_a_case_stands_in_one_place() -> None:
    waits = waiting()
    assert waits["waits"].keys() & run_here() == set()
    assert waits["in_part"].keys() - run_here() == set()


def test_what_others_run_is_there() -> None:
    for name, place in waiting()["elsewhere"].items():
        path, _, test = place.partition(" ")
        assert test in (ROOT / path).read_text(encoding="utf-8"), name
