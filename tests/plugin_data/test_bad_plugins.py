"""A bad plugin is one sentence with its remedy in the list, in the log and on the page; everything else runs."""

from __future__ import annotations

import html
import json
import os
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from conftest import AUDIT_KEYS, BUNDLED, SECRET_KEY
from deskcore.app import create_app
from deskcore.cli import main
from deskcore.extensions import db, engine_options
from deskcore.hooks import state
from deskcore.hooks.failures import read_failures
from deskcore.hooks.setting_values import write_setting
from deskcore.hooks.sources import find_plugins
from deskcore.runtime import runtime
from tests.web.browsers import Browser

MANIFEST = """
[metadata]
name = deskcore-{name}
version = 1.0
[options]
install_requires =
    {requires}
[options.entry_points]
deskcore.plugins =
    {name} = deskcore_{name}
"""
OPENING = "from deskcore.plugin import *\nfrom deskcore.plugin import hookimpl\n"
TEXT = 'Text("A", "A")'


class Site:
    """An instance folder on SQLite, with whatever lies in its ``plugins``."""

    def __init__(self, instance: Path, packages: Path) -> None:
        self.instance, self.packages = instance, packages
        self.plugins = instance / "plugins"
        self.on: set[str] = {*BUNDLED, "fine"}
        self.more: list[str] = []

    def plugin(self, name: str, body: str = "", *requires: str, folder: Path | None = None) -> Path:
        """Write a plugin that is switched on."""
        place = (folder or self.plugins) / name
        package = place / f"deskcore_{name}"
        package.mkdir(parents=True)
        needs = "\n    ".join(("deskcore>=0.1", *requires))
        place.joinpath("setup.cfg").write_text(MANIFEST.format(name=name, requires=needs))
        package.joinpath("__init__.py").write_text(OPENING + textwrap.dedent(body))
        self.on.add(name)
        return place

    def wheel(self, name: str, *files: str) -> None:
        """Install a distribution, as pip leaves it."""
        info = self.packages / f"deskcore_{name}-1.0.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(f"Name: deskcore-{name}\nVersion: 1.0\nRequires-Dist: deskcore>=0.1\n")
        info.joinpath("entry_points.txt").write_text(f"[deskcore.plugins]\n{name} = deskcore_{name}\n")
        info.joinpath("RECORD").write_text("".join(f"{file},,\n" for file in (*files, f"{info.name}/METADATA")))
        for file in files:
            path = self.packages / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        self.on.add(name)


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    instance, packages = tmp_path / "instance", tmp_path / "site-packages"
    instance.mkdir(mode=0o700)
    packages.mkdir()
    shutil.copy(sqlite_template, instance / "deskcore.db")
    (instance / "secret_key").write_text(SECRET_KEY)
    (instance / "config.toml").write_text(f'plugin_folders = ["{tmp_path / "second"}"]\n')
    monkeypatch.setenv("DESKCORE_INSTANCE", str(instance))
    monkeypatch.syspath_prepend(str(packages))
    before, finders = set(sys.modules), list(sys.meta_path)
    yield Site(instance, packages)
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        if name.startswith("deskcore_"):
            del sys.modules[name]


def empty_folder(site: Site) -> None:
    (site.plugins / "stray").mkdir(parents=True)


def broken_manifest(site: Site) -> None:
    (site.plugin("stray") / "setup.cfg").write_text("[metadata\n")


def rubbish_for_a_manifest(site: Site) -> None:
    (site.plugin("stray") / "setup.cfg").write_bytes(b"\xff\xfe\x00rubbish")


def manifest_that_is_a_folder(site: Site) -> None:
    place = site.plugin("stray")
    (place / "setup.cfg").unlink()
    (place / "setup.cfg").mkdir()


def two_copies(site: Site) -> None:
    site.plugin("stray")
    site.plugin("stray", folder=site.instance.parent / "second")


def ring(site: Site) -> None:
    site.plugin("stray", "", "deskcore-other")
    site.plugin("other", "", "deskcore-stray")


def too_new(site: Site) -> None:
    site.plugin("stray", "", "deskcore>=9")


def module_and_no_package(site: Site) -> None:
    place = site.plugin("stray")
    shutil.rmtree(place / "deskcore_stray")
    (place / "deskcore_stray.py").write_text("raise SystemExit(1)")


def entry_point_elsewhere(site: Site) -> None:
    path = site.plugin("stray") / "setup.cfg"
    path.write_text(path.read_text().replace("= deskcore_stray", "= os"))


def name_of_the_core(site: Site) -> None:
    site.plugin("ticket")


