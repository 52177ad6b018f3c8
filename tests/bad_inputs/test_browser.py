"""A real browser opens every page that shows what people wrote: nothing of it runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from deskcore.people.services import create_person, department_named, find_person, grant, location_named, update_profile
from deskcore.work import unit_of_work
from tests.bad_inputs.callers import (
    END,
    FAULT,
    FAULT_FORM,
    MULTIPART,
    PASSWORD,
    address,
    asks,
    file_links,
    number_of,
    part,
    signed_in,
)
from tests.bad_inputs.cases import Case, cases, collection
from tests.replies import let_replies_go_out

#: Markup that would call ``alert`` or leave a mark, in every place where browsers look for some.
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    '<a href="javascript:alert(1)">x</a> javascript:alert(1) https://ok.example/"onmouseover="alert(1)',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<form action=//attacker.test><input name=csrf_token autofocus onfocus=alert(1)>",
    (
        "<base href=//attacker.test/><link rel=stylesheet href=//attacker.test/x.css><meta"
        " http-equiv=refresh content=0;url=//attacker.test>"
    ),
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= alert(1) %>",
    "`-alert(1)-` \\\";alert(1);// ';alert(1);// --></script><script>alert(1)</script>",
    "\u2028alert(1)\u2029 \u202e<b>\u200b",
    (
        "https://ok.example/<script>alert(1)</script> http://ok.example/'onclick=alert(1)//"
        " data:text/html,<script>alert(1)</script>"
    ),
]
_WATCH = """
window.__seen = [];
document.addEventListener('securitypolicyviolation',
    e => window.__seen.push('csp ' + e.violatedDirective + ' ' + e.blockedURI));
