"""The pages of emergency access, from asking to the end."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from deskcore.testing.people import viewer_of
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.work import acting_as

REASON = "The police ask for it today"


def test_the_pages_lead_through_all_of_it(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    with app.app_context(), acting_as(viewer_of("anna.kowalska@meridian.example", "portal")) as session:
        me = session.info["viewer"].person_id
        number = open_ticket(NewTicket("it", "incident", "A secret", "Text", me, "portal"))
    admin, lead, anna = sign_in("admin"), sign_in("ola.mazur"), sign_in("anna.kowalska")
    assert anna.get("/emergency-access").status_code == 404
    assert anna.post("/emergency-access", data={"number": number, "reason": REASON}).status_code == 404
    assert admin.get(f"/requests/{number}").status_code == 404
    refused = admin.post("/emergency-access", data={"number": number, "reason": "?"})
    assert refused.status_code == 422
    assert f'value="{number}"' in refused.text
    assert admin.post("/emergency-access", data={"number": number, "reason": REASON}).status_code == 303
    page = lead.get("/emergency-access").text
    assert REASON in page
    confirm = page.partition("/emergency-access/")[2].partition("/confirm")[0]
    assert admin.post(f"/emergency-access/{confirm}/confirm").status_code == 404
    assert lead.post(f"/emergency-access/{confirm}/confirm").status_code == 303
    seen = admin.get(f"/requests/{number}")
    assert "emergency access until" in seen.text
    assert "Send answer" not in seen.text
    assert "For you to know as lead" in lead.get("/emergency-access").text
    assert lead.post(f"/emergency-access/{confirm}/noticed").status_code == 303
    assert admin.post(f"/emergency-access/{confirm}/end").status_code == 303
    assert admin.get(f"/requests/{number}").status_code == 404
