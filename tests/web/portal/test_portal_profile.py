"""My own settings and password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SETTINGS = "/profile/settings"
PASSWORD = "/profile/password"


def test_settings_are_stored_and_act_at_once(anna: Any) -> None:
    anna.open("/profile")
    page = anna.send(SETTINGS, language="pl", theme="dark", density="compact", time_zone="America/New_York")
    assert page.language == "pl"
    assert 'data-theme="dark"' in page.source
    assert 'data-density="compact"' in page.source
    assert page.form(SETTINGS).values("time_zone") == ["America/New_York"]
    page = anna.send(SETTINGS, language="en", theme="", density="comfortable", time_zone="")
    assert (page.language, "data-theme" in page.source) == ("en", False)
    assert "Your settings were saved." in page.text


def test_an_unknown_time_zone_is_refused_beside_its_field(anna: Any) -> None:
    for zone in ("Europe/Atlantis", "../../etc/passwd", "x" * 500):
        anna.open("/profile")
        page = anna.send(SETTINGS, time_zone=zone)
        assert (anna.status, page.summary) == (422, ["Enter a time zone such as Europe/Warsaw"])
        assert page.form(SETTINGS).values("time_zone") == [zone]


def test_a_value_outside_its_list_changes_nothing(anna: Any) -> None:
    anna.open("/profile")
    page = anna.send(SETTINGS, language="xx", theme="neon", density="<b>", administrator="1")
    assert page.form(SETTINGS).values("language") == [""]
    assert "neon" not in page.source
    anna.open("/admin/plugins")
    assert anna.status == 403


def test_only_who_works_on_a_desk_has_keyboard_shortcuts(anna: Any, browser: Callable[..., Any]) -> None:
    assert "Keyboard shortcuts" not in anna.open("/profile").text
    marek = browser("marek.nowak")
    assert "Keyboard shortcuts" in marek.open("/profile").text
    data = marek.filled(SETTINGS)
    data.pop("shortcuts")
    assert 'data-shortcuts="off"' in marek.post(SETTINGS, data).source


def test_a_new_password_signs_other_browsers_out(browser: Callable[..., Any]) -> None:
    here, elsewhere = browser("anna.kowalska"), browser("anna.kowalska")
    here.open("/profile")
    page = here.send(PASSWORD, old_password="meridian-demo", password="a fresh long password")
    assert "Your password was changed." in page.text
    elsewhere.open("/profile")
    assert elsewhere.path.startswith("/login")
    assert browser().sign_in("anna.kowalska", "a fresh long password").path == "/"


MISTAKES = (
    ("wrong password", "a fresh long password", "This is not your present password."),
    ("meridian-demo", "short", "Use at least 10 characters"),
    ("meridian-demo", "p" * 2000, "Use at most 1024 characters"),
)


def test_a_password_is_not_changed_by_mistake(anna: Any) -> None:
    for old, new, message in MISTAKES:
        anna.open("/profile")
        page = anna.send(PASSWORD, old_password=old, password=new)
        assert (anna.status, page.summary) == (422, [message])
        assert page.inline_errors == [message]
        assert old not in page.source
        assert new not in page.source
