"""The snapshot: contributions in order, settings, and what is on at this moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from deskcore.errors import NotFound, Refused
from deskcore.hooks import state
from deskcore.hooks.registry import empty
from deskcore.hooks.sentences import sentence
from deskcore.hooks.setting_values import write_setting

from .conftest import Site

SETTINGS = """
@hookimpl
def register_settings():
    yes = Option('yes', Text('Yes', 'Tak'))
    return [Setting('limit', Text('Limit', 'Limit'), 'int', 5), Setting('open', Text('Open', 'Otwarte'), 'bool', False),
            Setting('mode', Text('Mode', 'Tryb'), 'select', 'yes', options=(yes,)), Setting('note', Text('N', 'N'))]
"""
COLUMN = "@hookimpl\ndef register_list_columns(): return [ListColumn('{key}', Text('A', 'B'), dict, order={order})]"


@pytest.fixture
def fleet(site: Site) -> Site:
    site.plugin("fleet", SETTINGS)
    site.load("fleet")
    return site


def test_contributions_are_ordered_by_order_then_by_plugin(site: Site) -> None:
    for name, order in (("a", 100), ("b", 50), ("c", 100)):
        site.plugin(name, COLUMN.format(key=name, order=order))
    assert [it.plugin for it in site.load("a", "b", "c").columns] == ["b", "a", "c"]


def test_settings_have_their_defaults_until_a_value_is_given(fleet: Site) -> None:
    assert fleet.registry is not None
    assert dict(fleet.registry.settings_for("fleet")) == {"limit": 5, "open": False, "mode": "yes", "note": None}
    fleet.write(write_setting, "fleet", "limit", 7, secret=False)
    assert fleet.swap().settings_for("fleet")["limit"] == 7


def test_a_stored_value_that_fits_no_more_gives_way_to_the_default(fleet: Site) -> None:
    fleet.write(write_setting, "fleet", "limit", "many", secret=False)
    assert fleet.swap().settings_for("fleet")["limit"] == 5


@pytest.mark.parametrize(("key", "value"), [("limit", True), ("limit", "7"), ("open", 1), ("mode", "no"), ("note", 7)])
def test_a_value_of_the_wrong_type_is_refused(fleet: Site, key: str, value: object) -> None:
    assert fleet.registry is not None
    with pytest.raises(Refused, match=f"“{key}”"):
        fleet.registry.check_setting("fleet", key, value)


def test_an_unknown_setting_is_named(fleet: Site) -> None:
    assert fleet.registry is not None
    with pytest.raises(NotFound, match="no setting “colour”"):
        fleet.registry.check_setting("fleet", "colour", "red")


def test_a_snapshot_cannot_be_changed(fleet: Site) -> None:
    registry = fleet.registry
    assert registry is not None
    with pytest.raises(dataclasses.FrozenInstanceError):
        registry.epoch = 9  # type: ignore[misc]
    with pytest.raises(TypeError):
        registry.states["fleet"] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        registry.contributed["register_desks"] = ()  # type: ignore[index]


def test_disabling_acts_with_the_swap_and_the_old_snapshot_stays_as_it_was(site: Site) -> None:
    site.plugin("a", COLUMN.format(key="a", order=1))
    site.plugin("b", COLUMN.format(key="b", order=1), requires=("deskcore-a",))
    old = site.load("a", "b")
    site.write(state.disable, old.declarations, "a")
    new = site.swap()
    assert [it.plugin for it in old.columns] == ["a", "b"]
    assert new.columns == ()
    assert [it.plugin for it in new.of("register_list_columns", inactive=True)] == ["a", "b"]
    assert new.epoch > old.epoch


def test_switching_on_again_what_is_loaded_needs_no_restart(site: Site) -> None:
    site.plugin("a", COLUMN.format(key="a", order=1))
    declarations = site.load("a").declarations
    site.write(state.disable, declarations, "a")
    site.write(state.enable, declarations, "a")
    assert site.swap().active("a")
    assert not site.swap().restart_needed


def test_switching_on_what_is_not_loaded_needs_a_restart(site: Site) -> None:
    site.plugin("a", COLUMN.format(key="a", order=1))
    declarations = site.load().declarations
    site.write(state.enable, declarations, "a")
    assert site.swap().restart_needed == ("a",)
    assert not site.swap().active("a")
    assert not site.load().restart_needed


@pytest.mark.parametrize(
    ("hook", "value"),
    [
        ("register_request_types", "RequestType('same', 'it', Text('a', 'b'), Text('a', 'b'))"),
        ("register_nav_items", "NavItem('portal', Text('a', 'b'), 'x.y')"),
        ("register_ticket_panels", "TicketPanel('same', Text('a', 'b'), list)"),
        ("register_ticket_actions", "TicketAction('same', Text('a', 'b'), str)"),
        ("register_list_columns", "ListColumn('same', Text('a', 'b'), dict)"),
        ("register_desks", "Desk('same', 'SA', Text('a', 'b'))"),
        ("register_jobs", "Job('same', print)"),
    ],
)
def test_two_plugins_cannot_add_the_same_thing(site: Site, hook: str, value: str) -> None:
    for name in ("a", "b"):
        site.plugin(name, f"@hookimpl\ndef {hook}(): return [{value}]")
    registry = site.load("a", "b")
    assert (registry.states["a"].state, registry.states["b"].state) == ("enabled", "quarantined")
    assert hook in str(registry.states["b"].reason)


OWN_TYPE = """
LIST = (Option('vip', Text('a', 'b')),)
@hookimpl
def register_request_types():
    fields = (Field('kind', 'select', Text('a', 'b'), options=LIST), Field('guest', 'text', Text('a', 'b')),
              Field('secret', 'select', Text('a', 'b'), options=LIST, sensitive=True))
    return [RequestType('visit', 'it', Text('a', 'b'), Text('a', 'b'), fields=fields)]
