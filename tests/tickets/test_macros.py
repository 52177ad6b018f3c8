"""Macros are kept, found and applied alike on each database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from deskcore.plugin import Conflict, people, session, tickets
from deskcore.tickets import services
from deskcore.tickets.bulk import Wish, carry_out, plan_for
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.undo import offer_undo, undo


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    return ("macros",)


def test_a_macro_is_kept_found_applied_to_many_tickets_counted_and_undone(
    app: Flask, act: Callable[..., Any], person_named: Callable[[str], Any]
) -> None:
    from deskcore_macros import keeping, library, offering

    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        wanted = NewTicket("it", "incident", "It jams", "", anna, "portal", answers)
        numbers = [open_ticket(wanted) for _ in range(3)]
    with app.test_request_context(), act("marek.nowak", "workspace"):
        me = people.asking()
        wanted_macro = keeping.Wanted("Części 100%", add=("części",), status="on_hold", note="Waits: {number}")
        macro = keeping.add(me, wanted_macro, "given-by-the-form")
        assert keeping.add(me, wanted_macro, "given-by-the-form").id == macro.id
        for words, found in (("CZĘŚCI 100%", 1), ("waits", 1), ("100_", 0)):
            assert len(library.macros(me, words)) == found
        edits = offering.edits(macro.token, me)
        assert isinstance(edits, tickets.Edits)
        services.set_tags(numbers[0], [f"t{number}" for number in range(30)])
        plan = plan_for(Wish(edits=edits), numbers)
        assert [each.number for each in plan.changed] == numbers[1:]
        assert [each.reason for each in plan.skipped] == ["It would have more than 30 tags."]
        outcome = carry_out(Wish(edits=edits), {each.number: each.version for each in plan.changed})
        offering.done(macro.token, outcome.done, me)
        assert [tuple(find_ticket(number).tags) for number in numbers[1:]] == [("części",), ("części",)]
        session().refresh(macro)
        assert (library.macros(me, most_used=True)[0].id, macro.used) == (macro.id, 2)
        assert undo(offer_undo(outcome.changes)).done == numbers[1:]
        assert [tuple(find_ticket(number).tags) for number in numbers[1:]] == [(), ()]
        keeping.change(me, macro.token, keeping.Wanted("Waits", note="Waits"), 1)
        with pytest.raises(Conflict):
            keeping.change(me, macro.token, keeping.Wanted("Late", note="Late"), 1)


@pytest.mark.parametrize("database", ["sqlite"])
def test_of_five_hundred_tickets_three_are_left_out_with_the_reason_and_all_others_come_back(
    app: Flask, act: Callable[..., Any], person_named: Callable[[str], Any]
) -> None:
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        answers = {"service": "printer", "what_happened": "It jams", "affected": "me"}
        wanted = NewTicket("it", "incident", "It jams", "", anna, "portal", answers)
        numbers = [open_ticket(wanted) for _ in range(500)]
    full = numbers[7], numbers[300], numbers[499]
    wish = Wish(edits=tickets.Edits(status="on_hold", add=("parts",)))
    with app.test_request_context(), act("marek.nowak", "workspace"):
        for number in full:
            services.set_tags(number, [f"t{place}" for place in range(30)])
        plan = plan_for(wish, numbers)
        assert [each.number for each in plan.skipped] == [*full]
        assert {each.reason for each in plan.skipped} == {"It would have more than 30 tags."}
        outcome = carry_out(wish, {each.number: each.version for each in plan.changed})
        assert len(outcome.done) == 497
        assert {find_ticket(number).status for number in full} == {"new"}
        assert len(undo(offer_undo(outcome.changes)).done) == 497
        assert {find_ticket(number).status for number in numbers} == {"new"}
