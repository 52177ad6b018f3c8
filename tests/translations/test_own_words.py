"""What plugins say in Polish is their own: words that mean something else to the core, and what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from conftest import PLUGINS
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.summaries import summary

#: A noun to the core, and what one is asked to do to the plugin for approvals.
WORD, OF_THE_CORE, OF_THE_PLUGIN = "Answer", "Odpowiedź", "Odpowiedz"

on_sqlite = pytest.mark.parametrize("shared_app", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugin that has a word of its own."""
    return ("approvals",)


@pytest.fixture
def in_polish(shared_app: Flask) -> Iterator[Flask]:
    """Speak Polish."""
    with shared_app.test_request_context("/"), force_locale("pl"):
        yield shared_app


@on_sqlite
def test_a_module_speaks_as_its_package_does(in_polish: Flask) -> None:
    for module, said in (
        ("deskcore.web.portal.home", OF_THE_CORE),
        ("deskcore_it_desk", OF_THE_CORE),
        ("deskcore_approvals", OF_THE_PLUGIN),
        ("deskcore_approvals.views", OF_THE_PLUGIN),
    ):
        spoken: dict[str, Any] = {"__name__": module}
        exec("from flask_babel import gettext as _\ndef say(text): return _(text)", spoken)
        assert spoken["say"](WORD) == said, module


@on_sqlite
def test_a_template_shows_the_words_of_its_folder(in_polish: Flask) -> None:
    templates = in_polish.jinja_env
    for template, shown in (
        ("portal/home.html", OF_THE_CORE),
        ("it_desk/panel.html", OF_THE_CORE),
        ("approvals/inbox.html", OF_THE_PLUGIN),
    ):
        code = templates.compile(f'{{{{ _("{WORD}") }}}}', name=template)
        found = templates.template_class.from_code(templates, code, templates.make_globals(None))
        assert found.render() == shown, template


@on_sqlite
def test_what_a_plugin_leaves_to_the_core_is_translated_too(in_polish: Flask) -> None:
    spoken: dict[str, Any] = {"__name__": "deskcore_approvals"}
    exec("from flask_babel import ngettext\ndef say(count): return ngettext(*text, count)", spoken)
    spoken["text"] = ("%(num)s failure", "%(num)s failures")
    assert [spoken["say"](count) for count in (1, 2, 5)] == ["1 błąd", "2 błędy", "5 błędów"]


@pytest.mark.parametrize("name", PLUGINS)
def test_what_a_bundled_plugin_is_for_is_said_in_polish(name: str) -> None:
    english, polish = (summary(PLUGINS[name], language) for language in ("en", "pl"))
    assert english
    assert polish.endswith(".")
    assert polish != english


def test_a_plugin_without_a_polish_sentence_shows_its_english_one(tmp_path: Path) -> None:
    declaration = PluginDeclaration("fleet_desk", description="Cars and vans.", path=tmp_path)
    assert summary(declaration, "pl") == summary(replace(declaration, path=None), "pl") == "Cars and vans."
