"""Forms of the portal: what no page of ours sends, sent all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.bad_inputs.callers import END, FAULT, FAULT_FORM, MULTIPART, QUESTION, QUESTION_FORM, asks, number_of, part
from tests.bad_inputs.cases import Case, cases
from tests.bad_inputs.conftest import dump, sign_in_with_token, token_of


@pytest.fixture
def unchanged(house: Flask) -> Iterator[None]:
    """Fail the test if it leaves a ticket behind."""
    from deskcore.tickets.models import Ticket

    def count() -> int:
        with house.app_context(), acting_as(SYSTEM) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(Ticket)) or 0

    before = count()
    yield
    assert count() == before


class Unread(BytesIO):
    """A body that must not be read."""

    def read(self, *args: object) -> bytes:
        raise AssertionError("the body was read")

    readline = readinto = read  # type: ignore[assignment]


@pytest.mark.usefixtures("unchanged")
@cases("PF-019")
def test_a_body_that_is_too_large_is_refused_before_it_is_read(case: Case, anna: FlaskClient) -> None:
    length = len(case.payload)
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        more = 10_000_000 if "multipart" in kind else 0  # files may be large, so a form with files may be larger
        stated = {"CONTENT_LENGTH": str(length + more)}
        answer = anna.post(FAULT_FORM, input_stream=Unread(), content_type=kind, environ_overrides=stated)
        assert answer.status_code == 413


@pytest.mark.usefixtures("unchanged")
def test_one_field_is_limited_even_where_files_may_be_large(anna: FlaskClient) -> None:
    body = part("description", b"A" * 2_000_000) + part("files", b"x", "x.txt") + END
    assert anna.post(QUESTION_FORM, data=body, content_type=MULTIPART).status_code == 413


@pytest.mark.usefixtures("unchanged")
@cases("PF-022")
def test_a_flood_of_fields_is_refused(case: Case, anna: FlaskClient) -> None:
    kind = "application/x-www-form-urlencoded"
    assert anna.post(FAULT_FORM, data=case.payload, content_type=kind).status_code in (400, 413)
    shorter = case.payload[:900_000]
    assert anna.post(FAULT_FORM, data=shorter, content_type=kind).status_code in (400, 413, 422)
    many = b"".join(part(f"f{number}", b"1") for number in range(5_000)) + END
    assert anna.post(FAULT_FORM, data=many, content_type=MULTIPART).status_code == 413


@pytest.mark.usefixtures("unchanged")
@cases("PF-026")
def test_a_form_takes_its_own_fields_only(case: Case, anna: FlaskClient) -> None:
    for name, value in case.payload.items():
        assert anna.post(QUESTION_FORM, data=QUESTION | {name: value}).status_code == 422, name
    for name in (
        "requester_id",
        "status",
        "team",
        "tags",
        "channel",
        "version",
        "id",
        "answers",
        "created_at",
        "__class__",
    ):
        assert anna.post(QUESTION_FORM, data=QUESTION | {name: "1"}).status_code == 422, name
    for choice in ("finance", "MAIL", "-1", "mail,erp", "0"):
        assert anna.post(FAULT_FORM, data=FAULT | {"service": choice}).status_code == 422, choice


@pytest.mark.usefixtures("unchanged")
@cases("PF-027")
def test_structures_in_a_form_are_refused(case: Case, anna: FlaskClient) -> None:
    for name, value in case.payload.items():
        sent = {f"{name}[{key}]": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
        assert anna.post(QUESTION_FORM, data=QUESTION | sent).status_code == 422
    for field in ("service[]", "service[$gt]", "service.x", "service-0-x", "service[0]"):
        without = {key: value for key, value in FAULT.items() if key != "service"}
        assert anna.post(FAULT_FORM, data=without | {field: "mail"}).status_code == 422, field


def test_a_field_that_comes_twice_breaks_nothing(anna: FlaskClient) -> None:
    answer = anna.post(FAULT_FORM, data={**FAULT, "service": ["mail", "erp"], "idempotency_key": ["a", "b"]})
    assert answer.status_code in (303, 422)
    number = asks(anna)
    assert anna.get(f"/requests/{number}?lang=pl&lang=en&_method=DELETE&state=x&state=y").status_code == 200


@cases("PF-028")
def test_a_form_is_taken_only_with_its_token_and_from_here(
    case: Case, with_tokens: Flask, unchanged: None, browser: Callable[[str], FlaskClient]
) -> None:
    anna, other = sign_in_with_token(with_tokens, "anna.kowalska"), sign_in_with_token(with_tokens, "jan.wojcik")
    token = token_of(anna, QUESTION_FORM)
    for path in (QUESTION_FORM, "/profile/settings", "/logout", "/language/pl", "/sign-out-everywhere"):
        for data, more in (
            ({}, {}),
            ({"csrf_token": ""}, {}),
            ({"csrf_token": token_of(other, QUESTION_FORM)}, {}),
            ({"csrf_token": token[:-2] + "xx"}, {}),
            ({"csrf_token": token}, {"headers": {"Origin": "https://attacker.test"}}),
            ({"csrf_token": token}, {"headers": {"Origin": "null"}}),
            ({"csrf_token": token}, {"headers": {"Origin": "http://localhost.attacker.test"}}),
            ({"csrf_token": token}, {"content_type": "text/plain"}),
        ):
            sent = (
                "&".join(f"{key}={value}" for key, value in data.items()) if "content_type" in more else QUESTION | data
            )
            assert anna.post(path, data=sent, **more).status_code == 403, (path, data, more)
    anna.post("/logout", data={"csrf_token": token})
    again = sign_in_with_token(with_tokens, "anna.kowalska", anna)
    assert again.post(QUESTION_FORM, data=QUESTION | {"csrf_token": token}).status_code == 403, (
        "a token of an ended session"
    )


def test_a_form_with_its_token_from_here_is_taken(with_tokens: Flask) -> None:
    anna = sign_in_with_token(with_tokens, "anna.kowalska")
    sent = QUESTION | {"csrf_token": token_of(anna, QUESTION_FORM)}
    number_of(anna.post(QUESTION_FORM, data=sent, headers={"Origin": "http://localhost"}))


def test_no_writing_address_goes_without_its_token(with_tokens: Flask) -> None:
    admin = sign_in_with_token(with_tokens, "admin")
    for rule in with_tokens.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            continue
        for method in {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            path = re.sub(r"<[^>]*>", "x", re.sub(r"<int:[^>]*>", "1", rule.rule))
            assert admin.open(path, method=method).status_code == 403, (method, path)


@cases("PF-029")
def test_following_every_link_changes_nothing(case: Case, house: Flask, browser: Callable[[str], FlaskClient]) -> None:
    asks(browser("anna.kowalska"))
    for name in ("anna.kowalska", "marek.nowak", "admin"):
        reader = browser(name)
        before = dump(house)
        seen, waiting = {"/", "/agent/tickets", "/admin/plugins"}, ["/", "/agent/tickets", "/admin/plugins"]
        while waiting and len(seen) < 120:
            with reader.get(waiting.pop()) as answer:
                assert answer.status_code < 500
                links = re.findall(
                    r'(?:href|src|action)="(/[^"#]*)', answer.text if answer.mimetype == "text/html" else ""
                )
            new = [link.replace("&amp;", "&") for link in links if not link.startswith("/static/")]
            waiting += [link for link in dict.fromkeys(new) if link not in seen]
            seen |= set(new)
        assert len(seen) > 15
        assert dump(house) == before, name


@cases("PF-030")
@pytest.mark.parametrize("times", [10])
def test_a_form_that_is_sent_many_times_at_once_opens_one_request(
    case: Case, times: int, house: Flask, anna: FlaskClient
) -> None:
    key = re.search(r'name="idempotency_key" value="([^"]+)"', anna.get(QUESTION_FORM).text)
    assert key is not None
    cookie = anna.get_cookie("deskcore")
    assert cookie is not None

    def send(_time: int) -> str:
        other = house.test_client()
        other.set_cookie("deskcore", cookie.value)
        return number_of(other.post(QUESTION_FORM, data=QUESTION | {"idempotency_key": key[1]}))

    with ThreadPoolExecutor(times) as pool:
        numbers = list(pool.map(send, range(times)))
    assert len(set(numbers)) == 1


def test_a_key_of_a_form_is_ones_own_and_not_endless(anna: FlaskClient, jan: FlaskClient) -> None:
    mine, theirs = asks(anna, idempotency_key="k1"), asks(jan, idempotency_key="k1")
    assert mine != theirs
    assert asks(anna, idempotency_key="k1") == mine
    other = anna.post(QUESTION_FORM, data=QUESTION | {"subject": "Another", "idempotency_key": "k1"})
    assert other.status_code == 422
    for key in ("x" * 101, "x" * 100_000, "\r\nX: y", "../..", "' OR 1=1"):
        assert anna.post(QUESTION_FORM, data=QUESTION | {"idempotency_key": key}).status_code in (303, 422), key[:20]


def test_an_edited_version_of_a_ticket_breaks_nothing(anna: FlaskClient, marek: FlaskClient) -> None:
    number = asks(anna)
    for version in ("", "x", "1", "-1", "1-1-1", "9" * 50 + "-1", "9" * 5000 + "-1", "٣-٣", "²-²", "1e9-1", "0x1-0x1"):
        for form, data in (("priority", {"priority": "high"}), ("reply", {"body": "x"}), ("note", {"body": "x"})):
            answer = marek.post(f"/agent/tickets/{number}/{form}", data=data | {"version": version})
            assert answer.status_code in (302, 303, 409, 422), (form, version[:20])


@pytest.mark.usefixtures("client")
def test_wrong_content_types_open_nothing(anna: FlaskClient, unchanged: None) -> None:
    for kind, body in (
        ("application/json", b'{"subject":"x","description":"x"}'),
        ("text/plain", b"subject=x&description=x"),
        ("application/xml", b"<subject>x</subject>"),
        ("multipart/form-data", b"subject=x"),
        ("multipart/form-data; boundary=", b"----\r\n"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--x\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="subject"\r\n\r\nx'),
        ("application/x-www-form-urlencoded; charset=utf-7", b"subject=+ADw-&description="),
        ("application/x-www-form-urlencoded", b"%ff%fe=%00&=&&&==;%"),
    ):
        assert anna.post(QUESTION_FORM, data=body, content_type=kind).status_code in (400, 413, 415, 422), kind


def test_dates_and_numbers_beyond_all_bounds_are_refused(anna: FlaskClient) -> None:
    for value in (
        "9999-99-99",
        "0000-00-00",
        "99999-01-01",
        "2026-02-30",
        "-1",
        "1e400",
        "٢٠٢٦-٠١-٠١",
        "2026-01-01T25:61",
    ):
        assert anna.post(FAULT_FORM, data=FAULT | {"since": value}).status_code == 422, value
    for value in ("javascript:1", "1" * 100, "+", "call me", "＋48"):
        assert anna.post(FAULT_FORM, data=FAULT | {"contact_phone": value}).status_code == 422, value


def test_cursors_that_were_edited_lead_to_the_first_page(anna: FlaskClient, marek: FlaskClient) -> None:
    for cursor in ("x", "W10.x", "é", "x" * 5000, "eyJhIjoxfQ.AAAA", "..", "null", "%s", "' OR 1=1--", "💩"):
        for where in ("after", "before"):
            assert anna.get("/requests", query_string={where: cursor}).status_code in (200, 302)
            assert marek.get("/agent/tickets", query_string={where: cursor}).status_code == 200


def test_lists_ignore_what_they_do_not_understand(marek: FlaskClient) -> None:
    for name in ("queue", "desk", "category", "priority", "sort", "limit", "tag", "requester", "page", "per_page"):
        for value in ("-1", "0", "1e9", "99999999999999999999", "id) or (1", "'", "NaN", "x" * 5000, "__class__", "٣"):
            assert marek.get("/agent/tickets", query_string={name: value}).status_code == 200, (name, value)
