"""What a section may say; a mistake in it closes the request type, and is named with its remedy."""

from __future__ import annotations

from typing import Any

import pytest
from deskcore_approvals.rules import faults

from deskcore.desks.sections import closed_because
from deskcore.desks.sections import faults as faults_of
from deskcore.plugin import RequestType, Text
from deskcore.runtime import runtime

from .conftest import FIELDS, Company, step

TEXT = Text("A purchase", "Zakup")


def found(*steps: Any, **section: Any) -> list[str]:
    wanted = RequestType("purchase", "plain", TEXT, TEXT, fields=FIELDS)
    return faults(RequestType(**vars(wanted) | {"sections": {"approvals": {"steps": list(steps)} | section}}))


def test_everything_that_a_section_may_say() -> None:
    assert found(
        step("one", "manager", "managers_manager", "person:anna@example.com", "desk:it:lead", "team:it/l2", need="any"),
        step("two", "field:owner", "field:owner:manager", "cost_centre:centre", "setting:x.y", need=2, timeout_hours=8),
        step("three", "manager", above={"PLN": "2000", "EUR": "450.50"}, when={"field": "what", "values": ["x"]}),
        step("four", "manager", group="a", when={"field": "owner", "answered": True}),
        amount="lines.quantity*price",
        raise_one_band_when={"field": "budgeted", "values": [False]},
        lines="lines",
        distinct=True,
        required=False,
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"steps": []}, "write at least one"),
        ({"steps": ["manager"]}, "write a table"),
        ({"stepps": []}, "there is no stepps"),
        ({"steps": [step("One", "manager")]}, "small letters"),
        ({"steps": [step("one")]}, "approvers"),
        ({"steps": [step("one", "the boss")]}, "approvers"),
        ({"steps": [step("one", "manager", need=0)]}, "need"),
        ({"steps": [step("one", "manager", need=True)]}, "need"),
        ({"steps": [step("one", "manager", above={"PLN": "-1"})]}, "above"),
        ({"steps": [step("one", "manager", above={"PLN": "nan"})]}, "above"),
        ({"steps": [step("one", "manager", above={"złoty": "1"})]}, "above"),
        ({"steps": [step("one", "manager", when={"field": "what"})]}, "values"),
        ({"steps": [step("one", "manager", timeout_hours=0)]}, "timeout_hours"),
        ({"steps": [step("one", "manager"), step("one", "manager")]}, "already"),
        ({"steps": [step("one", "field:nothing")]}, "no field has the key nothing"),
        ({"steps": [step("one", "manager")], "amount": "nothing"}, "no field has the key nothing"),
        ({"steps": [step("one", "manager")], "amount": 7}, "amount"),
        ({"steps": [step("one", "manager")], "lines": "what"}, "is no table"),
        ({"steps": [step("one", "manager")], "distinct": "yes"}, "distinct"),
    ],
)
def test_a_mistake_is_named(section: dict[str, Any], said: str) -> None:
    [fault] = found(**section) if "steps" in section else found(step("one", "manager"), **section)
    assert said in fault


def test_a_type_with_a_mistake_takes_no_requests(company: Company) -> None:
    company.offer(step("one", "the boss"))
    with company.house.app.test_request_context():
        entry = runtime().catalogue.request_type("plain", "purchase")
        assert "steps[0].approvers" in faults_of(entry)[0]
        assert "has a mistake" in closed_because(entry)
    assert "has a mistake" in company.house.as_user("requester").get("/services/plain-purchase").text
    assert "steps[0].approvers" in company.house.as_user("admin").get("/admin/services/plain-purchase").text
