"""Desks in the administration: made, named, turned on and off, with their statuses, teams and business hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.desks.administration import read_desk, read_hours
from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import Text
from deskcore.people.models import Team
from deskcore.people.services import get_person
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker
from tests.web.browsers import Browser

IT = "/admin/desks/it"


def statuses_form(app: Flask, seen: str, **changed: str) -> dict[str, Any]:
    """Return the form of the statuses as a browser sends it, with an empty row at the end."""
    with app.app_context():
        rows = list(read_desk("it").statuses)
    fields: dict[str, Any] = {"seen": seen, "key": [status["key"] for status in rows] + [""]}
    for place, status in enumerate(rows):
        for language in ("en", "pl"):
            fields[f"{place}.title.{language}"] = status["title"][language]
            fields[f"{place}.portal.{language}"] = (status.get("portal") or {}).get(language, "")
    return fields | changed


def keys(app: Flask) -> list[str]:
    with app.app_context():
        return [status["key"] for status in read_desk("it").statuses]


def place_of(app: Flask, key: str) -> int:
    return keys(app).index(key)


@pytest.fixture
def ticket(app: Flask) -> str:
    """Open a ticket of Anna's; give its number."""
    with app.app_context():
        anna = get_person("anna.kowalska@meridian.example")
        with acting_as(Viewer(anna.id, "portal")):
            answers = {"service": "network", "what_happened": "The network is away since this morning."}
            return open_ticket(NewTicket("it", "incident", "No network", "", anna.id, "portal", answers))


def test_the_list_says_who_made_each_desk_and_how_it_is(admin: Any) -> None:
    page = admin.get("/admin/desks").text
    assert "it_desk" in page
    assert 'href="/admin/desks/it"' in page


def test_only_an_administrator_opens_desks(browser: Callable[[str], Any]) -> None:
    assert browser("ola.mazur").get(IT).status_code == 403


def test_a_desk_is_made_without_a_plugin(app: Flask, admin: Any, recorded: Any) -> None:
    fields = {"title_en": "Facilities", "title_pl": "Administracja budynku", "prefix": "fac"}
    page = admin.send("/admin/desks/new", fields).text
    assert "Facilities" in page
    assert "an administrator" in page
    entry = recorded("desk.added")[0]
    assert (entry.subject, entry.actor) == ("fac", "admin@meridian.example")
    with app.app_context():
        refresh()
        assert runtime().catalogue.desk("fac").enabled
        assert [team.key for team in runtime().catalogue.desk("fac").teams] == ["l1"]


def test_a_desk_made_here_stays_when_the_plugins_are_looked_at_again(app: Flask, admin: Any) -> None:
    admin.send("/admin/desks/new", {"title_en": "Facilities", "title_pl": "Budynek", "prefix": "FAC"})
    with app.app_context():
        refresh()
        refresh()
        assert runtime().catalogue.desk("fac").enabled


@pytest.mark.parametrize("prefix", ["", "F", "FACILI", "FÓ", "F1", "../X", "IT", "it"])
def test_a_prefix_that_cannot_be_one_or_is_taken_is_refused(app: Flask, admin: Any, prefix: str) -> None:
    answer = admin.send("/admin/desks/new", {"title_en": "Facilities", "title_pl": "Budynek", "prefix": prefix})
    assert answer.status_code == 422
    assert 'value="Facilities"' in answer.text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(DeskRow)) == 1


def test_a_plugin_cannot_take_over_a_desk_that_was_made_here(app: Flask, admin: Any) -> None:
    admin.send("/admin/desks/new", {"title_en": "Ours", "title_pl": "Nasz", "prefix": "OUR"})
    with app.app_context():
        parts = runtime()
        [item, *_others] = parts.plugins.desks
        theirs = replace(item.value, key="our", prefix="THEIR", title=Text("Theirs", "Ich"))
        contributed = {**parts.plugins.contributed}
        contributed["register_desks"] = (*contributed["register_desks"], Contributed(item.plugin, theirs))
        parts.plugins = replace(parts.plugins, contributed=contributed)
        refresh()
        assert runtime().catalogue.desk("our").title.en == "Ours"
    assert "is left out" in admin.get("/admin/desks").text


