"""The test kit, tried on plugins of an author's own: a good one passes, and each bad one is told what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.testing.conftest import Run, run_tests
from tests.testing.fleet import write_bare, write_fleet

GOOD = """
from pathlib import Path

from deskcore_fleet_desk import loan

from deskcore.testing import Canary, Pages

FAR_AWAY = Path(__file__).parents[1]


def test_a_ticket_passes_the_form_the_plugins_and_the_service(app, ticket):
    borrowed, dent = ticket(), ticket("dent", plate="KR 1234")
    assert (borrowed.number, borrowed.tags, borrowed.answers["days"]) == ("FLT-1", ("van",), 1)
    assert borrowed.requester.name == "Rita Requester"
    assert (dent.number, dent.subject, dent.team) == ("FLT-2", "Dent: KR 1234", "yard")
    with app.app_context():
        assert [(row.term, row.text) for row in loan(borrowed, None)] == [("Days", "1")]


def test_each_role_sees_what_is_its_own(client, as_user, api, ticket):
    number = ticket().number
    seen = {
        role: as_user(role).get(f"/agent/tickets/{number}").status_code
        for role in ("agent", "lead", "other_agent", "requester", "other_requester", "admin", "auditor")
    }
    assert seen == {
        "agent": 200, "lead": 200, "other_agent": 404, "requester": 403, "other_requester": 403, "admin": 403,
        "auditor": 403,
    }
    assert as_user("requester").get(f"/requests/{number}").status_code == 200
    assert as_user("other_requester").get(f"/requests/{number}").status_code == 404
    assert as_user("nina@organisation.example").get("/profile").status_code == 200
    assert client.get("/x/fleet_desk/log").status_code == 302
    assert api("agent").get(f"/api/v1/tickets/{number}").json["number"] == number
    assert api("other_requester").get(f"/api/v1/tickets/{number}").status_code == 404


def test_the_outbox_tells_plugins_and_says_whom(as_user, outbox, ticket):
    number = ticket().number
    assert [(one.plugin, one.hook, one.number) for one in outbox()] == [("fleet_desk", "ticket_opened", number)]
    assert outbox() == []
    assert "A van for a trip" in as_user("requester").get("/x/fleet_desk/log").text


def test_nothing_of_another_desk_leaks(canary: Canary):
    canary.check()


def test_every_page_is_accessible_and_translated(pages: Pages):
    pages.check()


def test_tracebacks_lead_to_the_author_s_own_files():
    assert Path(loan.__code__.co_filename).is_relative_to(FAR_AWAY)
"""
CANARY = "def test_nothing_leaks(canary):\n    canary.check()\n"
UNNOTICED = """
def test_budget(as_user, run_job, query_budget):
    for _ in range(5):
        run_job("fleet_tidy", how="well")
    with query_budget(6):
        as_user("requester").get("/x/fleet_desk/log")


def test_unnoticed(monkeypatch, ticket):
    monkeypatch.delattr("deskcore_fleet_desk.setting")
    ticket(days=29)


def test_expected(failures, monkeypatch, ticket):
    monkeypatch.delattr("deskcore_fleet_desk.setting")
    ticket(days=29)
    assert len(failures()) == 1
"""
BARE = """
def test_what_works_without_a_desk(as_user, canary, outbox, ticket):
    number = ticket(about="Something").number
    assert number == "PLAIN-1"
    assert as_user("agent").get(f"/agent/tickets/{number}").status_code == 200
    assert outbox() == []
    canary.check()


def test_desk(desk):
    pass


def test_pages(pages):
    pages.check()


def test_job(run_job):
    run_job("tidy")


def test_role(as_user):
    as_user("chief")


def test_request_type(ticket):
    ticket("car")


def test_other_plugin(plugin_enabled):
    with plugin_enabled("sla"):
        pass
"""
OTHER = """
import sys


def test_that_is_no_plugin_s():
    assert not {"flask", "sqlalchemy", "deskcore.testing.house"} & set(sys.modules)


def test_that_wants_one(app):
    pass
