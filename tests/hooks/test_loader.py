"""The loader imports what is switched on, in order, and nothing that a plugin does keeps it from finishing."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from deskcore.hooks import loader
from deskcore.hooks.breaker import HookLimits
from deskcore.hooks.setting_values import write_setting
from deskcore.hooks.sources import find_plugins

from .conftest import DUMMIES, Site

DESK = "@hookimpl\ndef register_desks(): return [Desk('{key}', '{prefix}', Text('Desk', 'Dział'))]\n"


def desk(key: str, prefix: str) -> str:
    return DESK.format(key=key, prefix=prefix)


def states(site: Site) -> dict[str, str]:
    return {name: row.state for name, row in site.states().items()}


def test_an_enabled_plugin_is_loaded_and_contributes(site: Site) -> None:
    site.plugin("fleet", desk("fleet", "FLT"))
    registry = site.load("fleet")
    assert [(it.plugin, it.value.prefix) for it in registry.desks] == [("fleet", "FLT")]
    assert states(site) == {"fleet": "enabled"}


def test_a_disabled_plugin_is_never_imported(site: Site) -> None:
    site.plugin("fleet", "raise RuntimeError('imported')")
    registry = site.load()
    assert "deskcore_fleet" not in sys.modules
    assert states(site) == {"fleet": "disabled"}
    assert not registry.active("fleet")


def test_those_that_others_need_are_loaded_first(site: Site) -> None:
    site.plugin("alarm", "import deskcore_zone; order = deskcore_zone.order + ['alarm']", requires=("deskcore-zone",))
    site.plugin("zone", "import sys; order = ['zone']; assert 'deskcore_alarm' not in sys.modules")
    assert site.load("alarm", "zone").loaded == {"alarm", "zone"}


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('no')",
        "import sys; sys.exit(3)",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "import no_such_library",
        "def f(): return f()\nf()",
        "this is no Python",
        "@hookimpl\ndef register_desks(): raise SystemExit",
        "@hookimpl\ndef register_desks(): return 7",
        "@hookimpl\ndef register_desks(): return ['IT']",
        "@hookimpl\ndef register_desks(): yield Desk('a', 'AA', Text('a', 'b'))",
        "@hookimpl\nasync def register_desks(): return []",
        "import pluggy\n@pluggy.HookimplMarker('deskcore')(wrapper=True)\ndef validate_ticket(draft): return (yield)",
        "@hookimpl\ndef validate_ticket(draft, no_such_parameter): pass",
        desk("Fleet Desk", "FLT"),
        desk("fleet", "flt"),
        desk("fleet", "FLT").replace("Dział", " "),
        "@hookimpl\ndef register_permissions(): return [Permission('hr.read', Text('Read', 'Odczyt'))]",
        "def __getattr__(name): raise SystemExit",
    ],
)
def test_a_plugin_that_fails_while_it_is_loaded_is_quarantined_and_the_others_load(site: Site, body: str) -> None:
    site.plugin("broken", body)
    site.plugin("sound", desk("sound", "SND"))
    registry = site.load("broken", "sound")
    if "__getattr__" not in body:  # Python asks for no attribute that this module lacks
        assert states(site) == {"broken": "quarantined", "sound": "enabled"}
        assert str(registry.states["broken"].reason)
        assert not registry.manager.has_plugin("broken")
    assert [it.plugin for it in registry.desks] == ["sound"]


def test_a_quarantine_records_the_trace(site: Site) -> None:
    site.plugin("broken", "raise ValueError('no such car')")
    row = site.load("broken").states["broken"]
    assert "ValueError: no such car" in str(row.reason)
    assert 'deskcore_broken/__init__.py", line 3' in row.trace


def test_a_misspelled_hook_is_named_with_the_one_that_was_meant(site: Site) -> None:
    site.plugin("broken", "@hookimpl\ndef validate_tikcet(draft): pass")
    row = site.load("broken").states["broken"]
    assert "“validate_tikcet”, which is no hook; did you mean “validate_ticket”?" in str(row.reason)


def test_a_plugin_that_hangs_while_it_is_imported_does_not_stop_the_start(site: Site) -> None:
    site.plugin("hanging", "import threading; threading.Event().wait(30)")
    site.plugin("sound", desk("sound", "SND"))
    site.load("hanging", "sound", limits=HookLimits(start=1.0))
    assert states(site) == {"hanging": "quarantined", "sound": "enabled"}
    assert "no answer within 1 s" in str(site.states()["hanging"].reason)


def test_what_a_failed_import_mapped_does_not_harm_the_models_of_others(site: Site) -> None:
    site.plugin(
        "broken",
        """
        from sqlalchemy.orm import Mapped, mapped_column, relationship
        from deskcore.extensions import Base
        class Car(Base):
            __tablename__ = "broken_car"
            id: Mapped[int] = mapped_column(primary_key=True)
            owner = relationship("NoSuchClass")
        """,
    )
    site.load("broken")
    assert states(site) == {"broken": "quarantined"}
    sa.orm.configure_mappers()


def test_a_table_without_the_prefix_is_named(site: Site) -> None:
    site.plugin(
        "fleet",
        """
        import sqlalchemy as sa
        from deskcore.extensions import Base
        cars = sa.Table("cars", Base.metadata, sa.Column("id", sa.Integer, primary_key=True))
        """,
    )
    assert "“cars” must begin with “fleet_”" in str(site.load("fleet").states["fleet"].reason)


def test_the_table_of_a_plugin_with_a_longer_name_is_not_ones_own(site: Site) -> None:
    site.plugin("fleet_desk")
    site.plugin(
        "fleet",
        """
        import sqlalchemy as sa
        from deskcore.extensions import Base
        cars = sa.Table("fleet_desk_cars", Base.metadata, sa.Column("id", sa.Integer, primary_key=True))
        """,
    )
    assert states_after(site, "fleet") == "quarantined"


def states_after(site: Site, name: str) -> str:
    return site.load(name).states[name].state


def test_a_ring_of_needs_is_incompatible_and_written_out(site: Site) -> None:
    site.plugin("a", requires=("deskcore-b",))
    site.plugin("b", requires=("deskcore-a",))
    site.plugin("c", requires=("deskcore-a",))
    site.load("a", "b", "c")
    assert states(site) == {"a": "incompatible", "b": "incompatible", "c": "blocked"}
    assert "→" in str(site.states()["a"].reason)


@pytest.mark.parametrize(
    ("requires", "expected", "says"),
    [
        ("deskcore-hr", "blocked", "needs “hr”, which is off"),
        ("deskcore-hr>=2", "incompatible", "1.0 is there"),
        ("deskcore-payroll", "blocked", "which is not there; install it"),
        ("no-such-library-at-all>=1", "incompatible", "pip install 'no-such-library-at-all>=1'"),
        ("packaging<1", "incompatible", "install a version that fits"),
    ],
)
def test_an_unmet_need_is_named_with_its_remedy(site: Site, requires: str, expected: str, says: str) -> None:
    site.plugin("hr")
    site.plugin("fleet", "raise RuntimeError('imported')", requires=(requires,))
    row = site.load("fleet").states["fleet"]
    assert row.state == expected
    assert says in str(row.reason)


def test_those_that_need_a_quarantined_plugin_are_blocked(site: Site) -> None:
    site.plugin("hr", "raise ValueError('no')")
    site.plugin("fleet", requires=("deskcore-hr",))
    site.load("hr", "fleet")
    assert states(site) == {"fleet": "blocked", "hr": "quarantined"}


def test_of_two_plugins_with_one_prefix_the_later_is_quarantined_and_both_are_named(site: Site) -> None:
    site.plugin("cars", desk("cars", "CAR"))
    site.plugin("vans", desk("vans", "CAR"), requires=("deskcore-cars",))
    site.plugin("wheels", requires=("deskcore-vans",))
    registry = site.load("cars", "vans", "wheels")
    assert states(site) == {"cars": "enabled", "vans": "quarantined", "wheels": "blocked"}
    reason = str(registry.states["vans"].reason)
    assert "“vans”" in reason
    assert "“cars”" in reason
    assert [it.plugin for it in registry.desks] == ["cars"]


def test_in_a_clash_the_newcomer_is_left_out_and_stays_so(site: Site) -> None:
    column = "@hookimpl\ndef register_list_columns(): return [ListColumn('car', Text('A', 'B'), dict)]"
    site.plugin("z", column)
    site.load("z")
    site.plugin("a", column)
    for _ in range(2):
        assert site.load("a").loaded == {"z"}
    assert "which plugin “z” adds already" in str(site.states()["a"].reason)


def test_a_clash_with_a_plugin_that_is_out_already_is_none(site: Site) -> None:
    site.plugin("a", desk("a", "AA"))
    site.plugin("b", desk("b", "AA"))
    site.plugin("c", desk("c", "CC"), requires=("deskcore-b",))
    site.plugin("d", desk("d", "CC"))
    site.load("a", "b", "c", "d")
    assert states(site) == {"a": "enabled", "b": "quarantined", "c": "blocked", "d": "enabled"}


def test_safe_mode_imports_nothing_and_keeps_what_is_recorded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.plugin("fleet", "raise ValueError('no')")
    site.load("fleet")
    sys.modules.pop("deskcore_fleet", None)
    monkeypatch.setenv("DESKCORE_SAFE_MODE", "1")
    registry = loader.load(site.engine, site.found())
    assert registry.safe_mode
    assert not registry.loaded
    assert not registry.restart_needed
    assert states(site) == {"fleet": "quarantined"}


def test_a_corrected_plugin_is_loaded_at_the_next_start(site: Site) -> None:
    place = site.plugin("fleet", "raise ValueError('no')")
    site.load("fleet")
    (place / "deskcore_fleet" / "__init__.py").write_text("corrected = True  # and longer", encoding="utf-8")
    importlib.invalidate_caches()
    assert site.load().active("fleet")
    assert site.states()["fleet"].trace == ""


def test_a_package_that_goes_away_is_missing_and_its_settings_stay(site: Site) -> None:
    place = site.plugin("fleet")
    site.load("fleet")
    site.write(write_setting, "fleet", "limit", 7, secret=False)
    place.rename(site.folder.parent / "elsewhere")
    registry = site.load()
    assert registry.states["fleet"].state == "missing"
    assert registry.states["fleet"].wanted
    assert registry.values["fleet"] == {"limit": 7}


def test_a_database_that_is_not_set_up_loads_nothing_and_says_what_to_do(tmp_path: Path, site: Site) -> None:
    site.plugin("fleet")
    bare = sa.create_engine(f"sqlite:///{tmp_path / 'bare.db'}")
    registry = loader.load(bare, site.found(), enabled_plugins=("fleet",), safe_mode=False)
    bare.dispose()
    assert not registry.loaded
    assert "deskcore init" in str(registry.states["fleet"].reason)


def test_another_package_of_the_same_name_is_not_taken_for_the_plugin(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "deskcore_fleet.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "other"))
    site.plugin("fleet")
    assert "remove that one" in str(site.load("fleet").states["fleet"].reason)


def test_two_applications_share_no_plugin_manager(site: Site) -> None:
    site.plugin("fleet", desk("fleet", "FLT"))
    assert site.load("fleet").manager is not site.load("fleet").manager


def test_a_plugin_whose_tables_are_not_made_yet_says_how_to_make_them(site: Site) -> None:
    registry = site.load("dummy_all", folders=(DUMMIES,))
    assert "deskcore db upgrade" in str(registry.states["dummy_all"].reason)


@pytest.mark.parametrize(
    "mode", ["raise", "exit", "interrupt", "generator_exit", "unspeakable", "recurse", "garbage", "wrong_items",
             "huge", "liar", "coroutine", "generator"],
)  # fmt: skip
def test_however_a_contribution_misbehaves_the_plugin_is_quarantined_and_the_start_goes_on(
    site: Site, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loader.install_finder(find_plugins([DUMMIES]).declarations.values())
    behaviour = importlib.import_module("deskcore_dummy_bad.behaviour")
    monkeypatch.setattr(behaviour, "MODE", mode)
    registry = site.load_dummies("dummy_all", "dummy_bad")
    assert {name: row.state for name, row in registry.states.items()} == {
        "dummy_all": "enabled", "dummy_bad": "quarantined",
    }  # fmt: skip
    assert registry.desks


def test_a_contribution_that_hangs_is_quarantined(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    loader.install_finder(find_plugins([DUMMIES]).declarations.values())
    behaviour = importlib.import_module("deskcore_dummy_bad.behaviour")
    monkeypatch.setattr(behaviour, "MODE", "hang")
    registry = site.load_dummies("dummy_bad", limits=HookLimits(start=0.5))
    behaviour.release.set()
    behaviour.release.clear()
    assert registry.states["dummy_bad"].state == "quarantined"