def test_another_title_wins_over_the_plugin_and_can_be_taken_back(app: Flask, admin: Any, recorded: Any) -> None:
    admin.get(IT)
    with app.app_context():
        declared = dict(read_desk("it").title)
    admin.send(f"{IT}/title", {"en": "Computers", "pl": "Komputery", "seen": admin.seen(f"{IT}/title")})
    assert recorded("desk.changed")[0].before["title"] == declared
    with app.app_context():
        refresh()
        assert runtime().catalogue.desk("it").title == Text("Computers", "Komputery")
    assert "Yours beside the plugin" in admin.get(IT).text
    admin.post(f"{IT}/take-back", key="title")
    with app.app_context():
        refresh()
        assert runtime().catalogue.desk("it").title == Text(**declared)
    assert "Yours beside the plugin" not in admin.get(IT).text


def test_an_edit_whose_ground_moved_is_listed_until_somebody_keeps_it(app: Flask, admin: Any) -> None:
    admin.get(IT)
    admin.send(f"{IT}/title", {"en": "Computers", "pl": "Komputery", "seen": admin.seen(f"{IT}/title")})
    with app.app_context():
        parts = runtime()
        items = [
            Contributed(item.plugin, replace(item.value, title=Text("Technology", "Technika")))
            for item in parts.plugins.contributed["register_desks"]
        ]
        contributed = {**parts.plugins.contributed, "register_desks": tuple(items)}
        parts.plugins = replace(parts.plugins, contributed=contributed)
        refresh()
        assert runtime().catalogue.desk("it").title.en == "Computers"
    page = admin.get(IT).text
    assert "Technology / Technika" in page
    assert "Keep mine" in page
    assert "Plugin says something new" in admin.get("/admin/desks").text
    assert "Keep mine" not in admin.post(f"{IT}/keep", key="title").text


def test_two_administrators_do_not_overwrite_each_others_title(app: Flask, admin: Any, other: Any) -> None:
    for each in (admin, other):
        each.get(IT)
    path = f"{IT}/title"
    admin.send(path, {"en": "Computers", "pl": "Komputery", "seen": admin.seen(path)})
    answer = other.send(path, {"en": "Machines", "pl": "Maszyny", "seen": other.seen(path)})
    assert answer.status_code == 409
    assert "Computers" in answer.text
    assert "Machines" in answer.text
    with app.app_context():
        assert read_desk("it").title["en"] == "Computers"
    other.send(path, {"en": "Machines", "pl": "Maszyny", "seen": other.seen(path)})
    with app.app_context():
        assert read_desk("it").title["en"] == "Machines"


@pytest.mark.parametrize("title", [{"en": "", "pl": "Komputery"}, {"en": "x" * 81, "pl": "Komputery"}])
def test_a_title_is_short_and_in_both_languages(admin: Any, title: Mapping[str, str]) -> None:
    admin.get(IT)
    answer = admin.send(f"{IT}/title", {**title, "seen": admin.seen(f"{IT}/title")})
    assert answer.status_code == 422
    assert 'value="Komputery"' in answer.text


def test_a_desk_that_is_turned_off_takes_nothing_new_and_stays_off(
    app: Flask, admin: Any, browser: Callable[[str], Any], recorded: Any
) -> None:
    anna = browser("anna.kowalska")
    assert 'name="idempotency_key"' in anna.get("/services/it-incident").text
    admin.post(f"{IT}/switch", on="0")
    assert 'name="idempotency_key"' not in anna.get("/services/it-incident").text
    assert "it-incident" not in anna.get("/services").text
    with app.app_context():
        refresh()
        assert not runtime().catalogue.desk("it").enabled
    assert recorded("desk.disabled")[0].actor == "admin@meridian.example"
    admin.post(f"{IT}/switch", on="1")
    assert 'name="idempotency_key"' in anna.get("/services/it-incident").text


