"""Every hook in turn, as the dummy that implements them all shows it from outside."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from deskcore.clock import now
from deskcore.hooks.absences import AbsenceChange
from deskcore.hooks.callers import Callers
from deskcore.hooks.checks import CONTRIBUTED
from deskcore.hooks.contributions import RequestType, Text
from deskcore.hooks.document import hooks, render
from deskcore.hooks.registry import Registry
from deskcore.hooks.reporting import Asked
from deskcore.hooks.searching import Query, Searched
from deskcore.tickets.snapshots import EventView, PersonView, TicketDraft, TicketView, Transition, ViewerView

from .conftest import DUMMIES, Site


@pytest.fixture
def registry(site: Site) -> Registry:
    return site.load_dummies("dummy_all")


@pytest.fixture
def callers(site: Site, registry: Registry) -> Callers:
    return site.callers()


def test_every_hook_has_a_test() -> None:
    assert {f"test_hook_{name}" for name in hooks()} <= set(globals())


@pytest.mark.parametrize("dummy", ["dummy_all", "dummy_bad"])
def test_both_dummies_implement_every_hook(dummy: str) -> None:
    source = (DUMMIES / dummy / f"deskcore_{dummy}" / "__init__.py").read_text(encoding="utf-8")
    assert set(re.findall(r"@hookimpl\ndef (\w+)", source)) == set(hooks())


def test_every_hook_is_documented_in_full() -> None:
    for name, spec in hooks().items():
        text = inspect.cleandoc(spec.__doc__ or "")
        assert text.splitlines()[0].endswith("."), name
        documented = set(re.findall(r":param (\w+):", text))
        assert documented == set(inspect.signature(spec).parameters), name
        assert ":returns:" in text, name
        assert ":raises:" in text, name


def test_the_page_about_hooks_is_what_the_specs_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "hooks.md"
    assert page.read_text(encoding="utf-8") == render(), "run: python -m deskcore.hooks.document > docs/hooks.md"


def test_every_contribution_has_a_hook() -> None:
    assert set(CONTRIBUTED) == {name for name in hooks() if name.startswith("register_")}


def test_only_questions_stop_at_the_first_answer() -> None:
    marks = {name: getattr(spec, "deskcore_spec") for name, spec in hooks().items()}  # noqa: B009
    assert {name for name, options in marks.items() if options["firstresult"]} == {"choose_assignee"}


def test_hook_register_settings(registry: Registry) -> None:
    assert dict(registry.settings_for("dummy_all")) == {"limit": 5, "greeting": None}


def test_hook_register_permissions(registry: Registry) -> None:
    assert [it.value.key for it in registry.permissions] == ["dummy_all.greet"]


def test_hook_register_desks(registry: Registry) -> None:
    assert [(it.plugin, it.value.key, it.value.prefix) for it in registry.desks] == [("dummy_all", "dummy", "DMY")]


def test_hook_register_request_types(registry: Registry) -> None:
    [it] = registry.request_types
    assert (it.value.key, it.value.desk, it.value.fields[0].key) == ("dummy_visit", "dummy", "guest")


def test_hook_register_field_types(registry: Registry) -> None:
    [it] = registry.field_types
    assert (it.value.key, it.value.clean("a-7")) == ("dummy_badge", "A-7")


def test_hook_register_nav_items(registry: Registry) -> None:
    assert [(it.value.area, it.value.label.in_language("pl")) for it in registry.nav_items] == [("workspace", "Goście")]


def test_hook_register_ticket_panels(registry: Registry, ticket: Callable[..., TicketView]) -> None:
    [it] = registry.panels
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    assert [row.text for row in it.value.rows(ticket("A visitor"), viewer)] == ["A visitor"]


def test_hook_register_person_panels(registry: Registry) -> None:
    [it] = registry.of("register_person_panels")
    ola = PersonView("ola.mazur@meridian.example", "Ola Mazur")
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    assert [row.text for row in it.value.rows(ola, viewer)] == ["Badge B-1"]


def test_hook_register_request_panels(registry: Registry, ticket: Callable[..., TicketView]) -> None:
    [it] = registry.of("register_request_panels")
    viewer = ViewerView("jan.wojcik@meridian.example", "Jan Wójcik", "portal")
    assert [(row.text, row.url) for row in it.value.rows(ticket(), viewer)] == [
        ("Print the badge", "/x/dummy_all/hello")
    ]


def test_hook_register_message_links(registry: Registry) -> None:
    [it] = registry.of("register_message_links")
    [link] = it.value.links("DMY-1", PersonView("jan.wojcik@meridian.example", "Jan Wójcik"))
    assert (it.value.hook, link.label.in_language("pl"), link.path) == (
        "dummy_invited",
        "Przyjdę",
        "/x/dummy_all/hello",
    )


def test_hook_register_ticket_pages(registry: Registry, ticket: Callable[..., TicketView]) -> None:
    [it] = registry.ticket_pages
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    assert (it.value.key, it.value.data(ticket(), viewer)) == ("visit", {"guest": "Jan"})


def test_hook_register_ticket_actions(registry: Registry, ticket: Callable[..., TicketView]) -> None:
    [it] = registry.actions
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    assert it.value.run(ticket(), viewer) == "DMY-1 greeted"


def test_hook_register_ticket_badges(registry: Registry) -> None:
    [it] = registry.badges
    assert {number: badge.text for number, badge in it.value.badges(["DMY-1"]).items()} == {"DMY-1": "Guest"}


def test_hook_register_bulk_actions(registry: Registry) -> None:
    [it] = registry.bulk_actions
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    assert [choice.label for choice in it.value.choices("", viewer)] == ["Badge B-1"]
    edits = it.value.edits("b-1", viewer)
    assert edits is not None
    assert (edits.name, edits.add, it.value.edits("b-2", viewer)) == ("Badge B-1", ("greeted",), None)


def test_hook_register_palette_commands(registry: Registry, ticket: Callable[..., TicketView]) -> None:
    [it] = registry.palette_commands
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    assert [(each.title, each.words) for each in it.value.commands(ticket(), viewer)] == [
        ("Greet everybody", "welcome")
    ]


def test_hook_register_composer_tools(registry: Registry, ticket: Callable[..., TicketView]) -> None:
    [it] = registry.composer_tools
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    assert [(each.label, each.text) for each in it.value.choices(ticket(), viewer)] == [("Welcome", "You are welcome.")]


def test_hook_register_list_columns(registry: Registry) -> None:
    [it] = registry.columns
    assert it.value.cells(["DMY-1"]) == {"DMY-1": "Guest"}


def test_hook_register_list_filters(registry: Registry) -> None:
    [it] = registry.filters
    assert (it.value.key, it.value.field, [choice.value for choice in it.value.choices]) == ("kind", "kind", ["vip"])


def test_hook_register_sections(registry: Registry) -> None:
    [(plugin, section)] = registry.sections.items()
    wanted = RequestType("visit", "dummy", Text("Visit", "Wizyta"), Text("A visit", "Wizyta"), sections={plugin: {}})
    assert section.check(wanted) == ("Name a badge.",)
    assert section.check(replace(wanted, sections={plugin: {"badge": "red"}})) == ()
    assert section.ahead is not None
    assert section.ahead(wanted, ViewerView("anna@meridian.example", "Anna", "portal"))[0].text == "Anna"


def test_hook_register_reports(registry: Registry) -> None:
    [it] = registry.reports
    viewer = ViewerView("ola.mazur@meridian.example", "Ola Mazur", "workspace")
    made = it.value.make(Asked("", now(), now()), viewer)
    assert [(table.title, [row.label for row in table.rows]) for table in made.tables] == [("Guests", ["Jan"])]


def test_hook_register_waiting(registry: Registry) -> None:
    [it] = registry.waiting
    [row] = it.value.rows(ViewerView("anna.kowalska@meridian.example", "Anna Kowalska", "portal"))
    assert (row.title, row.text, row.button) == ("A guest", "Anna Kowalska", "Greet")


def test_hook_register_notices(registry: Registry) -> None:
    [it] = registry.notices
    [row] = it.value.rows("", ViewerView("anna.kowalska@meridian.example", "Anna Kowalska", "portal"))
    assert (it.value.place, row.title, row.text, row.tone) == (
        "home", "The door is closed.", "Use the other one.", "warn",
    )  # fmt: skip


def test_hook_register_search_kinds(registry: Registry) -> None:
    [it] = registry.search_kinds
    assert (it.value.key, [each.title for each in it.value.documents(None)]) == ("badge", ["Badge"])
    assert it.value.show(["b-1"], frozenset())["b-1"].url == "/x/dummy_all/hello"
    assert it.value.popular is not None
    assert [each.title for each in it.value.popular(frozenset(), "en", 4)] == ["Badge"]


def test_hook_register_search_backends(registry: Registry) -> None:
    [it] = registry.search_backends
    assert [match.key for match in it.value.engine().find(Query("badge", (), (), frozenset()))] == ["b-1"]


def test_hook_register_blueprints(registry: Registry) -> None:
    [it] = registry.blueprints
    app = Flask("test")
    app.register_blueprint(it.value.blueprint, url_prefix="/x/dummy_all")
    assert app.test_client().get("/x/dummy_all/hello").text == "Hello from the dummy"


def test_hook_register_api_resources(registry: Registry) -> None:
    found = [(it.value.method, it.value.rule, it.value.permission) for it in registry.api_resources]
    assert found == [("GET", "/visits", ""), ("PUT", "/visits/<badge>", "dummy_all.greet")]


def test_hook_register_jobs(registry: Registry) -> None:
    [it] = registry.jobs
    it.value.run({"what": "badges"})
    assert {"what": "badges"} in importlib.import_module("deskcore_dummy_all").runs
    assert it.value.schedule == "0 3 * * *"


def test_hook_register_commands(registry: Registry) -> None:
    [it] = registry.commands
    assert CliRunner().invoke(it.value.command).output == "Hello from the dummy\n"


def test_hook_register_invariants(registry: Registry) -> None:
    [it] = registry.invariants
    assert list(it.value.check((1, 7))) == [(7, "It has no badge.")]


def test_hook_register_demo(registry: Registry) -> None:
    assert [it.plugin for it in registry.demos] == ["dummy_all"]


def test_hook_before_ticket_open(callers: Callers, draft: Callable[..., TicketDraft]) -> None:
    [(plugin, changes)] = callers.check("before_ticket_open", draft=draft("A VIP")).changes
    assert (plugin, changes.priority, changes.tags) == ("dummy_all", "high", ("dummy",))
    assert changes.extra == {"guest": "VIP"}
    assert callers.check("before_ticket_open", draft=draft("Somebody")).changes == ()


def test_hook_validate_ticket(callers: Callers, draft: Callable[..., TicketDraft]) -> None:
    [problem] = callers.check("validate_ticket", draft=draft("nobody")).problems
    assert (problem.field, problem.message) == ("subject", "Name the visitor.")
    assert callers.check("validate_ticket", draft=draft("Somebody")).problems == ()


def test_hook_validate_transition(callers: Callers, transition: Callable[..., Transition]) -> None:
    [problem] = callers.check("validate_transition", transition=transition("A VIP")).problems
    assert problem.message == "A VIP visit is resolved first."
    assert callers.check("validate_transition", transition=transition()).problems == ()


def test_hook_validate_person_close(callers: Callers) -> None:
    leaving = PersonView("badge@meridian.example", "Beata Badge")
    [problem] = callers.check("validate_person_close", person=leaving).problems
    assert problem.message == "The visitor's badge was not given back."
    anna = PersonView("anna.kowalska@meridian.example", "Anna Kowalska")
    assert callers.check("validate_person_close", person=anna).problems == ()


def test_hook_choose_assignee(callers: Callers, ticket: Callable[..., TicketView]) -> None:
    assert callers.first("choose_assignee", ticket=ticket("A VIP")) == "ola.mazur@meridian.example"
    assert callers.first("choose_assignee", ticket=ticket()) is None


def test_hook_ticket_opened(callers: Callers, event: EventView, ticket: Callable[..., TicketView]) -> None:
    heard(callers, "ticket_opened", event, ticket())


def test_hook_ticket_changed(callers: Callers, event: EventView, ticket: Callable[..., TicketView]) -> None:
    heard(callers, "ticket_changed", event, ticket())


def test_hook_message_added(callers: Callers, event: EventView, ticket: Callable[..., TicketView]) -> None:
    heard(callers, "message_added", event, ticket())


def test_hook_absence_changed(callers: Callers) -> None:
    calls = importlib.import_module("deskcore_dummy_all").heard
    calls.clear()
    day = date(2026, 8, 3)
    event = AbsenceChange("a-1", "a", "planned", "ola.mazur@meridian.example", day, day)
    assert callers.notify("dummy_all", "absence_changed", event=event)
    assert calls == [("absence_changed", "planned")]


def test_hook_searched(callers: Callers) -> None:
    calls = importlib.import_module("deskcore_dummy_all").heard
    calls.clear()
    assert callers.notify("dummy_all", "searched", event=Searched("badge", "portal", "en", 1))
    assert calls == [("searched", "badge")]


def heard(callers: Callers, hook: str, event: EventView, ticket: TicketView) -> None:
    """Check that the dummy was told exactly once."""
    calls = importlib.import_module("deskcore_dummy_all").heard
    calls.clear()
    assert callers.implementors(hook) == ("dummy_all",)
    assert callers.notify("dummy_all", hook, event=event, ticket=ticket)
    assert calls == [(hook, "DMY-1")]
