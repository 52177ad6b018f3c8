"""Secrets that are set, typed and made everywhere turn up nowhere: in no log, page, address, file or list."""

from __future__ import annotations

import base64
import logging
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from deskcore.app import create_app
from deskcore.cli import main
from deskcore.config import load_config
from deskcore.extensions import db
from deskcore.hooks import state
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.setting_values import write_setting
from deskcore.people.services import create_person, find_person, grant
from deskcore.people.signing_in import make_reset_link, sign_in
from deskcore.people.tokens import make_token, revoke_tokens
from deskcore.runtime import runtime
from deskcore.worker import Worker
from tests.security.routes import dump, routes

PLUGINS = Path(__file__).parent / "plugins"
EVE, ADA, AGENT = (f"{name}@meridian.example" for name in ("eve", "ada", "marek.nowak"))
FORM = "/services/it-leaky-account"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


#: Secrets that are chosen here; the others are made on the way.
SECRETS = (
    "secret key", "former secret key", "database password", "environment", "password", "password typed wrongly",
    "password as address", "old password typed wrongly", "new password", "password that was too long",
    "reset password", "plugin secret", "sensitive answer", "sensitive draft", "basic password", "token in address",
    "unknown bearer",
)  # fmt: skip


def _secret(length: int = 30) -> str:
    return "Kanarek-" + secrets.token_urlsafe(length)


@dataclass
class Cage:
    """An installation full of secrets, and everything that it ever said.

    :param canaries: secrets by what they are.
    :param said: where, and what.
    :param shown: places where somebody may see a secret because it is theirs, by secret.
    """

    app: Flask
    canaries: dict[str, str]
    said: list[tuple[str, str]] = field(default_factory=list)
    shown: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.canaries[name]

    def hits(self) -> list[str]:
        return [
            f"{name} in {place}"
            for place, text in self.said
            for name, secret in self.canaries.items()
            if secret in text and not place.startswith(self.shown.get(name, ()) or "\0")
        ]