def test_a_status_is_added_renamed_and_removed(app: Flask, admin: Any) -> None:
    admin.get(IT)
    new = str(len(keys(app)))
    added = {f"{new}.title.en": "With the supplier", f"{new}.title.pl": "U dostawcy", f"{new}.category": "on_hold"}
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **added))
    assert "with_the_supplier" in keys(app)
    place = place_of(app, "with_the_supplier")
    renamed = {f"{place}.title.en": "At the supplier’s"}
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **renamed))
    assert "At the supplier’s" in admin.page.text
    removed = {f"{place}.remove": "yes"}
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **removed))
    assert "with_the_supplier" not in keys(app)


def test_before_a_status_that_tickets_have_goes_it_is_asked_which_one_they_get(
    app: Flask, admin: Any, ticket: str
) -> None:
    admin.get(IT)
    new = str(len(keys(app)))
    added = {f"{new}.title.en": "Just in", f"{new}.title.pl": "Przed chwilą", f"{new}.category": "new"}
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **added))
    held = keys(app)
    changed = {
        f"{place_of(app, 'new')}.remove": "yes",
        f"{place_of(app, 'open')}.title.en": "Being done",
        f"{place_of(app, 'just_in')}.title.en": "Just come in",
    }
    page = admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **changed)).text
    assert "1 ticket has this status" in page
    assert keys(app) == held
    with app.app_context():
        titles = {status["key"]: status["title"]["en"] for status in read_desk("it").statuses}
    assert (titles["open"], titles["just_in"]) == ("Being done", "Just come in"), "the rest was saved"
    page = admin.send(f"{IT}/statuses/new/removal", {"target": "just_in"}).text
    assert "0 of 1 tickets" in page
    assert "Being removed" in admin.get(IT).text
    with app.app_context():
        Worker(app).run_once()
    assert "1 ticket has another status now." in admin.get(f"{IT}/statuses/new/removal").text
    assert "new" not in keys(app)
    assert "set the status to Just come in" in _history(app, ticket)


def _history(app: Flask, number: str) -> str:
    return str(Browser(app, "marek.nowak@meridian.example").get(f"/agent/tickets/{number}").text)


def test_a_status_to_remove_needs_another_one_that_the_tickets_can_get(app: Flask, admin: Any) -> None:
    new = str(len(keys(app)))
    added = {f"{new}.title.en": "At the supplier", f"{new}.title.pl": "U dostawcy", f"{new}.category": "on_hold"}
    admin.get(IT)
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **added))
    path = f"{IT}/statuses/at_the_supplier/removal"
    page = admin.get(path).text
    assert "No ticket has this status." in page
    assert page.index('value="on_hold" selected') < page.index('value="open"'), "the same meaning comes first"
    assert "the only one of its meaning" in admin.get(f"{IT}/statuses/closed/removal").text
    answer = admin.send(path, {"target": "new"})
    assert answer.status_code == 422
    assert "Choose the status that the tickets get." in answer.text
    assert admin.get(f"{IT}/statuses/nothing/removal").status_code == 404
    assert admin.send(f"{IT}/statuses/nothing/removal", {"target": "open"}).status_code == 404


def test_how_many_tickets_a_confidential_desk_has_is_not_told(app: Flask, admin: Any, ticket: str) -> None:
    new = str(len(keys(app)))
    added = {f"{new}.title.en": "Just in", f"{new}.title.pl": "Przed chwilą", f"{new}.category": "new"}
    admin.get(IT)
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **added))
    with app.app_context(), unit_of_work() as session:
        session.execute(sa.update(DeskRow).where(DeskRow.key == "it").values(confidential=True))
    page = admin.get(f"{IT}/statuses/new/removal").text
    assert "their number is not told" in page
    assert "1 ticket has" not in page


def test_a_desk_without_tickets_is_deleted_after_its_title_was_typed(app: Flask, admin: Any, recorded: Any) -> None:
    admin.send("/admin/desks/new", {"title_en": "Facilities", "title_pl": "Budynek", "prefix": "FAC"})
    page = admin.get("/admin/desks/fac/delete").text
    assert "1 team" in page
    answer = admin.send("/admin/desks/fac/delete", {"title": "Facility"})
    assert answer.status_code == 422
    assert 'value="Facility"' in answer.text
    assert 'href="#x-title"' in answer.text
    page = admin.send("/admin/desks/fac/delete", {"title": "Facilities"}).text
    assert "The desk “Facilities” was deleted." in page
    assert recorded("desk.removed")[0].subject == "fac"
    assert admin.get("/admin/desks/fac").status_code == 404
    assert admin.send("/admin/desks/fac/delete", {"title": "Facilities"}).status_code == 404


