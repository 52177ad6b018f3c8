"""Somebody who does what a page tells: types commands, changes files, looks at pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from conftest import PASSWORD
from tests.docs.pages import Block, changed, commands, pattern
from tests.processes import Server, surroundings, until

#: What is there already where the tests run, and what takes its place.
INSTEAD = {
    "make run": "echo 'Installing Deskcore into .venv …' && deskcore demo",
    ". .venv/bin/activate": "true",
    "pip install pytest": "pytest --version --quiet",
}
_PAGE = r"<http://127\.0\.0\.1:8000(/\S*)> as `([^`]+)`"
Fields = list[tuple[str, str]]
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def words(page: str) -> str:
    """Return what can be read on a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


@dataclass
class Visitor:
    """Somebody with a browser."""

    email: str
    address: str

    def __post_init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.send("/login", [*self.hidden("/login"), ("email", self.email), ("password", PASSWORD)])

    def get(self, path: str) -> str:
        return self.send(path, None)

    def send(self, path: str, form: Fields | None) -> str:
        """Ask for a page, or send a form, and return the page that is shown at last."""
        data = urlencode(form).encode() if form is not None else None
        try:
            with self._opener.open(self.address + path, data, timeout=60) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            return error.read().decode()

    def hidden(self, path: str) -> Fields:
        """Return the fields that nobody sees of the form that a page sends to itself."""
        _, _, form = self.get(path).partition(f' action="{path}"')
        return _HIDDEN.findall(form.partition("</form")[0])


@dataclass
class Reader:
    """Reads a page from top to bottom in a folder of their own.

    :param plugin: the folder, in that one, whose files the page shows.
    """

    folder: Path
    plugin: str
    typed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    _form: tuple[Visitor, str] | None = None
    _answers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server = Server(self.folder / "instance", ["run", "--port", "0", "--reload"])
        self._visitors: dict[str, Visitor] = {}

    def read(self, page: Iterable[Block]) -> None:
        """Do what the page tells, and compare what it shows."""
        for block in page:
            if block.language == "console":
                for command, shown in commands(block):
                    self._type(command, shown, fails=block.fails)
            elif block.caption:
                self._write(block)
            elif not block.language:
                self._look(block.text)

    def _type(self, command: str, shown: str, *, fails: bool) -> None:
        self.typed.append(command)
        if command == "deskcore run --reload":
            self.server.start()
            said = self.server.said("Deskcore serves") if self.server.port else []
            assert pattern(shown.splitlines()[0]).fullmatch(said[0].replace(str(self.server.port), "8000").strip())
            return
        environment = surroundings() | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PIP_NO_BUILD_ISOLATION": "0",  # nothing is fetched from elsewhere; 0 is how pip spells it
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        done = subprocess.run(
            INSTEAD.get(command, command), shell=True, cwd=self.folder, env=environment, text=True, timeout=300,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert bool(done.returncode) == fails, f"{command}\n{done.stdout}"
        if shown:
            assert pattern(shown).fullmatch(done.stdout.strip()), f"{command}\n{done.stdout}\nand not\n{shown}"

    def _write(self, block: Block) -> None:
        path = self.folder / self.plugin / block.caption
        if block.language == "diff":
            path.write_text(changed(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
        else:
            assert not path.exists(), f"{path} is there already"
            path.write_text(block.text, encoding="utf-8")

    def _look(self, text: str) -> None:
        """Look at a page, fill in a form, or send it, if the paragraph tells to."""
        if found := re.search(f"Open {_PAGE}(.*)", text):
            self._expect(found[1], found[2], re.findall(r"\*\*(.+?)\*\*", found[3]))
        elif found := re.search(f"Fill in {_PAGE}", text):
            self._form = (self._visitor(found[2]), found[1])
        elif self._form and (answers := re.findall(r"\* \*(.+?)\* `(.+?)`", text)):
            self._answers = dict(answers)
        elif found := re.match(r"Press \*(.+?)\*\.(.*)", text):
            self._send(found[1], re.findall(r"\*\*(.+?)\*\*", found[2]))

    def _visitor(self, email: str) -> Visitor:
        if email not in self._visitors:
            self._visitors[email] = Visitor(email, f"http://127.0.0.1:{self.server.port}")
        return self._visitors[email]

    def _expect(self, path: str, email: str, sentences: list[str]) -> None:
        """Wait until a page shows something; a server that noticed a change starts anew."""
        assert sentences
        visitor = self._visitor(email)
        until(lambda: all(each in words(visitor.get(path)) for each in sentences), f"{path} with {sentences}")
        self.seen += sentences

    def _send(self, button: str, sentences: list[str]) -> None:
        assert self._form
        assert sentences
        visitor, path = self._form
        self._expect(path, visitor.email, [button, *self._answers])
        page = visitor.get(path)
        fields = {label: re.search(rf'<label for="f-(\w+)">{re.escape(label)}', page) for label in self._answers}
        form = [(found[1], self._answers[label]) for label, found in fields.items() if found]
        shown = words(visitor.send(path, [*visitor.hidden(path), *form]))
        assert len(form) == len(self._answers)
        assert all(each in shown for each in sentences), f"{sentences} on {shown}"
        self.seen += sentences
