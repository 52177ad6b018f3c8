"""The catalogue is complete, keeps secret what is secret, and says who approves."""

from __future__ import annotations

import pytest
from deskcore_hr_desk import DESK, register_list_filters, register_request_types
from deskcore_hr_desk.routing import MANAGER_SEES

from deskcore.plugin import RequestType

TYPES = {each.key: each for each in register_request_types()}


def steps(request_type: RequestType) -> list[str]:
    return [step["key"] for step in request_type.sections.get("approvals", {}).get("steps", ())]


def test_the_seventeen_request_types_are_there() -> None:
    assert set(TYPES) == {
        "leave_question", "leave_request", "certificate", "payroll_question", "bank_account_change",
        "personal_data_change", "benefits", "contract_change", "long_absence", "working_time", "training",
        "recruitment", "work_accident", "complaint", "travel_documents", "people_process", "hr_question",
    }  # fmt: skip
    assert {each.door for each in TYPES.values()} == {"broken", "need", "process"}


def test_the_desk_is_confidential() -> None:
    assert DESK.confidential


def test_what_is_sensitive_is_marked_so() -> None:
    secret = {f"{each.key}.{field.key}" for each in TYPES.values() for field in each.fields if field.sensitive}
    assert secret == {
        "leave_request.note", "long_absence.files", "payroll_question.text", "payroll_question.payslip",
        "bank_account_change.new_iban", "bank_account_change.tax_form", "benefits.persons",
        "certificate.include_salary", "certificate.address", "personal_data_change.new_values",
        "personal_data_change.document", "travel_documents.passport_data", "contract_change.new_value",
        "contract_change.justification", "recruitment.salary_from", "recruitment.salary_to", "work_accident.what",
        "complaint.involved", "complaint.description", "complaint.evidence",
    }  # fmt: skip


def test_a_complaint_says_nothing_in_its_subject_or_description() -> None:
    assert TYPES["complaint"].subject is None
    assert TYPES["complaint"].description == ""


def test_an_illness_is_asked_for_days_and_nothing_else() -> None:
    assert "sick" not in {o.value for f in TYPES["leave_request"].fields if f.key == "kind" for o in f.options}
    absence = TYPES["long_absence"]
    shown = [f for f in absence.fields if f.show_if is None or "sick" in f.show_if.values]
    assert {f.key for f in shown} == {"kind", "period", "keep_access"}


@pytest.mark.parametrize(
    ("request_type", "expected"),
    [
        ("leave_request", ["manager"]),
        ("working_time", ["manager"]),
        ("travel_documents", ["manager"]),
        ("training", ["manager", "finance"]),
        ("contract_change", ["manager", "hr", "finance"]),
        ("recruitment", ["director", "finance", "hr"]),
        ("bank_account_change", ["call_back", "second_person"]),
    ],
)
def test_what_needs_a_yes_says_who_gives_it(request_type: str, expected: list[str]) -> None:
    assert steps(TYPES[request_type]) == expected


def test_nothing_else_needs_a_yes_least_of_all_an_illness() -> None:
    assert len([each for each in TYPES.values() if steps(each)]) == 7
    assert not steps(TYPES["long_absence"])


def test_two_different_people_check_a_bank_account() -> None:
    section = TYPES["bank_account_change"].sections["approvals"]
    assert section["distinct"] is True
    approvers = [each["approvers"] for each in section["steps"]]
    assert approvers == [["desk:hr:agent"], ["desk:hr:lead"]]


def test_the_manager_sees_the_four_types_that_are_marked() -> None:
    assert {"leave_request", "contract_change", "training", "recruitment"} == MANAGER_SEES


def test_the_filter_offers_kinds_of_leave_that_there_are() -> None:
    kinds = {o.value for f in TYPES["leave_request"].fields if f.key == "kind" for o in f.options}
    (listed,) = register_list_filters()
    assert {choice.value for choice in listed.choices} <= kinds