def test_a_desk_that_stays_says_what_to_do_instead(admin: Any) -> None:
    page = admin.get(f"{IT}/delete").text
    assert "Turn the desk or the plugin off instead." in page
    assert admin.send(f"{IT}/delete", {"title": "IT"}).status_code == 422
    assert "Delete the desk" not in admin.get(IT).text


def test_the_part_that_was_just_saved_or_has_something_to_correct_is_unfolded(admin: Any) -> None:
    page = admin.get(IT).text
    assert 'id="hours" open' not in page
    admin.send(f"{IT}/hours", hours_form(admin.seen(f"{IT}/hours")))
    assert 'id="hours" open' in admin.page.text
    answer = admin.send(f"{IT}/hours", hours_form(admin.seen(f"{IT}/hours"), **{"mon.0.begin": "25:00"}))
    assert 'id="hours" open' in answer.text
    assert 'id="statuses" open' not in answer.text


def test_every_meaning_keeps_a_status(app: Flask, admin: Any) -> None:
    admin.get(IT)
    removed = {f"{place_of(app, 'closed')}.remove": "yes"}
    answer = admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **removed))
    assert answer.status_code == 422
    assert "Every meaning needs a status" in answer.text


def test_half_a_name_is_refused_and_kept(app: Flask, admin: Any) -> None:
    admin.get(IT)
    new = str(len(keys(app)))
    half = {f"{new}.title.en": "With the supplier", f"{new}.category": "on_hold"}
    answer = admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **half))
    assert answer.status_code == 422
    assert 'value="With the supplier"' in answer.text
    assert f'href="#s-{new}-title-pl"' in answer.text


def test_two_administrators_do_not_overwrite_each_others_statuses(app: Flask, admin: Any, other: Any) -> None:
    for each in (admin, other):
        each.get(IT)
    path, place = f"{IT}/statuses", place_of(app, "open")
    admin.send(path, statuses_form(app, admin.seen(path), **{f"{place}.title.en": "Being done"}))
    fields = statuses_form(app, other.seen(path), **{f"{place}.title.en": "At work"})
    answer = other.send(path, fields)
    assert answer.status_code == 409
    assert "Being done" in answer.text
    assert "At work" in answer.text


def test_those_who_asked_read_the_desks_own_words(
    app: Flask, admin: Any, browser: Callable[[str], Any], ticket: str
) -> None:
    admin.get(IT)
    place = place_of(app, "new")
    words = {f"{place}.portal.en": "In our inbox", f"{place}.portal.pl": "W naszej skrzynce"}
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **words))
    anna = browser("anna.kowalska")
    for path in ("/", "/requests", f"/requests/{ticket}"):
        page = anna.get(path).text
        assert "In our inbox" in page, path
        assert "Received</span>" not in page, path


def test_the_plugins_statuses_come_back_only_when_no_ticket_loses_its_own(app: Flask, admin: Any, ticket: str) -> None:
    admin.get(IT)
    new = str(len(keys(app)))
    added = {f"{new}.title.en": "With the supplier", f"{new}.title.pl": "U dostawcy", f"{new}.category": "on_hold"}
    admin.send(f"{IT}/statuses", statuses_form(app, admin.seen(f"{IT}/statuses"), **added))
    with app.app_context():
        refresh()
        desk = runtime().catalogue.desk("it")
        marek = get_person("marek.nowak@meridian.example")
        with acting_as(Viewer(marek.id, "workspace", {desk.id: "agent"})):
            services.set_status(ticket, "with_the_supplier")
    answer = admin.post(f"{IT}/take-back", key="statuses")
    assert answer.status_code == 422
    assert "with_the_supplier" in keys(app)
    with app.app_context(), acting_as(SYSTEM) as session:
        assert not check_all(session).findings