@hookimpl
def register_list_filters(): return [ListFilter({})]
"""


@pytest.mark.parametrize(
    ("arguments", "state"),
    [
        ("'kind', Text('a', 'b'), LIST, 'kind', ('visit',)", "enabled"),
        ("'kind', Text('a', 'b'), LIST, 'secret', ('visit',)", "quarantined"),
        ("'kind', Text('a', 'b'), LIST, 'guest', ('visit',)", "quarantined"),
        ("'kind', Text('a', 'b'), LIST, 'gone', ('visit',)", "quarantined"),
        ("'kind', Text('a', 'b'), LIST, 'kind', ('visit', 'leaver')", "quarantined"),
        ("'kind', Text('a', 'b'), LIST, 'kind', 'visit'", "quarantined"),
        ("'kind', Text('a', 'b'), LIST, 'kind', ()", "quarantined"),
        ("'kind', Text('a', 'b'), (), 'kind', ('visit',)", "quarantined"),
        ("'kind', Text('a', 'b'), list, 'kind', ('visit',)", "quarantined"),
        ("'kind', Text('a', 'b'), (Option('A b', Text('a', 'b')),), 'kind', ('visit',)", "quarantined"),
        ("'kind', 'Kind', LIST, 'kind', ('visit',)", "quarantined"),
        ("'Kind', Text('a', 'b'), LIST, 'kind', ('visit',)", "quarantined"),
    ],
)
def test_a_list_filter_names_an_open_answer_to_a_form_of_the_same_plugin(
    site: Site, arguments: str, state: str
) -> None:
    site.plugin("fleet", OWN_TYPE.replace("{}", arguments))
    assert site.load("fleet").states["fleet"].state == state


OWN_TABLE = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from deskcore.people.models import Person
from deskcore.hooks.work_parts import StoredValue
class Base(DeclarativeBase): pass
class Trip(Base):
    __tablename__ = 'fleet_trip'
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int]
    seats: Mapped[int]
class Car(Base):
    __tablename__ = 'fleet_car'
    id: Mapped[int] = mapped_column(primary_key=True)
LIST = (Option('big', Text('a', 'b')), Option('none', Text('a', 'b')))
SIZES = {'big': (7, 8), 'none': ()}
@hookimpl
def register_list_filters(): return [ListFilter('seats', Text('a', 'b'), LIST, stored={})]
"""


@pytest.mark.parametrize(
    ("stored", "state"),
    [
        ("StoredValue(Trip.seats, SIZES)", "enabled"),
        ("StoredValue(Car.id, SIZES)", "quarantined"),  # no ticket says who may see it
        ("StoredValue(Person.name, SIZES)", "quarantined"),
        ("StoredValue(Trip.__table__.c.seats, SIZES)", "quarantined"),
        ("StoredValue('seats', SIZES)", "quarantined"),
        ("StoredValue(Trip.seats, {'big': (7,)})", "quarantined"),
        ("StoredValue(Trip.seats, SIZES | {'huge': (9,)})", "quarantined"),
        ("StoredValue(Trip.seats, {'big': 7, 'none': ()})", "quarantined"),
        ("StoredValue(Trip.seats, list(SIZES))", "quarantined"),
        ("SIZES", "quarantined"),
    ],
)
def test_a_list_filter_names_a_column_of_the_plugins_own_that_belongs_to_tickets(
    site: Site, stored: str, state: str
) -> None:
    site.plugin("fleet", OWN_TABLE.replace("{}", stored))
    assert site.load("fleet").states["fleet"].state == state


def test_one_plugin_cannot_add_a_command_twice_but_two_may_share_its_name(site: Site) -> None:
    body = "import click\n@hookimpl\ndef register_commands(): return [Command(click.Command('tidy'))] * {count}"
    site.plugin("a", body.format(count=1))
    site.plugin("b", body.format(count=1))
    site.plugin("c", body.format(count=2))
    registry = site.load("a", "b", "c")
    assert [name for name, row in registry.states.items() if row.state == "enabled"] == ["a", "b"]


