"""The path of a new developer: write a plugin, switch it on, edit a line, and see it without starting anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from deskcore.serve.reloading import Sources
from tests.cli.conftest import Command
from tests.processes import Server, until


@pytest.fixture
def server(ready: Path) -> Iterator[Server]:
    """Give a server that is not started yet."""
    running = Server(ready, ["run", "--port", "0", "--reload"])
    yield running
    running.stop()


def test_an_edited_line_is_seen_at_once_and_a_mistake_is_survived(run: Command, ready: Path, server: Server) -> None:
    assert run("plugin", "new", "fleet_desk", "--yes").code == 0
    assert run("plugin", "enable", "fleet_desk").code == 0
    token = run("user", "token", "anna.kowalska@meridian.example", "--json").json["token"]
    server.start()

    def title() -> str:
        address = f"http://127.0.0.1:{server.port}/api/v1/request-types?desk=fleet"
        with urlopen(Request(address, headers={"Authorization": f"Bearer {token}"})) as answer:
            return str(json.load(answer)["items"][0]["title"])

    package = ready / "plugins" / "fleet_desk" / "deskcore_fleet_desk"
    form, code = package / "catalogue" / "fleet_request.toml", package / "__init__.py"
    assert server.get() == 200
    assert title() == "Request to Fleet"
    form.write_text(form.read_text(encoding="utf-8").replace("Request to Fleet", "Borrow a van"), encoding="utf-8")
    until(lambda: len(server.children) == 2, "the restart after the edit")
    assert server.get() == 200
    assert title() == "Borrow a van"

    sound = code.read_text(encoding="utf-8")
    code.write_text("def oops(:\n", encoding="utf-8")
    until(lambda: len(server.children) == 3, "the restart after the mistake")
    assert server.get() == 200
    code.write_text(sound, encoding="utf-8")
    until(lambda: len(server.children) == 4, "the restart after the correction")
    assert server.get() == 200
    assert title() == "Borrow a van"


def test_a_file_that_is_changed_added_or_taken_away_is_noticed(tmp_path: Path) -> None:
    module = tmp_path / "panels.py"
    module.write_text("rows = 1")
    assert not Sources([tmp_path]).changed()
    for change in (lambda: module.write_text("rows = 22"), (tmp_path / "api.py").touch, module.unlink):
        sources = Sources([tmp_path])
        change()
        assert sources.changed()


def test_what_programs_write_is_not(tmp_path: Path) -> None:
    sources = Sources([tmp_path, tmp_path / "gone"])
    for name in ("panels.pyc", "messages.mo", ".panels.py.swp", "__pycache__/panels.py", ".git/index"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert not sources.changed()
