"""What is recorded about plugins, and that none is imported to read or change it."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from deskcore.clock import now
from deskcore.errors import NotFound, Refused
from deskcore.hooks import heartbeats, state
from deskcore.hooks.failures import read_failures, record_failure
from deskcore.hooks.sentences import sentence
from deskcore.hooks.setting_values import read_settings, write_setting

from .conftest import Site


@pytest.fixture
def known(site: Site) -> Site:
    """hr stands alone, fleet needs hr, garage needs fleet; none was imported."""
    site.plugin("hr", "raise RuntimeError('imported')")
    site.plugin("fleet", requires=("deskcore-hr>=1.0",))
    site.plugin("garage", requires=("deskcore_fleet",))
    site.plugin("broken", requires=("deskcore>=9",))
    site.write(state.first_sight, site.found().declarations, ("fleet",))
    return site


def test_a_plugin_seen_for_the_first_time_is_off_unless_the_configuration_lists_it(known: Site) -> None:
    assert {name: row.wanted for name, row in known.states().items()} == {
        "broken": False, "fleet": True, "garage": False, "hr": False,
    }  # fmt: skip


def test_a_plugin_that_was_switched_off_stays_off_whatever_the_configuration_lists(known: Site) -> None:
    known.write(state.disable, known.found().declarations, "fleet")
    known.write(state.first_sight, known.found().declarations, ("fleet",))
    assert not known.states()["fleet"].wanted


def test_enabling_unblocks_those_that_waited_and_imports_nothing(known: Site) -> None:
    declarations = known.found().declarations
    assert known.write(state.enable, declarations, "garage").state == "blocked"
    assert known.write(state.enable, declarations, "hr").state == "enabled"
    assert {name: row.state for name, row in known.states().items()} == {
        "broken": "incompatible", "fleet": "enabled", "garage": "enabled", "hr": "enabled",
    }  # fmt: skip
    assert not {"deskcore_hr", "deskcore_fleet"} & set(sys.modules)


def test_disabling_blocks_and_names_all_that_need_it(known: Site) -> None:
    declarations = known.found().declarations
    for name in ("hr", "garage"):
        known.write(state.enable, declarations, name)
    assert known.write(state.disable, declarations, "hr") == ("fleet", "garage")
    rows = known.states()
    assert (rows["hr"].state, rows["fleet"].state, rows["garage"].state) == ("disabled", "blocked", "blocked")
    assert "needs “hr”, which is off" in str(rows["fleet"].reason)


def test_an_incompatible_plugin_cannot_be_enabled_and_the_reason_is_given(known: Site) -> None:
    with pytest.raises(Refused, match="needs Deskcore"):
        known.write(state.enable, known.found().declarations, "broken")


def test_an_unknown_plugin_is_named_with_those_that_are_known(known: Site) -> None:
    with pytest.raises(NotFound, match=r"no plugin “flete”.*broken, fleet, garage, hr"):
        known.write(state.enable, known.found().declarations, "flete")
    with pytest.raises(NotFound):
        known.write(state.disable, known.found().declarations, "flete")


def test_a_plugin_whose_package_is_gone_can_still_be_disabled(known: Site) -> None:
    rest = {name: it for name, it in known.found().declarations.items() if name != "fleet"}
    known.write(state.disable, rest, "fleet")
    assert (known.states()["fleet"].state, known.states()["fleet"].wanted) == ("missing", False)


def test_a_quarantine_outlasts_changes_of_others_and_ends_when_it_is_enabled_again(known: Site) -> None:
    declarations = known.found().declarations
    known.write(state.enable, declarations, "hr")
    known.write(state.mark_quarantined, "hr", sentence("It failed."), "trace")
    known.write(state.enable, declarations, "garage")
    assert (known.states()["hr"].state, known.states()["hr"].trace) == ("quarantined", "trace")
    assert known.states()["garage"].state == "blocked"
    known.write(state.enable, declarations, "hr")
    assert (known.states()["hr"].state, known.states()["garage"].state) == ("enabled", "enabled")


def test_every_administrative_change_raises_the_epoch(known: Site) -> None:
    declarations = known.found().declarations
    epochs = [known.write(state.current_epoch)]
    for change in (
        lambda on: state.enable(on, declarations, "hr"),
        lambda on: write_setting(on, "hr", "limit", 7, secret=False),
        lambda on: state.pause(on, "hr", sentence("It failed.")),
        lambda on: state.resume(on, "hr"),
        lambda on: state.disable(on, declarations, "hr"),
    ):
        known.write(change)
        epochs.append(known.write(state.current_epoch))
    assert epochs == sorted(set(epochs))


def test_a_failure_is_counted_in_a_transaction_of_its_own(known: Site) -> None:
    with known.engine.connect() as connection:
        state.read_states(connection)  # a reader in the middle of its transaction
        for number in range(3):
            record_failure(known.engine, "hr", "validate_ticket", ValueError(f"broken {number}"))
        connection.rollback()
        [failure] = read_failures(connection, "hr")
    assert (failure["count"], failure["error"]) == (3, "ValueError: broken 2")
    assert failure["first_at"] <= failure["last_at"]
    assert "ValueError" in failure["trace"]


def test_an_error_that_no_database_can_store_is_recorded_all_the_same(known: Site) -> None:
    record_failure(known.engine, "hr", "validate_ticket", ValueError("zero \0 and half \udcff"))
    with known.engine.connect() as connection:
        assert read_failures(connection)[0]["count"] == 1


def test_settings_are_stored_as_json_and_replaced(known: Site) -> None:
    for value in ("text", 7, True, ["a"], None):
        known.write(write_setting, "hr", "limit", value, secret=False)
        assert known.write(read_settings) == {"hr": {"limit": value}}


def test_a_process_beats_with_the_epoch_it_runs(known: Site) -> None:
    known.write(heartbeats.beat, "host-1", "serve", 3)
    known.write(heartbeats.beat, "host-1", "serve", 4)
    [beat] = known.write(heartbeats.heartbeats, now() - timedelta(minutes=1))
    assert (beat.process, beat.epoch) == ("host-1", 4)
    assert not known.write(heartbeats.heartbeats, now() + timedelta(minutes=1))


def test_states_can_be_changed_inside_the_work_of_a_session(known: Site) -> None:
    from sqlalchemy.orm import Session

    with Session(known.engine) as session:
        state.enable(session, known.found().declarations, "hr")
        assert state.read_states(session)["hr"].state == "enabled"
        session.rollback()
    assert known.states()["hr"].state == "disabled"