def one_table(site: Site) -> None:
    site.plugin("cars")
    site.plugin("stray", """
        from sqlalchemy.orm import Mapped, mapped_column
        class Car(Base):
            __tablename__ = "cars_car"
            id: Mapped[int] = mapped_column(primary_key=True)
    """)  # fmt: skip


def one_permission(site: Site) -> None:
    site.plugin("stray", f"@hookimpl\ndef register_permissions(): return [Permission('fine.drive', {TEXT})]")


def one_menu_entry(site: Site) -> None:
    entry = f"@hookimpl\ndef register_nav_items(): return [NavItem('workspace', {TEXT}, 'workspace.queue')]"
    site.plugin("cars", entry)
    site.plugin("stray", entry)


def one_request_type(site: Site) -> None:
    kind = f"@hookimpl\ndef register_request_types(): return [RequestType('same', 'it', {TEXT}, {TEXT})]"
    site.plugin("cars", kind)
    site.plugin("stray", kind)


def folder_that_leads_to_itself(site: Site) -> None:
    (site.instance.parent / "second").symlink_to("second")


def file_for_a_folder(site: Site) -> None:
    (site.instance.parent / "second").write_text("no folder")


def setting_of_the_wrong_type(site: Site) -> None:
    site.plugin("stray", f"@hookimpl\ndef register_settings(): return [Setting('limit', {TEXT}, 'int', 5)]")
    with state_of(site) as connection:
        write_setting(connection, "stray", "limit", "many", secret=False)


def wheel_beside_its_package(site: Site) -> None:
    site.wheel("stray", "deskcore_stray/__init__.py", "tests/__init__.py")


def wheel_that_climbs_out(site: Site) -> None:
    site.wheel("stray", "deskcore_stray/__init__.py", "../share/stray.conf")


def wheel_of_a_module(site: Site) -> None:
    site.wheel("stray", "deskcore_stray.py")


def wheel_without_its_package(site: Site) -> None:
    site.wheel("stray")


CASES: list[tuple[Callable[[Site], None], str, str]] = [
    (empty_folder, "stray", "Its folder has no setup.cfg; add one, or remove the folder."),
    (broken_manifest, "stray", "Its setup.cfg has a mistake"),
    (rubbish_for_a_manifest, "stray", "make it a readable text file."),
    (manifest_that_is_a_folder, "stray", "Its setup.cfg cannot be read"),
    (two_copies, "stray", "“stray” is there twice;"),
    (ring, "stray", "These plugins need one another: other → stray → other; remove one need."),
    (too_new, "stray", "install a version of the plugin made for this one."),
    (module_and_no_package, "stray", "which is no package in its folder; add deskcore_stray/__init__.py."),
    (entry_point_elsewhere, "stray", "Its entry point leads to “os” and must lead to the package “deskcore_stray”"),
    (name_of_the_core, "ticket", "begins tables of the core, which would be taken for its own; rename it."),
    (one_table, "stray", "Its table “cars_car” must begin with “stray_”; rename it."),
    (one_permission, "stray", "Its permission “fine.drive” must begin with “stray.”; rename it."),
    (one_menu_entry, "stray", "which plugin “cars” adds already; rename one of the two."),
    (one_request_type, "stray", "Plugin “stray” adds “same” in register_request_types, which plugin “cars” adds"),
    (folder_that_leads_to_itself, "second", "second” cannot be read (Too many levels of symbolic links); give it to"),
    (file_for_a_folder, "second", "second” cannot be read (Not a directory); give it to the user who runs Deskcore"),
    (setting_of_the_wrong_type, "stray", "Its setting “limit” has a value that is no int, so its default is used;"),
    (wheel_beside_its_package, "stray", "It installed “tests/__init__.py” outside its package “deskcore_stray”;"),
    (wheel_that_climbs_out, "stray", "It installed “../share/stray.conf” outside its package “deskcore_stray”;"),
    (wheel_of_a_module, "stray", "a module and no package; make it deskcore_stray/__init__.py."),
    (wheel_without_its_package, "stray", "Its package “deskcore_stray” cannot be found; install it again."),
]