def test_a_blueprint_bears_its_plugins_name(site: Site) -> None:
    body = "import flask\n@hookimpl\ndef register_blueprints():\n"
    body += "    return [PluginBlueprint(flask.Blueprint('{name}', 'x'), 'portal')]"
    site.plugin("a", body.format(name="a_pages"))
    site.plugin("b", body.format(name="portal"))
    registry = site.load("a", "b")
    assert [it.plugin for it in registry.blueprints] == ["a"]
    assert "must be named “b”" in str(registry.states["b"].reason)


def test_only_public_pages_take_forms_from_anywhere(site: Site) -> None:
    body = "import flask\n@hookimpl\ndef register_blueprints():\n"
    body += "    return [PluginBlueprint(flask.Blueprint('{name}', 'x'), '{access}', one_click=True)]"
    site.plugin("a", body.format(name="a", access="public"))
    site.plugin("b", body.format(name="b", access="portal"))
    registry = site.load("a", "b")
    assert [it.plugin for it in registry.blueprints] == ["a"]
    assert "takes forms from anywhere (one_click) and is not public" in str(registry.states["b"].reason)


PAGES = """
import flask
@hookimpl
def register_blueprints():
    pages = flask.Blueprint('a', 'x')
    {line}
    return [PluginBlueprint(pages, 'portal')]
"""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("pages.before_app_request(print)", "adds something to every page"),
        ("pages.app_errorhandler(500)(print)", "adds something to every page"),
        ("pages.add_app_template_filter(str, 'safe')", "adds something to every page"),
        ("pages.url_defaults(print)", "adds something to every page"),
        ("pages.record(lambda setup: setup.app.add_url_rule('/', 'home', print))", "adds something to every page"),
        ("pages.record(lambda setup: 1 / 0)", "division by zero"),
        ("pages.record(lambda setup: __import__('sys').exit(0))", "SystemExit"),
    ],
)
def test_a_blueprint_keeps_to_its_own_pages_and_can_be_registered(site: Site, line: str, says: str) -> None:
    site.plugin("a", PAGES.format(line=line))
    row = site.load("a").states["a"]
    assert row.state == "quarantined"
    assert says in str(row.reason)


def test_a_blueprint_may_hold_others_and_do_what_concerns_its_own_pages(site: Site) -> None:
    inner = "inner = flask.Blueprint('inner', 'y'); inner.add_url_rule('/more', 'more', print)"
    line = f"{inner}; pages.register_blueprint(inner); pages.before_request(print); pages.errorhandler(404)(print)"
    site.plugin("a", PAGES.format(line=line))
    assert site.load("a").active("a")


@pytest.mark.parametrize(
    ("hook", "contribution"),
    [
        ("register_permissions", "Permission('a.drive', TEXT, 'agents')"),
        ("register_settings", "Setting('limit', TEXT, 'number', 5)"),
        ("register_settings", "Setting('limit', 'Limit')"),
        ("register_settings", "Setting('limit', TEXT, 'select', options=(Option(1, TEXT),))"),
        ("register_nav_items", "NavItem('everywhere', TEXT, 'a.index')"),
        ("register_nav_items", "NavItem('portal', TEXT, None)"),
        ("register_list_columns", "ListColumn('car', TEXT, dict, order='first')"),
        ("register_list_columns", "ListColumn('car', TEXT, 'cells')"),
        ("register_desks", "Desk('a', 'AA', TEXT, teams=('first',))"),
        ("register_demo", "Demo(None)"),
        ("register_blueprints", "PluginBlueprint(__import__('flask').Blueprint('a', 'x'), 'everybody')"),
    ],
)
def test_a_field_that_holds_something_else_is_named_and_never_reaches_a_page(
    site: Site, hook: str, contribution: str
) -> None:
    site.plugin("a", f"TEXT = Text('A', 'B')\n@hookimpl\ndef {hook}(): return [{contribution}]")
    row = site.load("a").states["a"]
    assert row.state == "quarantined"
    assert "that cannot be used" in str(row.reason)


def test_a_paused_plugin_stays_so_when_what_it_needs_was_off_meanwhile(site: Site) -> None:
    site.plugin("a")
    site.plugin("b", requires=("deskcore-a",))
    declarations = site.load("a", "b").declarations
    site.write(state.pause, "b", sentence("It failed."))
    site.write(state.disable, declarations, "a")
    site.write(state.enable, declarations, "a")
    registry = site.swap()
    assert registry.paused("b")
    assert not registry.active("b")


@pytest.mark.parametrize("change", [state.resume, lambda on, name: state.pause(on, name, sentence("It failed."))])
def test_what_was_switched_off_meanwhile_stays_off(site: Site, change: Callable[..., None]) -> None:
    site.plugin("a")
    declarations = site.load("a").declarations
    site.write(state.disable, declarations, "a")
    site.write(change, "a")
    assert site.swap().states["a"].state == "disabled"


def test_an_empty_registry_has_nothing() -> None:
    registry = empty()
    assert not registry.desks
    assert not registry.active("anything")
    assert not registry.restart_needed