class Browser:
    """A browser whose answers are all kept, head and body."""

    def __init__(self, cage: Cage) -> None:
        self.cage = cage
        self.client = cage.app.test_client()
        self.token = ""

    def open(self, method: str, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        data = {"data": {"csrf_token": self.token, **fields}} if fields is not None else {}
        with self.client.open(path, method=method, **data, **more) as answer:
            text = answer.get_data().decode(errors="replace")
            self.cage.said.append((f"{method} {path}", f"{answer.headers}\n{text}"))
            if found := _TOKEN.search(text):
                self.token = found[1]
        return answer

    def sign_in(self, email: str, password: str) -> TestResponse:
        self.open("GET", "/login")
        answer = self.open("POST", "/login", {"email": email, "password": password, "next": "/profile"})
        self.open("GET", "/profile")
        return answer


@pytest.fixture
def cage(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Cage]:
    """An installation that logs all it can."""
    caplog.set_level(logging.DEBUG)
    canaries = {name: _secret() for name in SECRETS}
    monkeypatch.setenv("DESKCORE_TRACE_HOOKS", "1")
    monkeypatch.setenv("DESKCORE_INSTANCE", str(tmp_path))
    monkeypatch.setenv("SMTP_PASSWORD", canaries["environment"])
    url = make_url(database_url).set(password=canaries["database password"])
    lines = (
        f'secret_key = "{canaries["secret key"]}"',
        f'former_secret_keys = ["{canaries["former secret key"]}"]',
        f'database_url = "{url.render_as_string(hide_password=False)}"',
        f'plugin_folders = ["{PLUGINS}"]',
        "worker_threads = 0",
        'enabled_plugins = ["it_desk", "leaky"]',
    )
    (tmp_path / "config.toml").write_text("\n".join(lines))
    (tmp_path / "config.toml").chmod(0o600)
    app = create_app()
    with app.app_context():
        Migrations(db.engine, runtime().plugins.declarations).upgrade_all()
        with state.own_transaction(db.engine) as connection:
            write_setting(connection, "leaky", "key", canaries["plugin secret"], secret=True)
    found = Cage(app, canaries)
    yield found
    with app.app_context():
        db.engine.dispose()


def _people(cage: Cage) -> None:
    with cage.app.app_context():
        for email in (EVE, ADA):
            create_person(email, email.partition("@")[0].title(), cage["password"], administrator=email == ADA)
        person = find_person(ADA)
        assert person is not None
        grant(person, "it")


def _sign_in_and_change_passwords(cage: Cage) -> Browser:
    stranger, eve = Browser(cage), Browser(cage)
    for _ in range(7):
        stranger.sign_in(AGENT, cage["password typed wrongly"])
        stranger.sign_in(cage["password as address"], cage["password typed wrongly"])
        stranger.sign_in(f"{cage['password as address']}@meridian.example", "x")
    stranger.open("POST", "/login", {"email": "x@x.example", "password": cage["password that was too long"] * 40})
    with cage.app.app_context():
        person = find_person(EVE)
        assert person is not None
        cage.canaries["reset link"] = make_reset_link(person)
    cage.shown["password as address"] = ("POST /login",)  # to whoever typed it, in the field for addresses
    cage.shown["reset link"] = (f"GET /reset/{cage['reset link']}", f"POST /reset/{cage['reset link']}")
    reset = f"/reset/{cage['reset link']}"
    stranger.open("GET", reset)
    stranger.open("PUT", reset)
    for word in ("short", cage["password that was too long"] * 40, cage["reset password"], cage["reset password"]):
        stranger.open("POST", reset, {"password": word})
    stranger.open("GET", "/login", headers={"Referer": f"http://localhost{reset}"})
    assert eve.sign_in(EVE, cage["reset password"]).status_code == 303
    for old, new in (
        (cage["old password typed wrongly"], cage["new password"]),
        (cage["reset password"], "short"),
        (cage["reset password"], cage["new password"]),
    ):
        eve.open("POST", "/profile/password", {"old_password": old, "password": new})
    eve.open("GET", "/profile")
    with eve.client.session_transaction() as session:
        cage.canaries["session secret"] = session["_user_id"]
        cage.canaries["form secret"] = session["csrf_token"]
    cookie = eve.client.get_cookie("deskcore")
    assert cookie is not None
    cage.canaries["cookie"] = cookie.value
    cage.canaries["form token"] = eve.token
    # In the pages that it is for, and in the heads of their answers.
    cage.shown["form token"] = cage.shown["cookie"] = ("GET /", "POST /")
    return eve


def _ask_for_something(cage: Cage, eve: Browser) -> str:
    answers = {"reason": "A new project", "account": cage["sensitive answer"]}
    shown = eve.open("GET", FORM)
    key = re.search(r'name="idempotency_key" value="([^"]+)"', shown.text)
    assert key is not None
    cage.canaries["idempotency key"] = key[1]
    cage.shown["idempotency key"] = (f"GET {FORM}", f"POST {FORM}")
    more: dict[str, Any] = {"_shown": ["reason", "account"], "idempotency_key": key[1]}
    eve.open("POST", f"{FORM}/draft", answers | more | {"account": cage["sensitive draft"], "_step": "1"})
    eve.open("POST", FORM, {"account": cage["sensitive answer"], **more})
    sent = eve.open("POST", FORM, answers | more)
    assert sent.status_code == 303, sent.text
    number = sent.headers["Location"].split("/")[2]
    cage.shown["sensitive answer"] = tuple(
        f"{method} {path}"
        for method in ("GET", "POST")
        for path in (
            FORM,
            f"/requests/{number}",
            f"/agent/tickets/{number}",
            f"/api/v1/tickets/{number}",
            "/api/v1/tickets",
        )
    )
    cage.shown["sensitive draft"] = (f"GET {FORM}", f"POST {FORM}")
    eve.open("POST", f"{FORM}/draft", answers | {"account": cage["sensitive draft"], "_step": "1"})
    return number


def _call_the_api(cage: Cage) -> None:
    with cage.app.app_context():
        person = find_person(ADA)
        assert person is not None
        cage.canaries["void token"] = make_token(person, area="portal").token
        revoke_tokens(person)
        made = make_token(person, "deploy")
        cage.canaries["token"] = made.token
        cage.said.append(("repr", repr(made)))
    basic = base64.b64encode(f"x:{cage['basic password']}".encode()).decode()
    cage.canaries["basic header"] = basic
    program = Browser(cage)
    for value in (
        f"Bearer {cage['token']}",
        f"Bearer {cage['void token']}",
        f"Bearer dc_{cage['unknown bearer']}",
        f"Basic {basic}",
        f"bearer  {cage['token']} x",
        cage["token"],
    ):
        headers = {"Authorization": value, "Idempotency-Key": cage["idempotency key"]}
        for path in ("/api/v1/me", "/api/v1/tickets", "/api/v1/nowhere", "/api/v1/search?q=x", "/profile", "/help"):
            program.open("GET", path, headers=headers)
        program.open("POST", "/api/v1/tickets", headers=headers, json={"desk": 7})
        program.open("POST", "/api/v1/tickets", headers=headers, data="{", content_type="application/json")
    program.open("GET", "/api/v1/me", query_string={"access_token": cage["token in address"]})


def _break(cage: Cage, eve: Browser, number: str) -> None:
    """Let pages, the database and the worker fail while they hold secrets."""
    eve.open("GET", "/x/leaky/broken")
    Worker(cage.app).run_once()
    with cage.app.app_context():
        engine = db.engine
        cage.said += [("repr of the engine", repr(engine)), ("repr of the configuration", repr(runtime().config))]
    for table in ("message", "sign_in", "one_time_link", "throttle", "draft", "api_token"):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_gone")
        away = Browser(cage)
        away.sign_in(EVE, cage["new password"])
        for path in ("/profile", f"/requests/{number}", f"/reset/{cage['reset link']}", "/api/v1/tickets"):
            eve.open("GET", path, headers={"Authorization": f"Bearer {cage['token']}"})
        eve.open("POST", f"/reset/{cage['reset link']}", {"password": cage["reset password"]})
        eve.open("POST", f"{FORM}/draft", {"reason": "x", "account": cage["sensitive draft"], "_step": "2"})
        eve.open("POST", f"/requests/{number}/reply", {"body": "Thank you"})
        old = cage["old password typed wrongly"]
        eve.open("POST", "/profile/password", {"old_password": old, "password": cage["reset password"]})
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table}_gone RENAME TO {table}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM throttle")