@contextmanager
def state_of(site: Site) -> Iterator[sa.Connection]:
    url = f"sqlite:///{site.instance / 'deskcore.db'}"
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    with state.own_transaction(engine) as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize(("prepare", "name", "says"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_it_is_named_in_the_list_the_log_and_on_the_page_and_everything_else_runs(
    site: Site,
    prepare: Callable[[Site], None],
    name: str,
    says: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.plugin("fine", f"@hookimpl\ndef register_settings(): return [Setting('limit', {TEXT}, 'int', 5)]")
    prepare(site)
    app = create_app({
        "instance": site.instance, "secret_key": SECRET_KEY, "worker_threads": 0, "enabled_plugins": tuple(site.on),
    })  # fmt: skip
    assert says in " ".join(caplog.messages)
    with app.app_context():
        assert all(runtime().plugins.active(each) for each in (*BUNDLED, "fine"))
    app.config["WTF_CSRF_ENABLED"] = False
    browser = Browser(app, "admin@meridian.example")
    assert says in html.unescape(browser.get("/admin/plugins").text)
    assert Browser(app, "anna.kowalska@meridian.example").get("/").status_code == 200
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    capsys.readouterr()
    assert main(["plugin", "list"]) == 0
    assert any(line.startswith(name) and says in line for line in capsys.readouterr().out.splitlines())
    assert main(["plugin", "list", "--json"]) == 0
    reasons = {row["name"]: row["reason"] for row in json.loads(capsys.readouterr().out)}
    assert says in reasons[name]
    assert reasons["fine"] == ""


PAGES = """
import flask
pages = flask.Blueprint("{blueprint}", "x")
pages.add_url_rule("/", "index", lambda: "hello")

@hookimpl
def register_blueprints():
    return [PluginBlueprint(pages, "{access}")]
"""


def started(site: Site) -> Flask:
    return create_app({
        "instance": site.instance, "secret_key": SECRET_KEY, "worker_threads": 0, "enabled_plugins": tuple(site.on),
    })  # fmt: skip


@pytest.mark.parametrize("access", ["public", "portal"])
def test_a_page_is_gone_at_once_when_its_plugin_was_switched_off_elsewhere(site: Site, access: str) -> None:
    site.plugin("stray", PAGES.format(blueprint="stray", access=access))
    app = started(site)
    reader = app.test_client() if access == "public" else Browser(app, "anna.kowalska@meridian.example")
    assert reader.get("/x/stray/").text == "hello"
    with app.app_context():
        declarations = runtime().plugins.declarations
    with state_of(site) as connection:
        state.disable(connection, declarations, "stray")
    assert reader.get("/x/stray/").status_code == 404
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_pages_with_a_name_of_the_core_are_left_out_and_those_of_the_core_are_guarded_as_ever(site: Site) -> None:
    site.plugin("admin", PAGES.format(blueprint="admin", access="public"))
    app = started(site)
    assert app.test_client().get("/x/admin/").status_code == 404
    assert app.test_client().get("/admin/plugins").status_code == 302
    with app.app_context():
        [failure] = read_failures(db.session, "admin")
        assert "a blueprint “admin” is there already" in failure["error"]
        db.session.remove()
        db.engine.dispose()


def test_a_setting_is_named_until_it_is_corrected(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    setting_of_the_wrong_type(site)
    site.plugin("fine")
    settings = {
        "instance": site.instance, "secret_key": SECRET_KEY, "worker_threads": 0, "enabled_plugins": tuple(site.on),
    }  # fmt: skip
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    browser = Browser(app, "admin@meridian.example")
    assert main(["plugin", "disable", "fine"]) == 0
    assert "has a value that is no int" in browser.get("/admin/plugins/stray").text
    seen = browser.seen("/admin/plugins/stray/settings")
    assert browser.post("/admin/plugins/stray/settings", limit="7", seen=seen).status_code == 200
    assert "has a value that is no int" not in browser.get("/admin/plugins/stray").text
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up what the superuser may read; permissions mean nothing to it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that everybody can reach, which those of the tests are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)


@pytest.mark.parametrize(
    ("closed", "says"),
    [
        ("", "cannot be read (Permission denied); give it to the user who runs Deskcore, or remove it."),
        ("stray", "Its setup.cfg cannot be read"),
        ("stray/deskcore_stray", "stray” cannot be read (Permission denied)"),
    ],
)
@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_folder_that_may_not_be_read_is_named_and_the_others_are_found(
    open_folder: Path, closed: str, says: str, mode: int
) -> None:
    writer = Site(open_folder, open_folder)
    writer.plugin("stray", folder=open_folder / "closed")
    writer.plugin("fine", folder=open_folder / "open")
    (open_folder / "closed" / closed).chmod(mode)
    with as_nobody():
        found = find_plugins([open_folder / "closed", open_folder / "open"])
    assert found.declarations["fine"].problem is None
    problems = [str(each.problem) for each in (*found.declarations.values(), *found.ignored) if each.problem]
    assert len(problems) == 1
    assert "cannot be read" in problems[0]
    assert "Permission denied" in problems[0]
    if mode == 0:
        assert says in problems[0]
