"""What goes away warns whoever uses it, at the line that uses it, and goes when its release comes."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.version import Version
from pluggy import PluginManager

import deskcore
import deskcore.plugin
from deskcore import deprecation
from deskcore.deprecation import DeprecatedName, DeskcoreDeprecationWarning, RemovedIn03Warning
from deskcore.hooks import document, loader, registry
from deskcore.hooks.contributions import Text
from deskcore.hooks.markers import hookspec, hookspec_first
from deskcore.hooks.specs import calls

from .conftest import Site

HOOK = RemovedIn03Warning("Use validate_ticket.")
ARGUMENT = RemovedIn03Warning("Take draft.")


@hookspec(deprecated=HOOK)
def check_ticket(draft: Any) -> None:
    """Tell what a person has to correct.

    :param draft: the ticket.
    """


@hookspec(deprecated_arguments={"ticket": ARGUMENT})
def price_ticket(draft: Any, ticket: Any) -> None:
    """Tell what a ticket costs.

    :param draft: the ticket.
    :param ticket: the same.
    """


@pytest.fixture
def site(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An installation whose core has two hooks more, of which something goes."""
    more = ModuleType("more_specs")
    vars(more).update(check_ticket=check_ticket, price_ticket=price_ticket)

    def manager() -> PluginManager:
        made = registry.new_manager()
        made.add_hookspecs(more)
        return made

    monkeypatch.setattr(loader, "new_manager", manager)
    return site


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("@hookimpl\ndef check_ticket(draft): pass", "Use validate_ticket."),
        ("@hookimpl\ndef price_ticket(ticket): pass", "Take draft."),
    ],
)
def test_a_plugin_that_implements_what_goes_works_and_is_warned_at_its_own_line(
    site: Site, body: str, says: str
) -> None:
    place = site.plugin("fleet", body)
    with pytest.warns(RemovedIn03Warning, match=says) as warned:
        assert site.load("fleet").active("fleet")
    assert warned[0].filename == str(place / "deskcore_fleet" / "__init__.py")
    assert "@hookimpl" in (place / "deskcore_fleet" / "__init__.py").read_text().splitlines()[warned[0].lineno - 1]


def test_who_takes_what_stays_is_not_warned(site: Site) -> None:
    site.plugin("fleet", "@hookimpl\ndef price_ticket(draft): pass")
    assert site.load("fleet").active("fleet")  # a warning would be an error here


def test_where_warnings_are_errors_the_plugin_is_left_out_and_told_what_to_use(site: Site) -> None:
    site.plugin("fleet", "@hookimpl\ndef check_ticket(draft): pass")
    row = site.load("fleet").states["fleet"]
    assert row.state == "quarantined"
    assert "Use validate_ticket." in str(row.reason)


def test_a_name_of_the_facade_that_goes_is_given_with_a_warning(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    old = DeprecatedName("deskcore.hooks.contributions:Text", RemovedIn03Warning("Use Text."))
    monkeypatch.setitem(deskcore.plugin.DEPRECATED, "Words", old)  # type: ignore[arg-type]
    place = site.plugin("fleet", "from deskcore.plugin import Words\nassert Words is Text")
    with pytest.warns(RemovedIn03Warning, match=r"^Use Text\.$") as warned:
        assert site.load("fleet").active("fleet")
    assert {one.filename for one in warned} == {str(place / "deskcore_fleet" / "__init__.py")}
    assert "Words" not in deskcore.plugin.__all__
    assert Text("a", "b") == deskcore.plugin.Text("a", "b")


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        vars(importlib.import_module("deskcore.plugin"))["__getattr__"]("Nothing")


def test_the_page_about_hooks_says_what_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "check_ticket", check_ticket, raising=False)
    monkeypatch.setattr(calls, "price_ticket", price_ticket, raising=False)
    page = document.render()
    assert "**Deprecated, gone in 0.3. Use validate_ticket.**" in page
    assert "- `ticket`: **Deprecated, gone in 0.3. Take draft.**" in page


def test_a_question_can_go_too() -> None:
    @hookspec_first
    def choose(ticket: Any) -> str | None:
        return None

    assert vars(choose)["deskcore_spec"]["firstresult"]


def test_every_release_that_was_announced_is_still_to_come() -> None:
    kinds = [kind for kind in vars(deprecation).values() if isinstance(kind, type)]
    announced = [one for one in kinds if issubclass(one, DeskcoreDeprecationWarning) and one.release]
    assert announced
    for kind in announced:
        assert kind.__name__ == f"RemovedIn{kind.release.replace('.', '')}Warning"
        # Whoever raises the version removes the class, and with it everything that carries it.
        assert Version(kind.release) > Version(deskcore.__version__), kind.__name__


CONFTEST = """
import deskcore.plugin
from deskcore.deprecation import DeprecatedName, RemovedIn03Warning

gone = RemovedIn03Warning("Use Text.")
deskcore.plugin.DEPRECATED["Words"] = DeprecatedName("deskcore.hooks.contributions:Text", gone)
"""
TEST = "def test_it():\n    from deskcore.plugin import Words\n    assert Words('a', 'b').en == 'a'\n"


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ([], 0, "RemovedIn03Warning: Use Text.\n    from deskcore.plugin import Words"),
        (
            ["-W", "error::deskcore.plugin.RemovedIn03Warning"],
            1,
            "E       deskcore.deprecation.RemovedIn03Warning: Use",
        ),
    ],
)
def test_the_tests_of_a_plugin_show_it_and_fail_where_they_are_told_to(
    tmp_path: Path, options: list[str], code: int, says: str
) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_plugin.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:schemathesis\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_plugin.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, says in done.stdout) == (code, True), done.stdout
