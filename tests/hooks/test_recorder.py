"""Who was at work when a process died is known to the next one, and pauses the plugin that did it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from deskcore.hooks import state
from deskcore.hooks.failures import record_failure
from deskcore.hooks.recorder import LastCall, read_and_forget
from deskcore.serve.supervisor import CANNOT_START

from .conftest import Site

PROGRAM = """
import ctypes, os, signal, sys, threading
from pathlib import Path
from deskcore.hooks.recorder import recorder

def beside(plugin):
    def wait():
        with recorder.noted(plugin, "panel x"):
            inside.set()
            threading.Event().wait()
    inside = threading.Event()
    threading.Thread(target=wait, daemon=True).start()
    inside.wait()

recorder.open(Path(sys.argv[1]))
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], tuple[LastCall, ...]]:
    """Give a function that runs a program to its end, and returns what the next process reads of it."""

    def ran(code: str) -> tuple[LastCall, ...]:
        command = [sys.executable, "-c", PROGRAM + textwrap.dedent(code), str(tmp_path)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        _, wrong = process.communicate(timeout=60)
        assert process.returncode, wrong
        return read_and_forget(tmp_path, process.pid, process.returncode)

    return ran


def test_a_call_that_ends_the_process_is_known(run: Callable[[str], tuple[LastCall, ...]]) -> None:
    [call] = run("with recorder.noted('a', 'validate_ticket'): os._exit(3)")
    assert call == LastCall("a", "validate_ticket", "the process ended with code 3", "", True)


def test_of_two_calls_at_a_time_the_one_that_ended_the_process_is_known(
    run: Callable[[str], tuple[LastCall, ...]],
) -> None:
    calls = run("""
        beside("innocent")
        with recorder.noted("guilty", "panel x"): os._exit(3)
    """)
    assert [(call.plugin, call.certain) for call in calls] == [("guilty", True)]


def test_a_segmentation_fault_is_known_with_its_trace(run: Callable[[str], tuple[LastCall, ...]]) -> None:
    calls = run("""
        beside("innocent")
        with recorder.noted("guilty", "panel x"): ctypes.string_at(0)
    """)
    [guilty] = calls
    assert guilty.plugin == "guilty"
    assert guilty.certain
    assert "string_at" in guilty.trace


def test_the_only_call_is_not_to_blame_for_a_fault_in_another_thread(
    run: Callable[[str], tuple[LastCall, ...]],
) -> None:
    [call] = run("beside('innocent')\nctypes.string_at(0)")
    assert (call.plugin, call.certain, call.trace) == ("innocent", False, "")


def test_what_had_ended_before_is_not_blamed(run: Callable[[str], tuple[LastCall, ...]]) -> None:
    code = "\nwith recorder.noted('a', 'panel x'): pass\nos._exit(3)"
    assert run(code) == ()


def test_a_call_inside_another_one_leaves_the_other_one_noted(run: Callable[[str], tuple[LastCall, ...]]) -> None:
    [call] = run("""
        with recorder.noted("outer", "job"):
            with recorder.noted("inner", "panel x"): pass
            os._exit(3)
    """)
    assert call.plugin == "outer"


def test_nobody_is_blamed_when_somebody_killed_the_process(run: Callable[[str], tuple[LastCall, ...]]) -> None:
    assert run("with recorder.noted('a', 'panel x'): os.kill(os.getpid(), signal.SIGKILL)") == ()


def test_files_of_processes_that_are_gone_are_deleted(
    run: Callable[[str], tuple[LastCall, ...]], tmp_path: Path
) -> None:
    mine = tmp_path / f"process-{os.getpid()}.calls"
    mine.touch()
    run("os._exit(3)")
    assert list(tmp_path.iterdir()) == [mine]


def test_a_process_that_ends_by_itself_leaves_no_suspects(tmp_path: Path) -> None:
    environment = {**os.environ, "DESKCORE_INSTANCE": str(tmp_path), "DESKCORE_SECRET_KEY": "k" * 40}
    command = [sys.executable, "-m", "deskcore.serve.child", "work"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.wait(60) == CANNOT_START  # there is no database
    assert list((tmp_path / "running").iterdir()) == []


def test_a_plugin_that_is_known_to_have_ended_the_process_is_paused_at_once(site: Site) -> None:
    site.plugin("a", "@hookimpl\ndef validate_ticket(draft): return None")
    site.load("a")
    crash = LastCall("a", "validate_ticket", "the process died of SIGSEGV", "the trace", True)
    registry = site.load(crashed=[crash])
    assert registry.paused("a")
    assert registry.loaded == {"a"}
    assert "It was in validate_ticket when the process died of SIGSEGV" in str(registry.states["a"].reason)
    assert registry.states["a"].trace == "the trace"


def test_a_plugin_that_may_have_ended_the_process_is_paused_the_second_time(site: Site) -> None:
    site.plugin("a", "@hookimpl\ndef validate_ticket(draft): return None")
    site.load("a")
    crash = LastCall("a", "validate_ticket", "the process ended with code 3")
    assert site.load(crashed=[crash]).active("a")
    assert site.load(crashed=[crash]).paused("a")


def test_a_plugin_that_failed_before_is_not_the_more_suspected(site: Site) -> None:
    site.plugin("a", "@hookimpl\ndef validate_ticket(draft): return None")
    site.load("a")
    record_failure(site.engine, "a", "validate_ticket", ValueError("one of its own"))
    assert site.load(crashed=[LastCall("a", "validate_ticket", "the process ended with code 3")]).active("a")


def test_a_plugin_that_ended_a_start_is_not_imported_until_it_is_tried_again(site: Site) -> None:
    site.plugin("a", "import sys\nsys.modules['imported_by_a'] = sys")
    sys.modules.pop("imported_by_a", None)
    with site.engine.connect():
        site.write(state.first_sight, site.found().declarations, ("a",))
    crash = LastCall("a", state.START, "the process ended with code 3", "", True)
    for crashed in ([crash], []):
        registry = site.load(crashed=crashed)
        assert not registry.loaded
        assert registry.paused("a")
        assert "imported_by_a" not in sys.modules
    site.write(state.resume, "a")
    assert site.swap().restart_needed == ("a",)
    assert site.load().active("a")
    assert sys.modules.pop("imported_by_a")