window.alert = window.confirm = window.prompt = (text) => window.__seen.push('ran ' + text);
"""


def payloads() -> list[str]:
    """Return all markup to store: our own, and what the collection has."""
    found = list(MARKUP)
    for case in collection().values():
        given = case.payload if isinstance(case.payload, list) else [case.payload]
        found += [
            each
            for each in given
            if isinstance(each, str) and len(each) < 2000 and re.search(r"[<{=]|javascript:", each)
        ]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def pages(house: Flask) -> dict[str, list[str]]:
    """Store the markup in every place that takes text; return the pages on which it stands, by reader."""
    texts = payloads()
    portal, workspace = (
        ["/", "/requests", "/requests?state=followed", "/profile"],
        ["/agent/tickets?queue=all&limit=100"],
    )
    with house.app_context():
        with unit_of_work():
            department, place = department_named(MARKUP[0]), location_named(MARKUP[1])
        create_person("evil@meridian.example", MARKUP[1], PASSWORD, job_title=MARKUP[2][:100], phone=MARKUP[0][:40],
                      department_id=department.id, location_id=place.id)  # fmt: skip
        evil = find_person("evil@meridian.example")
        assert evil is not None
        grant(evil, "it")
        update_profile(evil, {"language": "pl"})
    writer, agent = signed_in(house, "evil"), signed_in(house, "marek.nowak")
    for place, text in enumerate(texts):
        number = asks(writer, subject=text[:190], description=text)
        if place % 2:
            portal.append(f"/requests/{number}")
        else:
            workspace.append(f"/agent/tickets/{number}")
    _fill(house, agent, writer, number, texts)
    portal.append(f"/requests/{number}")
    workspace.append(f"/agent/tickets/{number}")
    fault = number_of(writer.post(FAULT_FORM, data=FAULT | {"what_happened": "\n".join(texts)}))
    portal += [f"/requests/{fault}", f"/requests/{fault}/sent", "/search?q=alert", f"/search?q={MARKUP[0]}"]
    workspace += [f"/agent/tickets/{fault}", "/agent/people/evil@meridian.example", f"/agent/tickets?q={MARKUP[1]}",
                  "/agent/tickets/new?requester=evil@meridian.example&service=it-incident",
                  f"/agent/tickets/new?requester={MARKUP[2]}",
                  f"/agent/tickets?queue={MARKUP[0]}&tag={MARKUP[1]}"]  # fmt: skip
    return {"portal": portal, "workspace": workspace}


def _fill(app: Flask, agent: FlaskClient, writer: FlaskClient, number: str, texts: list[str]) -> None:
    """Write the markup into one ticket: replies, notes, tags, names of files."""
    for text in texts:
        assert agent.post(f"/agent/tickets/{number}/reply", data={"body": text}).status_code == 303
        assert agent.post(f"/agent/tickets/{number}/note", data={"body": text}).status_code == 303
        assert writer.post(f"/requests/{number}/reply", data={"body": text}).status_code == 303
    let_replies_go_out(app)
    tags = " ".join(text.split()[0][:40] for text in texts[:20])
    assert agent.post(f"/agent/tickets/{number}/tags", data={"tags": tags}).status_code == 302
    names = ["<img src=x onerror=alert(1)>.png", "'-alert(1)-'.svg", "javascript:alert(1).html", "{{7*7}}.xml"]
    files = b"".join(part("files", b"<svg onload=alert(1)>", name) for name in names)
    sent = part("body", b"see") + files + END
    assert writer.post(f"/requests/{number}/reply", data=sent, content_type=MULTIPART).status_code == 303
    assert agent.post(f"/agent/tickets/{number}/assign", data={"assignee": "evil@meridian.example"}).status_code == 302


def _reader(chromium: Browser, server: tuple[str, int], name: str) -> tuple[Page, list[str]]:
    """Sign somebody in, and collect everything that a page must not do."""
    context = chromium.new_context(base_url=f"http://{server[0]}:{server[1]}", accept_downloads=True)
    context.add_init_script(_WATCH)
    page, seen = context.new_page(), list[str]()
    page.on("dialog", lambda dialog: (seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: seen.append(f"console {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.append(f"error {error}"))
    page.on(
        "request",
        lambda request: seen.append(f"left {request.url}") if "attacker" in request.url.partition("?")[0] else None,
    )
    page.goto("/login")
    page.fill("#email", address(name))
    page.fill("input[type=password]", PASSWORD)
    page.locator("form button[type=submit]", has_not_text="Polski").first.press("Enter")
    page.wait_for_url(re.compile(r"^http://[^/]+/(agent.*)?$"))
    return page, seen


def test_the_watch_sees_what_it_looks_for(chromium: Browser, server: tuple[str, int]) -> None:
    page, seen = _reader(chromium, server, "anna.kowalska")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.wait_for_function("window.__seen.length > 0")
    page.evaluate("alert(2)")
    assert {each.partition(" ")[0] for each in page.evaluate("window.__seen")} == {"csp", "ran"}
    assert any(each.startswith("console") for each in seen)
    page.context.close()


@cases("PF-001", "PF-004", "UP-019")
def test_no_stored_markup_runs(
    case: Case, chromium: Browser, server: tuple[str, int], pages: dict[str, list[str]], visited: dict[str, Any]
) -> None:
    if not visited:
        for area, name in (("portal", "evil"), ("workspace", "marek.nowak")):
            visited[area] = _visit(chromium, server, name, pages[area])
    assert case.payload[:190] in payloads() or case.payload in payloads()
    assert visited == {"portal": [], "workspace": []}


@pytest.fixture(scope="module")
def visited() -> dict[str, Any]:
    """What happened on the pages, once they were visited for the first of the cases."""
    return {}


def _visit(chromium: Browser, server: tuple[str, int], name: str, paths: list[str]) -> list[str]:
    page, seen = _reader(chromium, server, name)
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status < 500, path
        here = page.url
        page.mouse.move(200, 200)
        seen += [f"{path}: {each}" for each in page.evaluate("window.__seen")]
        assert page.url == here, path
    page.context.close()
    return seen


@cases("UP-001", "UP-002", "UP-003", "UP-004")
def test_a_file_is_downloaded_and_never_shown(
    case: Case, chromium: Browser, server: tuple[str, int], house: Flask
) -> None:
    writer = signed_in(house, "anna.kowalska")
    links = []
    for name in ("x.svg", "x.html", "x.pdf", "x.xml"):
        number = asks(writer)
        sent = part("body", b"see") + part("files", case.payload, name, "text/html") + END
        assert writer.post(f"/requests/{number}/reply", data=sent, content_type=MULTIPART).status_code == 303
        links += file_links(writer.get(f"/requests/{number}").text)
    page, seen = _reader(chromium, server, "anna.kowalska")
    for link in links:
        with page.expect_download() as waiting:
            page.evaluate("(link) => { location.href = link }", link)
        assert Path(waiting.value.path()).read_bytes() == case.payload
        page.evaluate(
            """(link) => Promise.all(['img', 'object', 'embed', 'iframe', 'script'].map((tag) => new Promise((done) => {
                 const element = document.createElement(tag);
                 element[tag === 'object' ? 'data' : 'src'] = link;
                 element.onload = element.onerror = done;
                 document.body.append(element);
                 setTimeout(done, 150);
               })))""",
            link,
        )
        assert [each for each in page.evaluate("window.__seen") if each.startswith("ran")] == []
    assert [each for each in seen if each.startswith(("dialog", "left"))] == []
    page.context.close()