def _look_at_everything(cage: Cage, run: Callable[..., str]) -> None:
    ada, eve, nobody = Browser(cage), Browser(cage), Browser(cage)
    assert ada.sign_in(ADA, cage["password"]).status_code == 303
    assert eve.sign_in(EVE, cage["new password"]).status_code == 303
    for route in routes(cage.app):
        if route.method == "GET" and "<" not in route.rule:
            for browser in (ada, eve, nobody):
                browser.open("GET", route.rule)
            nobody.open("GET", route.rule, headers={"Authorization": f"Bearer {cage['token']}"})
    for file in (Path(cage.app.static_folder or "")).iterdir():
        cage.said.append((f"static {file.name}", file.read_text(encoding="utf-8", errors="replace")))
    for command in (
        ("check",),
        ("check", "--json"),
        ("plugin", "list", "--json"),
        ("plugin", "info", "leaky"),
        ("plugin", "doctor"),
        ("audit", "list", "--json"),
        ("audit", "list", "--csv"),
        ("audit", "list"),
        ("audit", "verify", "--json"),
        ("work", "list", "--json"),
        ("work", "status", "--json"),
        ("fsck", "--json"),
        ("db", "current"),
        ("--help",),
        ("user", "grant", EVE, "nowhere"),
        ("user", "token", "nobody@x.example"),
        ("db", "upgrade"),
    ):
        cage.said.append((f"deskcore {' '.join(command)}", run(*command)))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_no_secret_is_said_anywhere(
    cage: Cage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*command: str) -> str:
        main(command)
        said = capsys.readouterr()
        return said.out + said.err

    _people(cage)
    eve = _sign_in_and_change_passwords(cage)
    number = _ask_for_something(cage, eve)
    _call_the_api(cage)
    _break(cage, eve, number)
    _look_at_everything(cage, run)
    cage.said.append(("standard error", "".join(capsys.readouterr())))
    cage.said += [(f"log of {record.name}", caplog.handler.format(record)) for record in caplog.records]
    assert len(cage.canaries) >= 25
    assert any("leaky" in text for place, text in cage.said if place.startswith("log")), "the plugin did fail"
    assert any("Traceback" in text for place, text in cage.said if place.startswith("log"))
    hits = cage.hits()
    assert not hits, "\n".join(hits)
    _nothing_is_stored_in_clear(cage)


def _nothing_is_stored_in_clear(cage: Cage) -> None:
    """Whoever has a copy of the database signs in as nobody, and reads no draft and no sensitive answer."""
    stored = repr(dump(cage.app))
    # Of use to the plugin only as it is; and what is no secret once it was used.
    kept = {"plugin secret", "idempotency key"}
    assert [name for name in cage.canaries.keys() - kept if cage[name] in stored] == []


def test_what_holds_a_secret_does_not_tell_it_when_it_is_printed(cage: Cage) -> None:
    _people(cage)
    with cage.app.test_request_context():
        signed_in = sign_in(EVE, cage["password"], "192.0.2.1")
        person = find_person(EVE)
        for held in (
            load_config(),
            cage.app,
            runtime(),
            runtime().config,
            db.engine,
            db.engine.url,
            signed_in,
            person,
            runtime().plugins,
            runtime().callers,
            cage.app.extensions,
        ):
            assert [name for name in cage.canaries if cage[name] in repr(held) + str(held)] == [], type(held)
        assert signed_in.token not in repr(signed_in)


@pytest.mark.parametrize(
    "values",
    [
        {"database_url": "postgresql+psycopg://u:Kanarek@host:Kanarek/db"},
        {"database_url": "Kanarek"},
        {"database_url": "postgresql+psycopg://u:Kanarek"},
        {"former_secret_keys": 5},
        {"trusted_proxies": "x", "secret_key": "Kanarek"},
    ],
    ids=str,
)
def test_a_configuration_that_is_refused_is_not_quoted(values: dict[str, Any], tmp_path: Path) -> None:
    from deskcore.errors import ConfigurationError

    with pytest.raises(ConfigurationError) as refusal:
        load_config({"instance": tmp_path, **values}, {})
    assert "Kanarek" not in refusal.value.message


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_an_error_of_the_database_quotes_no_value(app: Flask) -> None:
    with app.app_context():
        engine = db.engine
    person = sa.table("person", sa.column("email"), sa.column("name"))
    nameless = person.insert().values(email="Kanarek@x.example", name=None)
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError) as error:
        connection.execute(nameless)
    assert "Kanarek" not in f"{error.value} {error.value.orig}"