def test_a_team_is_added_renamed_and_removed(app: Flask, admin: Any) -> None:
    admin.send(f"{IT}/teams", {"en": "Printers", "pl": "Drukarki", "tier": "2"})
    path = f"{IT}/teams/printers"
    admin.send(path, {"en": "Printing", "pl": "Drukowanie", "tier": "3", "seen": admin.seen(path)})
    with app.app_context():
        team = db.session.scalars(sa.select(Team).where(Team.key == "printers")).one()
        assert (team.title["en"], team.tier) == ("Printing", 3)
    assert "The team was removed." in admin.post(path, action="remove").text


def test_a_team_of_the_plugin_is_renamed_and_not_removed(app: Flask, admin: Any) -> None:
    admin.get(IT)
    path = f"{IT}/teams/l1"
    admin.send(path, {"en": "Front desk", "pl": "Recepcja", "tier": "1", "seen": admin.seen(path)})
    with app.app_context():
        refresh()
        team = runtime().catalogue.desk("it").team("l1")
        assert team is not None
        assert team.title.en == "Front desk"
    answer = admin.post(path, action="remove")
    assert answer.status_code == 422
    assert "needs this team" in answer.text
    admin.post(f"{IT}/take-back", key="team.l1")
    with app.app_context():
        refresh()
        team = runtime().catalogue.desk("it").team("l1")
        assert team is not None
        assert team.title.en != "Front desk"


def hours_form(seen: str, **changed: str) -> dict[str, str]:
    days = [f"{day}.{place}.{side}" for day in ("mon", "sun") for place in (0, 1) for side in ("begin", "end")]
    return dict.fromkeys(days, "") | {"time_zone": "", "holidays": "poland", "seen": seen} | changed


def test_business_hours_are_stored_as_they_were_typed(app: Flask, admin: Any, recorded: Any) -> None:
    admin.get(IT)
    typed = {"mon.0.begin": "8:00", "mon.0.end": "12.00", "mon.1.begin": "13:00", "mon.1.end": "17:00"}
    admin.send(f"{IT}/hours", hours_form(admin.seen(f"{IT}/hours"), **typed))
    with app.app_context():
        hours = read_hours(read_desk("it"))
        assert hours.weekly == {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]}
        assert hours.holidays == "poland"
    assert recorded("desk.changed")[0].after["hours"]["holidays"] == "poland"


@pytest.mark.parametrize(
    "typed",
    [
        {"mon.0.begin": "17:00", "mon.0.end": "08:00"},
        {"mon.0.begin": "25:00", "mon.0.end": "26:00"},
        {"mon.0.begin": "08:00"},
        {"mon.0.begin": "<script>", "mon.0.end": "x"},
        {"time_zone": "Mars/Olympus"},
        {"holidays": "every day"},
    ],
)
def test_hours_that_cannot_be_are_refused_and_kept(app: Flask, admin: Any, typed: dict[str, str]) -> None:
    admin.get(IT)
    answer = admin.send(f"{IT}/hours", hours_form(admin.seen(f"{IT}/hours"), **typed))
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    with app.app_context():
        assert not read_hours(read_desk("it")).weekly


def test_two_administrators_do_not_overwrite_each_others_hours(admin: Any, other: Any) -> None:
    for each in (admin, other):
        each.get(IT)
    path = f"{IT}/hours"
    admin.send(path, hours_form(admin.seen(path), **{"mon.0.begin": "08:00", "mon.0.end": "16:00"}))
    answer = other.send(path, hours_form(other.seen(path), **{"mon.0.begin": "10:00", "mon.0.end": "18:00"}))
    assert answer.status_code == 409
    assert "08:00–16:00" in answer.text
    assert "10:00–18:00" in answer.text


def test_a_desk_that_is_not_there_is_not_found(admin: Any) -> None:
    assert admin.get("/admin/desks/nowhere").status_code == 404
    assert admin.post("/admin/desks/nowhere/switch", on="0").status_code == 404
    assert admin.post(f"{IT}/take-back", key="nothing").status_code == 404
    assert admin.post(f"{IT}/teams/nowhere", action="remove").status_code == 404