"""
PAGES = "def test_pages(pages):\n    pages.check(axe=False)\n"


def test_a_good_plugin_passes_in_several_processes_however_pytest_imports_and_with_warnings_as_errors(run: Run) -> None:
    said = run(GOOD, "-n", "2", "--import-mode=importlib", "-W", "error", passes=True)
    assert f"{GOOD.count('def test_')} passed" in said
    assert "axe" not in said, "there is a browser, so nothing was left out"


def test_what_leaks_a_confidential_ticket_is_named_with_route_role_and_word(run: Run) -> None:
    said = run(CANARY, logged="True")
    assert re.search(r"GET /x/fleet_desk/log as requester shows “canarysubject\w+”, the subject of ELSEW-\w+", said)
    assert "GET /x/fleet_desk/yard/<number> as agent answers 200 for ELSEW-" in said
    assert "as anonymous" not in said
    assert "Show only what the viewer's own session finds" in said


def test_what_is_wrong_with_a_page_or_not_translated_is_named_with_what_to_do(run: Run) -> None:
    said = run(
        PAGES,
        markup='<h1>{{ _("Words") }}</h1><h4>{{ _("Words") }}</h4><input name="plate"><img src="/x.png">'
        '<p style="color: red" onclick="go()"></p><script>go()</script>'
        "<p>Nobody translated me</p><p>{{ _('Me neither') }}</p>",
    )
    for fault in (
        "has 2 <h1>",
        "goes from <h1> to <h4>",
        'has no label for <input name="plate">: add <label for=…>',
        'has a picture without alt: add one to <img src="/x.png">',
        "has the attribute style=“color: red” on a <p>",
        "has the attribute onclick=“go()” on a <p>",
        "has a <script> without src",
        "“Nobody translated me” is not translated: mark it with _()",
    ):
        assert f"GET /x/fleet_desk/log: {fault}" in said
    assert "“Me neither” is not translated" in said
    assert said.count("“Nobody translated me” is not translated: mark") == 2, "once on each of two pages"


def test_a_page_over_its_budget_and_a_check_that_fails_unnoticed_are_told(run: Run) -> None:
    said = run(UNNOTICED, more="for line in found: lines(LogLine.id == line.id)")
    assert re.search(r"\d+ statements ran and the budget is 6: ask once for all rows", said)
    assert re.search(r"5 × SELECT fleet_desk_log_line\.id", said)
    assert "The plugin failed and Deskcore went on without it; correct it, or ask for `failures()`" in said
    assert re.search(r"fleet_desk in validate_ticket: NameError", said)
    assert "1 failed, 2 passed, 1 error" in said


def test_a_plugin_without_a_desk_or_pages_is_told_what_to_leave_out(run_bare: Run) -> None:
    said = run_bare(BARE, '"""Nothing yet."""\n')
    assert "“bare” has no desk: leave `desk` out." in said
    assert "“bare” adds nothing to any page: leave pages.check() out." in said
    assert "“bare” has no job “tidy”: it has none." in said
    assert "“chief” is no role: use one of requester, other_requester, agent" in said
    assert "There is no request type “car”; the desk “plain” has: concern." in said
    assert "The plugin “sla” was not loaded for these tests: add it to “deskcore_plugins”" in said
    assert "5 failed, 1 passed, 1 error" in said


def test_a_plugin_that_cannot_be_loaded_is_shown_with_its_trace(run_bare: Run) -> None:
    said = run_bare("def test_a(app):\n    pass\n", "import no_such_module\n")
    assert "The plugin “bare” was not loaded: It failed while it was loaded (ModuleNotFoundError" in said
    assert "deskcore_bare/__init__.py" in said


@pytest.mark.parametrize(
    ("requires", "options"),
    [("deskcore-fleet-desk>=1", ()), ("", ("-o", "deskcore_plugins=../fleet_desk"))],
    ids=["required", "named by its folder"],
)
def test_a_plugin_beside_is_there_when_it_is_needed(tmp_path: Path, requires: str, options: tuple[str, ...]) -> None:
    write_fleet(tmp_path, "")
    tests = """
def test_both(app, ticket):
    assert app.extensions["deskcore"].plugins.loaded == {"bare", "fleet_desk"}
    assert ticket("dent", plate="KR 1").number == "FLT-1"
"""
    run_tests(write_bare(tmp_path, tests, '"""Nothing."""', requires), *options, passes=True)


def test_other_projects_notice_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(OTHER)
    said = run_tests(tmp_path, passes=False)
    assert "1 passed, 1 error" in said
    assert "No plugin is under test: no setup.cfg above" in said
    assert "Put the tests into the plugin's folder." in said
