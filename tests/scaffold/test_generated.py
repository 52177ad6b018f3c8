"""What ``deskcore plugin new`` writes works at once: in an installation, as a wheel, and before its own tests."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import pytest

from deskcore.scaffold.plans import Plan
from deskcore.scaffold.writing import TEMPLATE, rendered, write
from tests.cli.conftest import Command
from tests.processes import surroundings

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
PLANS = (
    Plan("fleet_desk", "Fleet", "Flota", "FL"),
    Plan("travel_and_accommodation_and_events_2024", "Travel, accommodation & events (2024)", "Podróże", "TAE"),
)


def called(*arguments: str | Path, folder: Path, **environment: str) -> str:
    """Run a program and return what it said."""
    done = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, timeout=300, env=surroundings() | environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two plugins beside one another."""
    into = tmp_path_factory.mktemp("written")
    for plan in PLANS:
        write(plan, into)
    return into


@pytest.fixture(params=PLANS, ids=lambda plan: plan.plugin)
def folder(request: pytest.FixtureRequest, plugins: Path) -> Path:
    return plugins / str(request.param.plugin)


def test_its_own_tests_pass_without_a_warning(plugins: Path) -> None:
    said = called(PYTHON, "-m", "pytest", "-q", "-W", "error", folder=plugins / "fleet_desk")
    assert re.search(r"^\d+ passed in", said, re.MULTILINE), said
    assert "skipped" not in said


def test_it_is_written_as_the_project_writes(folder: Path) -> None:
    config = ROOT / "ruff.toml"
    called(PYTHON, "-m", "ruff", "check", "--no-cache", "--config", config, ".", folder=folder)
    called(PYTHON, "-m", "ruff", "format", "--no-cache", "--check", "--config", config, ".", folder=folder)


def test_its_types_hold(plugins: Path) -> None:
    # From the project's folder: what `make types` found out about the core is not found out again.
    called(PYTHON, "-m", "mypy", "-p", "deskcore_fleet_desk", folder=ROOT, MYPYPATH=str(plugins / "fleet_desk"))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.plugin)
def test_every_file_is_short_and_every_value_filled_in(plan: Plan) -> None:
    for path, text in rendered(plan):
        assert len(text.splitlines()) <= 90, path
        assert not re.search(r"\$\{?\w|PACKAGE|DESK", f"{path}\n{text}"), path


def built(folder: Path, into: Path) -> Sequence[str]:
    """Build a wheel without asking for anything from elsewhere, and return the names of its files."""
    wheel = [PYTHON, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", into, folder]
    called(*wheel, folder=into)
    [found] = into.glob("*.whl")
    with ZipFile(found) as archive:
        return archive.namelist()


def test_its_wheel_holds_everything(plugins: Path, tmp_path: Path) -> None:
    packed = built(plugins / "fleet_desk", tmp_path)
    source = plugins / "fleet_desk"
    wanted = [str(path.relative_to(source)) for path in (source / "deskcore_fleet_desk").rglob("*") if path.is_file()]
    assert not {name for name in wanted if "__pycache__" not in name} - set(packed)
    assert not [name for name in packed if name.startswith("tests")]


def test_the_wheel_of_deskcore_holds_the_template(tmp_path: Path) -> None:
    copy = tmp_path / "deskcore-copy"
    (copy / "deskcore").mkdir(parents=True)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        (copy / name).write_bytes((ROOT / name).read_bytes())
    (copy / "deskcore" / "__init__.py").write_bytes((ROOT / "deskcore" / "__init__.py").read_bytes())
    scaffold = ROOT / "deskcore" / "scaffold"
    for path in (path for path in scaffold.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        place = copy / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())
    packed = built(copy, tmp_path)
    wanted = {str(path.relative_to(ROOT)) for path in TEMPLATE.rglob("*") if path.is_file()}
    assert wanted
    assert not wanted - set(packed)


#: Lives with two written plugins as people, programs and workers do.
LIVING = """
import re
import sys

from deskcore.app import create_app
from deskcore.events.jobs import queue_job
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.setting_values import write_setting
from deskcore.people.services import find_person, grant
from deskcore.people.tokens import make_token
from deskcore.runtime import runtime
from deskcore.worker import Worker

app = create_app({"worker_threads": 0, "base_url": "http://localhost"})
app.config["WTF_CSRF_ENABLED"] = False


def signed_in(email):
    browser = app.test_client()
    assert browser.post("/login", data={"email": email, "password": "meridian-demo"}).status_code == 303
    return browser


for name, desk, prefix in (each.split(":") for each in sys.argv[1:]):
    with app.app_context():
        assert runtime().plugins.active(name), runtime().plugins.states[name]
        lead = find_person("ola.mazur@meridian.example")
        grant(lead, desk, "lead")
        headers = {"Authorization": f"Bearer {make_token(lead).token}"}
        db.session.remove()
    program, item = app.test_client(), f"/api/v1/x/{name}/items/A-1"
    assert program.put(item, json={"name": f"Ladder of {name}"}, headers=headers).status_code == 200
    assert program.get(item, headers=headers).json["name"] == f"Ladder of {name}"
    assert name in program.get("/api/v1/openapi.json", headers=headers).text

    anna, form = signed_in("anna.kowalska@meridian.example"), f"/services/{desk}-{desk}-request".replace("_", "-")
    assert anna.get(form).status_code == 200, form
    sent = anna.post(form, data={"what": "A ladder", "item": "a-1", "details": "", "idempotency_key": name})
    assert sent.status_code == 303, sent.text
    [number] = re.findall(rf"\\b{prefix}-\\d+", sent.headers["Location"])
    page = signed_in("ola.mazur@meridian.example").get(f"/agent/tickets/{number}").text
    assert f"Ladder of {name}" in page

    assert program.put(item, json={"name": "Ladder", "retired": True}, headers=headers).status_code == 200
    with app.app_context():
        with state.own_transaction(db.engine) as connection:
            write_setting(connection, name, "keep_days", 0, secret=False)
        queue_job(f"{name}.{name}_tidy")
        db.session.remove()
    Worker(app).run_once()
    assert program.get(item, headers=headers).status_code == 404
"""


@pytest.mark.usefixtures("ready")
def test_two_of_them_live_in_one_installation(run: Command, instance: Path) -> None:
    for plan in PLANS:
        write(plan, instance / "plugins")
        outcome = run("plugin", "enable", plan.plugin)
        assert outcome.code == 0, outcome.err
    states = {row["name"]: row["state"] for row in run("plugin", "list", "--json").json}
    assert {states[plan.plugin] for plan in PLANS} == {"enabled"}
    given = [f"{plan.plugin}:{plan.values['desk']}:{plan.prefix}" for plan in PLANS]
    called(PYTHON, "-W", "error", "-c", LIVING, *given, folder=instance)
