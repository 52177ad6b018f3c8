"""Administrators edit request types in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from deskcore import audit
from deskcore.desks import editing, history
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.differences import edits_between
from deskcore.desks.documents import document_of
from deskcore.desks.editing import edits_to_look_at
from deskcore.desks.models import FormVersion, RequestTypeOverride, RequestTypeVersion
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.contributions import RequestType
from deskcore.hooks.registry import Registry
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

ANSWER = {"options-0.value": "a", "options-0.en": "First", "options-0.pl": "Pierwsza"}


@pytest.fixture
def admin(browser: Callable[[str], Any]) -> Any:
    """Give the administrator of the installation."""
    return browser("admin")


@pytest.fixture
def incident(app: Flask) -> Callable[[], RequestTypeEntry]:
    """Give the request type as it is offered now."""

    def now() -> RequestTypeEntry:
        with app.app_context():
            from deskcore.desks.services import refresh_if_changed

            refresh_if_changed()
            return runtime().catalogue.request_type("it", "incident")

    return now


def form_of(admin: Any, path: str) -> dict[str, Any]:
    """Return what the first form with a revision on a page would send."""
    html = admin.get(path).text
    form = next(part for part in re.findall(r"<form.*?</form>", html, re.S) if "data-previewed" in part)
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            values[name[1]] = (
                value[1].replace("&amp;", "&").replace("&#39;", "'").replace("&#34;", '"') if value else ""
            )
    for name, choices in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', choices) or re.search(r'value="([^"]*)"', choices)
        values[name] = chosen[1] if chosen else ""
    return values


def forms(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(sa.func.count()).select_from(FormVersion)) or 0


def newest(app: Flask) -> audit.EntryView:
    with app.app_context():
        return audit.read_entries(db.session, audit.Wanted(what="request_type"), 1)[0]


def test_the_list_names_every_type_with_its_desk_and_who_declares_it(admin: Any) -> None:
    page = admin.get("/admin/services").text
    assert 'href="/admin/services/it-incident"' in page
    assert "it_desk" in page
    assert "Offered" in page


def test_only_administrators_come_here(browser: Callable[[str], Any]) -> None:
    for path in ("/admin/services", "/admin/services/it-incident", "/admin/services/it-incident/export"):
        assert browser("ola.mazur").get(path).status_code == 403


def test_words_are_changed_in_both_languages_and_recorded(app: Flask, admin: Any, incident: Any) -> None:
    before, count = incident(), forms(app)
    form = form_of(admin, "/admin/services/it-incident")
    page = admin.post("/admin/services/it-incident", **{**form, "title.en": "It broke", "title.pl": "Zepsute"})
    assert "Saved." in page.text
    after = incident()
    assert (after.type.title.en, after.type.title.pl) == ("It broke", "Zepsute")
    assert after.type.fields == before.type.fields
    assert forms(app) == count, "the form is the same one"
    assert after.form_version_id == before.form_version_id
    entry = newest(app)
    assert (entry.action, entry.subject, entry.actor) == (
        "request_type.changed", "it.incident", "admin@meridian.example",
    )  # fmt: skip
    assert entry.before == {"title.en": before.type.title.en, "title.pl": before.type.title.pl}
    assert entry.after == {"title.en": "It broke", "title.pl": "Zepsute"}


def test_a_form_sent_as_it_is_changes_nothing(app: Flask, admin: Any, incident: Any) -> None:
    before = incident()
    page = admin.post("/admin/services/it-incident", **form_of(admin, "/admin/services/it-incident"))
    assert "Nothing has changed." in page.text
    assert incident().revision == before.revision
    for field in before.type.fields:
        path = f"/admin/services/it-incident/fields/{field.key}"
        form = form_of(admin, path)
        conditions = [f"{field.show_if.field}:{value}" for value in field.show_if.values] if field.show_if else []
        admin.post(path, **{**form, "show_if": conditions})
    assert incident().type == before.type


def test_what_is_missing_is_said_beside_it_and_what_was_typed_stays(admin: Any, incident: Any) -> None:
    before = incident()
    form = form_of(admin, "/admin/services/it-incident")
    page = admin.post(
        "/admin/services/it-incident", **{**form, "title.pl": " \u200b", "typical": "soon", "keywords": "kept, words"}
    )
    assert page.status_code == 422
    assert "kept, words" in page.text
    assert "such as 2 h" in page.text
    again = admin.post("/admin/services/it-incident", **{**form, "title.pl": " \u200b", "subject.en": "{nothing}"})
    assert again.status_code == 422
    assert "Write this in both languages." in again.text
    assert "The subject names nothing" in again.text
    assert incident().type == before.type


@pytest.mark.parametrize(
    "kind",
    ["text", "longtext", "int", "money", "date", "daterange", "datetime", "bool", "select", "multiselect", "user",
     "department", "location", "url", "email", "phone", "file", "lines"],
)  # fmt: skip
def test_a_field_of_every_type_is_added_shown_and_removed(app: Flask, admin: Any, incident: Any, kind: str) -> None:
    before = incident()
    path = f"/admin/services/it-incident/new-field?type={kind}"
    form = form_of(admin, path)
    more = {"label.en": "Which floor?", "label.pl": "Które piętro?", "key": "floor", "required": "yes", **ANSWER}
    columns = {"columns-0.key": "room", "columns-0.type": "text", "columns-0.en": "Room", "columns-0.pl": "Pokój"}
    page = admin.post("/admin/services/it-incident/new-field", **{**form, **more, **columns})
    assert "Saved." in page.text, re.findall(r'class="err".*?</p>', page.text)
    field = incident().type.fields[-1]
    assert (field.key, field.type, field.required) == ("floor", kind, True)
    assert incident().form_version_id != before.form_version_id
    admin.client.post("/language", data={"language": "en"})
    assert "Which floor?" in admin.get("/services/it-incident").text
    form = form_of(admin, "/admin/services/it-incident/fields/floor")
    admin.post("/admin/services/it-incident/fields/floor", **{**form, "hint.en": "From 0", "hint.pl": "Od 0"})
    assert incident().type.fields[-1] == replace(field, hint=incident().type.fields[-1].hint)
    admin.get("/admin/services/it-incident/fields/floor/remove")
    admin.post("/admin/services/it-incident/fields/floor/remove", revision=admin.hidden("revision"))
    assert incident().type.fields == before.type.fields
    assert incident().form_version_id == before.form_version_id, "the same form has the id it had"


def test_fields_move_and_a_condition_keeps_them_in_order(app: Flask, admin: Any, incident: Any) -> None:
    before = [field.key for field in incident().type.fields]
    admin.get("/admin/services/it-incident")
    admin.post(
        f"/admin/services/it-incident/fields/{before[1]}/move", to="up", revision=admin.hidden("revision")
    )  # fmt: skip
    moved = [field.key for field in incident().type.fields]
    assert moved == [before[1], before[0], *before[2:]]
    condition = {"label.en": "More", "label.pl": "Więcej", "key": "more", "show_if": "service:mail"}
    form = form_of(admin, "/admin/services/it-incident/new-field?type=text")
    admin.post("/admin/services/it-incident/new-field", **{**form, **condition})
    assert incident().type.fields[-1].show_if.values == ("mail",)
    admin.get("/admin/services/it-incident")
    page = admin.post("/admin/services/it-incident/fields/service/remove", revision=admin.hidden("revision"))
    assert "Change its condition first" in page.text
    assert "service" in [field.key for field in incident().type.fields]


def test_two_administrators_keep_both_texts(app: Flask, browser: Callable[[str], Any], incident: Any) -> None:
    one, other = browser("admin"), browser("admin")
    first, second = form_of(one, "/admin/services/it-incident"), form_of(other, "/admin/services/it-incident")
    one.post("/admin/services/it-incident", **{**first, "summary.en": "Written by one"})
    page = other.post("/admin/services/it-incident", **{**second, "summary.en": "Written by the other"})
    assert page.status_code == 409
    assert "Written by one" in page.text
    assert "Written by the other" in page.text
    assert incident().type.summary.en == "Written by one"
    sent = {**second, "summary.en": "Written by the other", "revision": other.hidden("revision")}
    assert "Saved." in other.post("/admin/services/it-incident", **sent).text
    assert incident().type.summary.en == "Written by the other"


def test_a_field_that_somebody_removed_meanwhile_is_a_conflict_that_keeps_the_text(admin: Any, incident: Any) -> None:
    key = incident().type.fields[-1].key
    path = f"/admin/services/it-incident/fields/{key}"
    form = form_of(admin, path)
    admin.get(f"{path}/remove")
    removed = admin.post(f"{path}/remove", revision=admin.hidden("revision"))
    assert removed.status_code == 200
    page = admin.post(path, **{**form, "label.en": "My better question"})
    assert page.status_code == 409
    assert "My better question" in page.text
    assert key not in [field.key for field in incident().type.fields]


def test_a_removed_field_says_how_many_tickets_use_it_and_they_keep_it(
    app: Flask, admin: Any, marek: Any, opens: Callable[..., str], incident: Any
) -> None:
    number = opens("The printer hums", service="printer")
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        table = Ticket.__table__
        row = dict(session.execute(sa.select(table).where(table.c.number == number)).mappings().one())
        row = {name: value for name, value in row.items() if name != "id" and table.c[name].computed is None}
        copies = [{**row, "number": f"IT-{100_000 + place}"} for place in range(10_000)]
        session.execute(sa.insert(Ticket), copies)
    page = admin.get("/admin/services/it-incident/fields/service/remove").text
    assert "10,001" in page or "10001" in page
    form = form_of(admin, "/admin/services/it-incident")
    admin.post("/admin/services/it-incident", **{**form, "subject.en": "", "subject.pl": ""})
    admin.get("/admin/services/it-incident/fields/service/remove")
    shown = [field for field in incident().type.fields if field.show_if and field.show_if.field == "service"]
    for field in shown:
        admin.get(f"/admin/services/it-incident/fields/{field.key}/remove")
        admin.post(f"/admin/services/it-incident/fields/{field.key}/remove", revision=admin.hidden("revision"))
    admin.get("/admin/services/it-incident/fields/service/remove")
    page = admin.post("/admin/services/it-incident/fields/service/remove", revision=admin.hidden("revision"))
    assert "Old tickets keep their answers" in page.text
    assert "service" not in [field.key for field in incident().type.fields]
    ticket = marek.get(f"/agent/tickets/{number}").text
    assert "Printer" in ticket
    assert marek.get("/agent/tickets/IT-100500").status_code == 200


def test_hostile_words_are_shown_as_words(admin: Any, incident: Any) -> None:
    evil = "<script>alert(1)</script>{{7*7}}\"'><img src=x onerror=alert(1)>"
    form = form_of(admin, "/admin/services/it-incident")
    admin.post(
        "/admin/services/it-incident",
        **{**form, "title.en": evil, "summary.en": evil, "group.en": evil, "group.pl": evil},
    )
    field = form_of(admin, "/admin/services/it-incident/new-field?type=select")
    rows = {"options-0.value": "a", "options-0.en": evil, "options-0.pl": evil}
    typed = {**field, "label.en": evil, "label.pl": evil, "hint.en": evil, "hint.pl": evil, "key": "evil", **rows}
    admin.post("/admin/services/it-incident/new-field", **typed)
    assert incident().type.fields[-1].key == "evil"
    shown = ("", "/it-incident", "/it-incident/fields/evil", "/it-incident/versions")
    for path in (*(f"/admin/services{page}" for page in shown), "/services/it-incident", "/services", "/admin/audit"):
        html = admin.get(path).text
        assert "<script>alert" not in html, path
        assert "<img src=x" not in html, path
    assert "<script>alert" not in admin.post("/admin/services/it-incident/preview", **form, fragment="1").text


def test_the_preview_shows_what_is_typed_in_either_language_and_stores_nothing(admin: Any, incident: Any) -> None:
    before = incident()
    form = form_of(admin, "/admin/services/it-incident")
    typed = {**form, "title.en": "Not saved", "title.pl": "Niezapisane"}
    page = admin.post("/admin/services/it-incident/preview", **typed, preview_language="pl", preview_width="phone").text
    assert "Niezapisane" in page
    assert 'lang="pl"' in page
    assert "phone-wide" in page
    assert "Wyślij" in page, "the words of the portal are Polish"
    assert "Nothing of this is saved yet." in page, "those of the administrator are not"
    part = admin.post("/admin/services/it-incident/preview", **typed, preview_language="en", fragment="1").text
    assert "Not saved" in part
    assert "<html" not in part
    back = admin.post("/admin/services/it-incident", **typed, do="edit").text
    assert 'value="Not saved"' in back
    assert incident().type == before.type
    field = form_of(admin, "/admin/services/it-incident/new-field?type=text")
    shown = admin.post("/admin/services/it-incident/preview", **{**field, "label.en": "A new question"}).text
    assert "A new question" in shown


def test_versions_are_listed_compared_and_brought_back(app: Flask, admin: Any, incident: Any) -> None:
    before = incident()
    form = form_of(admin, "/admin/services/it-incident")
    admin.post("/admin/services/it-incident", **{**form, "title.en": "Second"})
    key = before.type.fields[0].key
    field = form_of(admin, f"/admin/services/it-incident/fields/{key}")
    admin.post(f"/admin/services/it-incident/fields/{key}", **{**field, "label.en": "Asked differently"})
    page = admin.get("/admin/services/it-incident/versions").text
    assert "admin@meridian.example" in page
    assert "Form 2" in page
    assert "Form 3" not in page, "the title is no part of the form"
    compared = admin.get("/admin/services/it-incident/versions/1").text
    assert "Second" in compared
    assert "Asked differently" in compared
    back = admin.post("/admin/services/it-incident/versions/1/restore", revision=admin.hidden("revision"))
    assert "Version 1 is back." in back.text
    assert incident().type == before.type
    assert incident().form_version_id == before.form_version_id
    assert admin.get("/admin/services/it-incident/versions/99").status_code == 404


@pytest.fixture
def upgraded(app: Flask) -> Callable[..., None]:
    """Let the plugin declare its request type differently, as a newer version would."""

    def change(**values: Any) -> None:
        parts = app.extensions["deskcore"]
        found: Registry = parts.plugins
        types = tuple(
            Contributed(item.plugin, replace(item.value, **values)) if item.value.key == "incident" else item
            for item in found.contributed["register_request_types"]
        )
        parts.plugins = replace(found, contributed={**found.contributed, "register_request_types": types})
        with app.app_context():
            from deskcore.desks.services import refresh

            refresh()

    return change


def test_after_an_upgrade_yours_and_new_are_offered(
    app: Flask, admin: Any, incident: Any, upgraded: Callable[..., None]
) -> None:
    before = incident().type
    form = form_of(admin, "/admin/services/it-incident")
    admin.post("/admin/services/it-incident", **{**form, "title.en": "Mine", "summary.en": "My promise"})
    upgraded(title=replace(before.title, en="Newer"), summary=before.summary)
    page = admin.get("/admin/services/it-incident/upgrade").text
    assert "Mine" in page
    assert "Newer" in page
    assert "My promise" not in page, "its ground did not move"
    assert "Changed by its plugin" in admin.get("/admin/services").text
    admin.post("/admin/services/it-incident/upgrade", key="title.en", keep="mine")
    assert incident().type.title.en == "Mine"
    with app.app_context():
        assert edits_to_look_at(db.session(), incident()) == []
    upgraded(title=replace(before.title, en="Newest"), summary=before.summary)
    admin.post("/admin/services/it-incident/upgrade", key="title.en", keep="new")
    assert incident().type.title.en == "Newest"
    assert incident().type.summary.en == "My promise"
    assert newest(app).after == {"title.en": "Newest"}


def secretly(entry: RequestTypeEntry, sensitive: bool) -> RequestType:
    first, *rest = entry.type.fields
    return replace(entry.type, fields=(replace(first, sensitive=sensitive), *rest))


def stored(app: Flask, entry: RequestTypeEntry, edited: RequestType) -> None:
    with app.app_context(), acting_as(SYSTEM):
        latest = history.latest_version(entry.id)
        editing.save(entry, edited, latest.revision if latest else 0, "admin@meridian.example")


def test_what_was_asked_in_confidence_stays_so_also_after_its_field_was_removed(app: Flask, incident: Any) -> None:
    before = incident()
    stored(app, before, secretly(before, True))
    with pytest.raises(Refused, match="stays so"):
        stored(app, incident(), secretly(before, False))
    stored(app, incident(), replace(before.type, fields=before.type.fields[1:]))
    with pytest.raises(Refused, match="stays so"):
        stored(app, incident(), secretly(before, False))
    stored(app, incident(), secretly(before, True))


def test_what_was_asked_in_confidence_is_not_shown_by_following_the_plugin_again(app: Flask, incident: Any) -> None:
    before = incident()
    stored(app, before, secretly(before, True))
    [key] = edits_between(before.type, incident().type)
    with app.app_context(), acting_as(SYSTEM), pytest.raises(Refused, match="stays so"):
        editing.take_new(incident(), key, "admin@meridian.example")
    assert incident().type.fields[0].sensitive


def test_an_edit_whose_field_the_plugin_dropped_is_listed_and_forgotten(
    app: Flask, admin: Any, incident: Any, upgraded: Callable[..., None]
) -> None:
    fields = incident().type.fields
    last = fields[-1]
    path = f"/admin/services/it-incident/fields/{last.key}"
    admin.post(path, **{**form_of(admin, path), "label.en": "Mine"})
    upgraded(fields=fields[:-1], subject=None, description="")
    page = admin.get("/admin/services/it-incident/upgrade").text
    assert "It is gone" in page
    form = form_of(admin, "/admin/services/it-incident")
    admin.post("/admin/services/it-incident", **{**form, "title.en": "Something else"})
    with app.app_context():
        kept = select(RequestTypeOverride.value).where(RequestTypeOverride.key == f"fields.{last.key}.label.en")
        assert db.session.scalar(kept) == "Mine", "another save forgets nothing that nobody has looked at"
    admin.post("/admin/services/it-incident/upgrade", key=f"fields.{last.key}.label.en", keep="mine")
    assert "There is nothing to choose." in admin.get("/admin/services/it-incident/upgrade").text


def test_a_type_is_made_copied_offered_and_asked_for(app: Flask, admin: Any, anna: Any) -> None:
    made = {"desk": "it", "key": "badge", "title.en": "New badge", "title.pl": "Nowy identyfikator",
            "summary.en": "We print it.", "summary.pl": "Wydrukujemy go."}  # fmt: skip
    page = admin.post("/admin/services/new", **made, copy="it/incident")
    assert "made here" in page.text
    assert anna.get("/services/it-badge").status_code in (200, 404)
    assert "New badge" not in anna.get("/services").text
    admin.post("/admin/services/it-badge/offered", on="1")
    assert "New badge" in anna.get("/services").text
    again = admin.post("/admin/services/new", **made)
    assert again.status_code == 422
    assert "Choose another" in again.text
    form = form_of(admin, "/admin/services/it-badge")
    admin.post("/admin/services/it-badge", **{**form, "title.en": "Another badge"})
    assert "Another badge" in anna.get("/services").text
    with app.app_context():
        from deskcore.desks.services import load_catalogue

        assert load_catalogue(runtime().plugins).request_type("it", "badge").offered, "a restart keeps it"
    admin.post("/admin/services/it-badge/offered", on="0")
    assert "Another badge" not in anna.get("/services").text


def test_no_two_types_have_the_same_address(admin: Any) -> None:
    made = {"desk": "it", "title.en": "A badge", "title.pl": "Identyfikator",
            "summary.en": "We print it.", "summary.pl": "Wydrukujemy go."}  # fmt: skip
    assert "made here" in admin.post("/admin/services/new", **made, key="new-badge").text
    again = admin.post("/admin/services/new", **made, key="new_badge")
    assert again.status_code == 422
    assert "Another request type has the address “it-new-badge”." in again.text


@pytest.fixture
def anna(browser: Callable[[str], Any]) -> Any:
    """Anna asks for things."""
    return browser("anna.kowalska")


def test_a_file_goes_out_and_comes_back_with_a_look_before(app: Flask, admin: Any, incident: Any) -> None:
    before = incident()
    text = admin.get("/admin/services/it-incident/export").text
    assert admin.page.headers["Content-Disposition"] == 'attachment; filename="incident.toml"'
    same = admin.post("/admin/services/import", desk="it", name="incident.toml", text=text)
    assert "The file says what is offered already." in same.text
    changed = text.replace(before.type.title.en, "From the file", 1)
    look = admin.post("/admin/services/import", desk="it", name="incident.toml", text=changed)
    assert "From the file" in look.text
    assert incident().type == before.type, "a look stores nothing"
    revision = admin.hidden("revision")
    admin.post(
        "/admin/services/import", desk="it", name="incident.toml", text=changed, revision=revision, confirmed="1"
    )
    assert incident().type.title.en == "From the file"
    new = text.replace('key = "incident"', 'key = "incident_copy"', 1)
    assert "This is a new request type" in admin.post("/admin/services/import", desk="it", name="x.toml", text=new).text
    admin.post("/admin/services/import", desk="it", name="x.toml", text=new, revision="0", confirmed="1")
    assert "it-incident-copy" in admin.get("/admin/services").text


TITLED = 'title = {en = "a", pl = "b"}\nsummary = {en = "a", pl = "b"}\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "TOML"),
        ('key = "x"', "title"),
        ('key = "x"\ntitle = {en = "a"}\n', "title.pl"),
        (TITLED + 'colour = "red"\n', "colour"),
        (TITLED + '[[fields]]\nkey = "a"\ntype = "fax"\n', "fields[0].type"),
        ("a = " + "[" * 3000, "TOML"),
        (TITLED + 'team = "nobody"', "nobody"),
        (TITLED + "[sections.no_such_plugin]\na = 1\n", "No plugin that is on reads the section “no_such_plugin”"),
        (TITLED + "[sections.it_desk]\nsince = 2026-01-01\n", "Write it in quotation marks."),
        (TITLED + "[sections.it_desk]\nlimit = nan\n", "Write it in quotation marks."),
    ],
)  # fmt: skip
def test_a_file_that_is_refused_says_where(app: Flask, admin: Any, text: str, said: str) -> None:
    with app.app_context():
        before = db.session.scalar(select(sa.func.count()).select_from(RequestTypeVersion))
    page = admin.post("/admin/services/import", desk="it", name="bad.toml", text=text, confirmed="1")
    assert page.status_code == 422
    assert said in page.text
    with app.app_context():
        assert db.session.scalar(select(sa.func.count()).select_from(RequestTypeVersion)) == before


def test_eight_mandatory_fields_are_a_warning(admin: Any, incident: Any) -> None:
    for number in range(8):
        form = form_of(admin, "/admin/services/it-incident/new-field?type=text")
        typed = {"label.en": "Q", "label.pl": "P", "key": f"q{number}", "required": "yes"}
        admin.post("/admin/services/it-incident/new-field", **{**form, **typed})
    assert "People put up with seven" in admin.get("/admin/services/it-incident").text


def test_a_date_in_the_section_of_a_plugin_is_written_as_text(incident: Any) -> None:
    dated = replace(incident().type, sections={"it_desk": {"since": date(2026, 1, 31)}})
    assert document_of(dated)["sections"] == {"it_desk": {"since": "2026-01-31"}}
