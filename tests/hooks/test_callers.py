"""However a plugin misbehaves when it is called: it is named and counted, and everything else goes on."""

from __future__ import annotations

import importlib
import logging
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, g, has_request_context
from flask_babel import Babel

from deskcore.errors import Refused
from deskcore.hooks import state
from deskcore.hooks.breaker import Breaker, HookLimits
from deskcore.hooks.callers import Callers
from deskcore.hooks.deadlines import Call, DeadlinePool
from deskcore.hooks.errors import HandlerFailed, Overrun
from deskcore.hooks.failures import read_failures
from deskcore.tickets.snapshots import EventView, TicketDraft, TicketView

from .conftest import Site

Drafts = Callable[..., TicketDraft]

FAILING = ["raise", "exit", "interrupt", "generator_exit", "unspeakable", "recurse", "garbage", "wrong_items", "liar",
           "coroutine", "generator"]  # fmt: skip
PATIENT = HookLimits(deadline=20.0, failures=1000)


@pytest.fixture
def dummies(site: Site) -> Site:
    """Both dummy plugins, loaded; the bad one behaves until a test says otherwise."""
    registry = site.load_dummies("dummy_all", "dummy_bad", limits=PATIENT)
    assert registry.loaded == {"dummy_all", "dummy_bad"}
    return site


