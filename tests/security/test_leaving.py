"""Nobody is led away from this site: not by an address in a form or a link, not by the host that a request names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.test import TestResponse

import deskcore
from conftest import PASSWORD
from deskcore.web.viewer import safe_next
from tests.access.world import FORMS, World
from tests.security.routes import CALLERS, browser, routes, url

#: Where an attacker would like to lead, in every spelling that some browser or parser took for another site.
OUTSIDE = (
    "https://attacker.test",
    "http://attacker.test/",
    "//attacker.test",
    "///attacker.test",
    "////attacker.test",
    "/\\attacker.test",
    "\\\\attacker.test",
    "\\/attacker.test",
    "/\\/attacker.test",
    "/\t/attacker.test",
    "/\n/attacker.test",
    "/\r/attacker.test",
    "\t//attacker.test",
    " //attacker.test",
    "\u00a0//attacker.test",
    "\ufeff//attacker.test",
    "\x00//attacker.test",
    "\x1b//attacker.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "http:attacker.test",
    "https:/attacker.test",
    "https:///attacker.test",
    "http://localhost@attacker.test",
    "http://localhost:80@attacker.test/",
    "//localhost@attacker.test",
    "attacker.test",
    "@attacker.test",
    ".attacker.test",
    ":80",
    "?next=//attacker.test",
    "#//attacker.test",
    "//attacker.test%2f..",
    "//[::ffff:203.0.113.9]",
    "//203.0.113.9",
    "//0xcb007109",
    "／／attacker.test",
    "/／attacker.test",
    "ftp://attacker.test",
    "ws://attacker.test",
    "/x\r\nLocation: //attacker.test",
    "/x\r\n\r\n<script>",
    "",
)
#: Names under which some framework takes an address to lead to.
NAMES = (
    "next",
    "back",
    "url",
    "return",
    "return_to",
    "returnUrl",
    "redirect",
    "redirect_uri",
    "continue",
    "goto",
    "to",
    "r",
    "u",
    "dest",
    "target",
    "referer",
    "callback",
    "service",
)
#: And what ``url_for`` takes beside values: nobody but the code may say these.
OWN_NAMES = {"_external": "1", "_scheme": "javascript", "_anchor": "x", "_method": "POST", "_host": "attacker.test"}
#: Reviewed: what a redirect leads to that is neither ``url_for(…)`` nor ``safe_next(…)`` in the same function.
REVIEWED = {
    "actions._changed": "_afterwards(number)",  # the ticket, or a list
    "audit.entries": "_url(chosen)",  # the same list, spelled as it is understood
    "auth.check_login": "_target()",  # passed through safe_next
    "auth.login": "_target()",
    "desks.desk_add": "desk_url(key, 'members')",
    "absences.receive": "back",  # its callers pass url_for
    "desks.saved": "desk_url(key, section)",  # url_for with an anchor
    "drafts.answer_discard": "back",  # its callers pass url_for
    "drafts.answer_save": "back",
    "moving.move_now": "_afterwards(moved)",  # the ticket, or the list where it is out of sight
    "my_requests.requests": "_url(state, words)",  # the same list, spelled as it is understood
    "people.people": "_url(text, kind)",  # the same list, spelled as it is understood
    "queue.queue": "_chosen(request.args)",  # the same list, spelled as it is understood
    "see_as.see_as_end": "url_for('admin.person', email=seen.person.email) if seen else url_for('admin.home')",
    "security._own_host": "f'{path}?{wanted.query}' if wanted.query else path",  # a path on whatever host there is
    "taking.take": "found.url()",  # the list that it was taken from
}


def leads_to(location: str) -> str:
    """Return the host to which a browser goes, as the URL standard has it: lenient with slashes and control signs."""
    plain = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return urlsplit(urljoin("http://localhost/a/page", plain)).netloc


def _stays(answer: TestResponse) -> bool:
    return all(leads_to(place) == "localhost" for place in answer.headers.getlist("Location"))


@pytest.mark.parametrize("target", OUTSIDE)
def test_an_address_that_leads_outside_is_not_followed(target: str) -> None:
    assert safe_next(target, "/fallback") == "/fallback" or leads_to(safe_next(target, "/fallback")) == "localhost"


def test_every_redirect_of_the_code_leads_to_a_page_of_ours() -> None:
    """A redirect to anything that is not made by ``url_for`` or passed through ``safe_next`` was not reviewed."""
    assert dict(_unreviewed(Path(deskcore.__file__).parent)) == {}


def _unreviewed(package: Path) -> Iterator[tuple[str, str]]:
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            names = {
                target.id: node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for call in (node for node in ast.walk(function) if _called(node) == "redirect"):
                target = call.args[0]  # type: ignore[attr-defined]
                target = names.get(target.id, target) if isinstance(target, ast.Name) else target
                place = f"{path.stem}.{function.name}"
                if _called(target) not in ("url_for", "safe_next") and REVIEWED.get(place) != ast.unparse(target):
                    yield place, ast.unparse(target)


def _called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


@pytest.fixture
def without_tokens(world: World) -> Iterator[World]:
    """The world with forms that need no token, because this is not about them."""
    world.app.config["WTF_CSRF_ENABLED"] = False
    yield world
    world.app.config["WTF_CSRF_ENABLED"] = True


def test_no_parameter_of_any_route_leads_outside(without_tokens: World) -> None:
    world = without_tokens
    clients = {role: browser(world, role) for role in set(CALLERS.values()) - {"t:agent"}}
    for route in routes(world.app):
        if route.access == "token" or route.method in ("HEAD", "OPTIONS"):
            continue
        role = "requester" if route.caller == "anonymous" else route.caller
        targets = dict.fromkeys(NAMES, "//attacker.test/") | OWN_NAMES
        form = {"data": FORMS.get(route.rule, {}) | targets} if route.method != "GET" else {}
        headers, path = {"Referer": "https://attacker.test/"}, url(world, route.rule)
        with clients[role].open(path, method=route.method, headers=headers, query_string=targets, **form) as answer:
            assert answer.status_code < 500, route
            assert _stays(answer), route
            for start in ("//", "http://", "https://attacker", "javascript:"):
                assert f'href="{start}' not in answer.text, (route, start)
                assert f'action="{start}' not in answer.text, (route, start)
        clients[role].set_cookie("deskcore", world.cookies[role])


def test_each_place_that_takes_an_address_takes_none_outside(without_tokens: World) -> None:
    world = without_tokens
    account = {"email": "jan.wojcik@meridian.example", "password": PASSWORD}
    agent, number = browser(world, "agent"), world.numbers["normal"]
    for target in OUTSIDE:
        page = world.app.test_client().get("/login", query_string={"next": target})
        kept = re.search(r'name="next" value="([^"]*)"', page.text)
        assert page.status_code == 404 or (kept and leads_to(kept[1]) == "localhost"), target
        for path, fields in (
            ("/language/en", {"next": target}),
            ("/agent/display", {"back": target}),
            ("/agent/tickets/bulk", {"back": target, "assignee": "me", "number": number}),
            (f"/agent/tickets/{number}/tags", {"back": target, "next": target, "tags": "x"}),
        ):
            answer = agent.post(path, data=fields)
            assert answer.status_code in (302, 303), path
            assert _stays(answer), (path, target)
    for target in OUTSIDE[:4]:
        assert _stays(world.app.test_client().post("/login", data=account | {"next": target})), target


def test_a_path_that_looks_like_a_host_leads_nowhere(world: World) -> None:
    for path in (
        "//attacker.test",
        "//attacker.test/",
        "//attacker.test//x",
        "/agent//attacker.test",
        "/agent///tickets",
        "///agent/",
        "/admin",
        "//admin",
        "/\\attacker.test/admin",
        "/%2f%2fattacker.test",
        "/%5cattacker.test",
        "/https://attacker.test",
        "//attacker.test/%2e%2e/admin",
        "/static//attacker.test",
        "/api//v1/me",
        "//attacker.test/api/v1/me",
    ):
        for role in ("anonymous", "admin"):
            answer = browser(world, role).get(path)
            assert answer.status_code in (200, 301, 302, 308, 400, 401, 403, 404), path
            assert _stays(answer), path
            assert answer.headers.get("Location", "/").startswith("/"), path
