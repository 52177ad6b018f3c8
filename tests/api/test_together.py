"""Several programs at once: nobody overwrites anybody, and no number is given twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.api.conftest import INCIDENT, Program


def test_of_two_changes_to_one_version_exactly_one_wins(marek: Program, program: Callable[..., Program]) -> None:
    number = marek.opens()
    seen = {"If-Match": marek.get(f"/tickets/{number}").headers["ETag"]}
    both = Barrier(2)

    def change(who: Program, priority: str) -> int:
        both.wait()
        return who.patch(f"/tickets/{number}", {"priority": priority}, headers=seen).status_code

    with ThreadPoolExecutor(2) as pool:
        callers = (marek, "urgent"), (program("ola.mazur"), "high")
        results = [pool.submit(change, who, priority) for who, priority in callers]
    assert sorted(result.result() for result in results) == [200, 409]


def test_tickets_opened_at_once_have_different_numbers(anna: Program) -> None:
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _place: anna.opens(), range(12)))
    assert len(set(numbers)) == 12


def test_a_key_that_is_sent_several_times_at_once_opens_one_ticket(anna: Program) -> None:
    key = {"Idempotency-Key": "impatient"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _place: anna.post("/tickets", INCIDENT, headers=key), range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["number"] for answer in answers}) == 1
    assert len(anna.get("/tickets").get_json()["items"]) == 1