@pytest.fixture
def bad(dummies: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Set how the bad dummy misbehaves; whatever hangs is let go afterwards."""
    behaviour = importlib.import_module("deskcore_dummy_bad.behaviour")
    behaviour.changed.clear()

    def set_mode(mode: str) -> ModuleType:
        monkeypatch.setattr(behaviour, "MODE", mode)
        return behaviour

    yield set_mode
    behaviour.release.set()
    behaviour.release.clear()


@pytest.mark.parametrize("mode", [*FAILING, "huge"])
@pytest.mark.parametrize("hook", ["before_ticket_open", "validate_ticket"])
def test_what_a_plugin_does_wrong_in_a_check_is_dropped_and_counted(
    dummies: Site, bad: Callable[[str], ModuleType], draft: Drafts, mode: str, hook: str
) -> None:
    bad(mode)
    result = dummies.callers().check(hook, draft=draft("VIP, nobody"))
    assert len(result.changes) + len(result.problems) == 1
    assert dummies.failures() == {("dummy_bad", hook): 1}


@pytest.mark.parametrize("mode", FAILING)
def test_what_a_plugin_does_wrong_in_a_question_leaves_it_to_the_next(
    site: Site, bad: Callable[[str], ModuleType], ticket: Callable[..., TicketView], mode: str
) -> None:
    site.plugin("later", "@hookimpl\ndef choose_assignee(ticket): return 'ewa.lis@meridian.example'")
    site.load_dummies("later", limits=PATIENT)
    bad(mode)
    assert site.callers().first("choose_assignee", ticket=ticket()) == "ewa.lis@meridian.example"
    assert site.failures() == {("dummy_bad", "choose_assignee"): 1}


@pytest.mark.parametrize("mode", ["raise", "exit", "interrupt", "generator_exit", "unspeakable", "recurse",
                                  "coroutine", "generator"])  # fmt: skip
def test_a_failing_handler_is_one_error_whatever_it_raises(
    dummies: Site, bad: Callable[[str], ModuleType], event: EventView, ticket: Callable[..., TicketView], mode: str
) -> None:
    bad(mode)
    with pytest.raises(HandlerFailed) as failed:
        dummies.callers().notify("dummy_bad", "ticket_opened", event=event, ticket=ticket())
    assert (failed.value.plugin, failed.value.slot) == ("dummy_bad", "ticket_opened")
    assert str(failed.value.cause)


def test_a_plugin_that_hangs_is_left_behind_at_the_deadline(
    dummies: Site, bad: Callable[[str], ModuleType], draft: Drafts
) -> None:
    dummies.load_dummies(limits=HookLimits(deadline=1.0))
    bad("hang")
    result = dummies.callers().check("before_ticket_open", draft=draft("VIP"))
    assert [plugin for plugin, _ in result.changes] == ["dummy_all"]
    with dummies.engine.connect() as connection:
        [failure] = read_failures(connection)
    assert (failure["plugin"], failure["error"]) == ("dummy_bad", "Overrun: no answer within 1 s")


def test_a_plugin_that_leaves_threads_hanging_is_paused(
    dummies: Site, bad: Callable[[str], ModuleType], draft: Drafts
) -> None:
    registry = dummies.load_dummies(limits=HookLimits(deadline=0.2, abandoned=2, failures=1000))
    bad("hang")
    callers = dummies.callers()
    for _ in range(2):
        assert registry.active("dummy_bad")
        callers.check("validate_ticket", draft=draft())
    assert not registry.active("dummy_bad")
    callers.check("validate_ticket", draft=draft())
    assert dummies.failures() == {("dummy_bad", "validate_ticket"): 2}


def test_what_a_plugin_changes_in_its_copy_reaches_nobody_else(
    site: Site, bad: Callable[[str], ModuleType], draft: Drafts
) -> None:
    site.plugin(
        "watcher",
        "from deskcore.errors import Problem\n@hookimpl\ndef validate_ticket(draft):\n"
        "    return Problem(draft.subject + draft.answers['guest'] + draft.answers['days'][1]['hour'].__str__())",
    )
    site.load_dummies("watcher", limits=PATIENT)
    behaviour = bad("mutate")
    given = draft("A visitor")
    result = site.callers().check("validate_ticket", draft=given)
    assert [problem.message for problem in result.problems] == ["A visitorJan9"]
    assert given == draft("A visitor")
    assert not behaviour.changed


def test_problems_of_all_plugins_are_shown_together(site: Site, draft: Drafts) -> None:
    site.plugin("a", "from deskcore.errors import *\n@hookimpl\ndef validate_ticket(draft): raise Refused('Refused.')")
    site.plugin(
        "b",
        "from deskcore.errors import *\n@hookimpl\ndef validate_ticket(draft):\n"
        "    return [Problem('One.', 'subject'), Problem('Two.')]",
    )
    site.load("a", "b")
    result = site.callers().check("validate_ticket", draft=draft())
    assert [problem.message for problem in result.problems] == ["Refused.", "One.", "Two."]
    with pytest.raises(Refused) as refused:
        result.require()
    assert refused.value.problems == result.problems
    assert not site.failures()


def test_a_refusal_without_a_reason_is_still_a_refusal(site: Site, draft: Drafts) -> None:
    site.plugin("a", "from deskcore.errors import *\n@hookimpl\ndef validate_ticket(draft): raise Refused([])")
    site.load("a")
    [problem] = site.callers().check("validate_ticket", draft=draft()).problems
    assert "“a” does not accept this" in problem.message


@pytest.mark.parametrize(
    "changes",
    ["priority='soon'", "tags=['a']", "tags=(1,)", "team=3", "visibility='desk'", "extra={'a': object()}", "extra=7",
     "extra={'a': float('nan')}", "extra={'a': 'x' * 100_000}"],
)  # fmt: skip
def test_changes_that_make_no_sense_are_dropped_and_counted(site: Site, draft: Drafts, changes: str) -> None:
    site.plugin("a", f"@hookimpl\ndef before_ticket_open(draft): return Changes({changes})")
    site.load("a")
    assert site.callers().check("before_ticket_open", draft=draft()).changes == ()
    assert site.failures() == {("a", "before_ticket_open"): 1}


@pytest.mark.parametrize("body", ["raise ValueError('no')", "return 7", "import threading; threading.Event().wait(30)"])
def test_a_critical_plugin_fails_closed(site: Site, draft: Drafts, body: str) -> None:
    site.plugin("a", f"CRITICAL = True\n@hookimpl\ndef validate_ticket(draft):\n    {body}")
    site.load("a", limits=HookLimits(deadline=0.5 if "wait" in body else 20.0))
    [problem] = site.callers().check("validate_ticket", draft=draft()).problems
    assert "“a” could not check this" in problem.message


def test_a_paused_critical_plugin_still_fails_closed_until_it_is_switched_off(site: Site, draft: Drafts) -> None:
    site.plugin("a", "CRITICAL = True\n@hookimpl\ndef validate_ticket(draft): raise ValueError('no')")
    site.load("a", limits=HookLimits(deadline=20.0, failures=1))
    callers = site.callers()
    for _ in range(2):
        assert callers.check("validate_ticket", draft=draft()).problems
        site.swap()
    site.write(state.disable, site.found().declarations, "a")
    site.swap()
    assert not callers.check("validate_ticket", draft=draft()).problems


@pytest.mark.parametrize("wrong", ["import no_such_module\n", None], ids=["cannot be imported", "is gone"])
def test_a_critical_plugin_that_cannot_be_loaded_any_more_fails_closed_until_it_is_switched_off(
    site: Site, draft: Drafts, wrong: str | None
) -> None:
    site.plugin("a", "CRITICAL = True\n@hookimpl\ndef validate_ticket(draft): return None")
    site.plugin("b", "@hookimpl\ndef validate_ticket(draft): return None")
    site.load("a", "b")
    assert site.callers().check("validate_ticket", draft=draft()).problems == ()
    shutil.rmtree(site.folder / "a")
    if wrong is not None:
        site.plugin("a", wrong)
    sys.modules.pop("deskcore_a")
    site.load("a", "b")
    [problem] = site.callers().check("validate_ticket", draft=draft()).problems
    assert "“a”, which checks everything that is stored, does not work" in problem.message
    site.write(state.disable, site.found().declarations, "a")
    site.swap()
    assert site.callers().check("validate_ticket", draft=draft()).problems == ()


def test_a_plugin_that_is_critical_for_its_own_desk_keeps_no_other_desk_waiting(site: Site, draft: Drafts) -> None:
    site.plugin("a", "CRITICAL = ('hr',)\n@hookimpl\ndef validate_ticket(draft): raise ValueError('no')")
    site.load("a", limits=HookLimits(deadline=20.0, failures=100))
    assert site.callers().check("validate_ticket", desk="hr", draft=draft()).problems
    assert not site.callers().check("validate_ticket", desk="it", draft=draft()).problems
    shutil.rmtree(site.folder / "a")
    site.load("a")
    assert site.callers().check("validate_ticket", desk="hr", draft=draft()).problems
    assert not site.callers().check("validate_ticket", desk="it", draft=draft()).problems


def test_a_plugin_that_fails_too_often_is_paused_visibly_and_can_be_tried_again(site: Site, draft: Drafts) -> None:
    site.plugin("a", "@hookimpl\ndef validate_ticket(draft): raise ValueError('no such car')")
    registry = site.load("a", limits=HookLimits(deadline=20.0, failures=3))
    callers = site.callers()
    for _ in range(5):
        callers.check("validate_ticket", draft=draft())
    assert site.failures() == {("a", "validate_ticket"): 3}
    row = site.states()["a"]
    assert row.state == "quarantined"
    assert "no such car" in str(row.reason)
    assert registry.paused("a")
    assert site.swap().paused("a")
    site.write(state.resume, "a")
    assert site.swap().active("a")
    assert not site.failures()


def test_a_paused_plugin_stays_paused_over_a_restart_but_is_loaded(site: Site, draft: Drafts) -> None:
    site.plugin("a", "@hookimpl\ndef validate_ticket(draft): raise ValueError('no such car')")
    site.load("a", limits=HookLimits(deadline=20.0, failures=1))
    site.callers().check("validate_ticket", draft=draft())
    registry = site.load()
    assert registry.loaded == {"a"}
    assert registry.paused("a")
    assert "no such car" in str(registry.states["a"].reason)


def test_failures_outside_the_window_do_not_add_up() -> None:
    moments = iter([0.0, 1.0, 61.5, 62.0, 63.0])
    breaker = Breaker(HookLimits(failures=3, window=60.0), clock=lambda: next(moments))
    assert [breaker.failed("a", "panel") for _ in range(5)] == [False, False, False, False, True]
    assert breaker.opened_at("a")


def test_a_failure_that_cannot_be_recorded_stops_nothing(site: Site, draft: Drafts, tmp_path: Any) -> None:
    import sqlalchemy as sa

    site.plugin("a", "@hookimpl\ndef validate_ticket(draft): raise ValueError('no')")
    registry = site.load("a", limits=HookLimits(deadline=20.0, failures=1))
    bare = sa.create_engine(f"sqlite:///{tmp_path / 'bare.db'}")
    assert not Callers(lambda: registry, bare).check("validate_ticket", draft=draft()).problems
    bare.dispose()
    assert registry.paused("a")


def test_a_disabled_plugin_is_called_no_more_after_the_swap(dummies: Site, draft: Drafts) -> None:
    callers = dummies.callers()
    assert callers.check("before_ticket_open", draft=draft("VIP")).changes
    declarations = dummies.registry.declarations if dummies.registry else {}
    dummies.write(state.disable, declarations, "dummy_all")
    dummies.swap()
    assert not callers.check("before_ticket_open", draft=draft("VIP")).changes


def test_an_inactive_plugin_has_no_handler(dummies: Site, event: EventView, ticket: Callable[..., TicketView]) -> None:
    callers = dummies.callers()
    assert callers.implementors("ticket_opened") == ("dummy_all", "dummy_bad")
    assert callers.notify("dummy_all", "ticket_opened", event=event, ticket=ticket())
    declarations = dummies.registry.declarations if dummies.registry else {}
    dummies.write(state.disable, declarations, "dummy_all")
    dummies.swap()
    assert callers.implementors("ticket_opened") == ("dummy_all", "dummy_bad")
    assert not callers.notify("dummy_all", "ticket_opened", event=event, ticket=ticket())


def test_implementations_are_called_by_plugin_name_whatever_order_they_were_registered_in(
    site: Site, ticket: Callable[..., TicketView]
) -> None:
    site.plugin("zebra", "@hookimpl\ndef choose_assignee(ticket): return 'zebra'")
    site.plugin("apple", "@hookimpl\ndef choose_assignee(ticket): return 'apple'", requires=("deskcore-zebra",))
    site.load("apple", "zebra")
    assert site.callers().first("choose_assignee", ticket=ticket()) == "apple"


def test_a_checking_hook_gets_an_app_context_of_its_own_and_the_language_of_the_reader(
    site: Site, draft: Drafts
) -> None:
    site.plugin(
        "a",
        "from deskcore.errors import Problem\nfrom flask import g, has_request_context\n"
        "from flask_babel import get_locale\n@hookimpl\ndef validate_ticket(draft):\n"
        "    return Problem(f'{get_locale()} {has_request_context()} {g.get(\"secret\")}')",
    )
    site.load("a")
    app = Flask("test")
    Babel(app, locale_selector=lambda: "pl")
    with app.test_request_context():
        g.secret = "of the request"
        assert has_request_context()
        [problem] = site.callers().check("validate_ticket", draft=draft()).problems
    assert problem.message == "pl False None"


def test_every_call_is_logged_with_its_time_when_asked_for(
    dummies: Site, draft: Drafts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DESKCORE_TRACE_HOOKS", "1")
    with caplog.at_level(logging.INFO, "deskcore.hooks.trace"):
        dummies.callers().check("validate_ticket", draft=draft())
    logged = {record.args[:2] for record in caplog.records if isinstance(record.args, tuple)}  # they run side by side
    assert logged == {("validate_ticket", "dummy_all"), ("validate_ticket", "dummy_bad")}


def test_the_pool_reuses_its_threads() -> None:
    pool = DeadlinePool(2)
    names = set()
    for _ in range(10):
        call = Call("a", lambda: threading.current_thread().ident)
        pool.run([call], 20.0)
        names.add(call.value)
    assert len(names) <= 2


def test_the_pool_replaces_threads_that_hang_and_takes_them_back_into_account_when_they_end() -> None:
    pool, gate = DeadlinePool(1), threading.Event()
    ended = threading.Event()

    def hang() -> None:
        gate.wait(30)
        ended.set()

    stuck = Call("a", hang)
    pool.run([stuck], 0.1)
    assert isinstance(stuck.error, Overrun)
    assert pool.hanging("a") == 1
    fine = Call("b", lambda: "done")
    pool.run([fine], 20.0)
    assert fine.value == "done"
    gate.set()
    assert ended.wait(20)


def test_more_calls_than_threads_wait_for_their_turn() -> None:
    pool = DeadlinePool(2)
    calls = [Call("a", lambda number=number: number) for number in range(20)]  # type: ignore[misc]
    pool.run(calls, 20.0)
    assert [call.value for call in calls] == list(range(20))
