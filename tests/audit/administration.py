"""An administrator who does whatever comes to mind, through the services that pages and commands call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa

from deskcore import audit
from deskcore.desks import administration, editing, teams
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.hours import Hours
from deskcore.desks.models import DeskRow, RequestTypeOverride, RequestTypeRow
from deskcore.desks.services import refresh
from deskcore.errors import Refused, TooMany
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.hooks import state
from deskcore.hooks.contributions import RequestType, Text
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.sentences import sentence
from deskcore.hooks.setting_values import write_setting
from deskcore.hooks.sources import find_plugins
from deskcore.importing.mapping import FieldMap
from deskcore.importing.people import import_people
from deskcore.importing.sources import Source
from deskcore.organisation.services import change_look, read_look, set_logo, texts_of
from deskcore.people import services
from deskcore.people.absence_models import Absence
from deskcore.people.absences import (
    Days,
    change_absence,
    end_absence,
    plan_absence,
    seen_of,
    today_of,
)
from deskcore.people.addresses import change_address, give_up_address
from deskcore.people.administration import (
    change_person,
    particulars,
    reactivate,
    revoke_token,
    token_handle,
    tokens_of,
    whole_person,
)
from deskcore.people.assistants import name_assistant, withdraw_assistant
from deskcore.people.granting import change_rights, read_rights
from deskcore.people.models import Person, Team
from deskcore.people.services import get_person
from deskcore.people.signing_in import change_password, make_reset_link, sign_in, use_reset_link
from deskcore.people.tokens import make_token, revoke_tokens
from deskcore.runtime import runtime
from deskcore.tickets.desk_removal import remove_desk
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.services import emergency
from deskcore.tickets.status_moves import begin_move, move_tickets
from deskcore.viewer import Viewer
from deskcore.work import acting_as, unit_of_work

from .explained import Entries, Tables, snapshot

#: The smallest picture.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)
MANIFEST = """
[metadata]
name = deskcore-{name}
version = 1.0
[options]
install_requires = deskcore>=0.1
[options.entry_points]
deskcore.plugins =
    {name} = deskcore_{name}
"""


def head() -> int:
    found = audit.read_head(db.session).sequence
    db.session.rollback()
    return found


class Administration:
    """An installation with an administrator who does whatever comes to mind."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.folder = folder
        self.count = 0
        self.before, self.end = snapshot(), head()
        anna = get_person("anna.kowalska@meridian.example")
        with acting_as(Viewer(anna.id, "portal")):
            self.ticket = open_ticket(
                NewTicket("it", "incident", "It jams", "", anna.id, "portal", {"service": "mail"})
            )

    def look(self) -> None:
        """Begin to watch now: what an operation did so far was only to prepare something."""
        self.before, self.end = snapshot(), head()

    def run(self, operation: Callable[[], None]) -> tuple[Tables, Tables, Entries]:
        """Run one operation, and give the rows before and after with what was recorded meanwhile."""
        self.look()
        try:
            operation()
        except (Refused, TooMany):
            db.session.rollback()
        entries = audit.read_entries(db.session, audit.Wanted(), 10_000, newer_than=self.end)
        db.session.rollback()
        return self.before, snapshot(), entries

    @property
    def operations(self) -> list[Callable[[], None]]:
        return [getattr(self, name) for name in sorted(vars(Administration)) if name.startswith("op_")]

    def person(self) -> Person:
        return self.random.choice(db.session.scalars(sa.select(Person).order_by(Person.id)).all())

    def desk(self) -> str:
        return str(self.random.choice(db.session.scalars(sa.select(DeskRow.key).order_by(DeskRow.key)).all()))

    def plugin(self) -> str:
        return self.random.choice(sorted(runtime().plugins.declarations))

    def fresh(self) -> str:
        self.count += 1
        return f"person{self.count}@meridian.example"

    def op_create_person(self) -> None:
        password = self.random.choice([None, "correct horse battery"])
        services.create_person(self.fresh(), "Somebody", password, auditor=self.random.random() < 0.3)

    def op_set_password(self) -> None:
        services.set_password(self.person(), "correct horse battery")

    def op_change_own_password(self) -> None:
        person = services.create_person(self.fresh(), "Somebody", "correct horse battery")
        self.look()
        change_password(person, "correct horse battery", "another horse battery", "")

    def op_deactivate(self) -> None:
        services.deactivate(self.person())

    def op_set_rights(self) -> None:
        person = self.person()
        services.set_rights(person, administrator=self.random.choice([None, True, False]), auditor=not person.auditor)

    def op_update_profile(self) -> None:
        services.update_profile(self.person(), {"language": self.random.choice(["en", "pl"])})

    def op_grant(self) -> None:
        services.grant(self.person(), self.desk(), self.random.choice(["agent", "lead"]))

    def op_revoke(self) -> None:
        person, desk = self.person(), self.desk()
        services.grant(person, desk)
        self.look()
        services.revoke(person, desk)

    def op_join_team(self) -> None:
        desk_id, key = self.random.choice(db.session.execute(sa.select(Team.desk_id, Team.key).order_by(Team.id)).all())
        services.join_team(self.person(), db.session.get_one(DeskRow, desk_id).key, key)

    def op_make_token(self) -> None:
        make_token(self.person(), "for a script", area="portal")

    def op_revoke_tokens(self) -> None:
        person = self.person()
        make_token(person, "for a script", area="portal")
        self.look()
        revoke_tokens(person)

    def op_make_reset_link(self) -> None:
        make_reset_link(self.person())

    def op_use_reset_link(self) -> None:
        use_reset_link(make_reset_link(self.person()), "correct horse battery")

    def op_sign_in_wrongly_until_it_locks(self) -> None:
        email = self.person().email
        for _ in range(runtime().config.sign_in_attempts + 1):
            sign_in_or_not(email, "wrong", f"192.0.2.{self.random.randrange(250)}")

    def op_administrator_signs_in(self) -> None:
        email = self.fresh()
        services.create_person(email, "Administrator", "correct horse battery", administrator=True)
        self.look()
        sign_in(email, "correct horse battery", "192.0.2.1")

    def switch(self, name: str, *, on: bool) -> None:
        with unit_of_work() as session:
            (state.enable if on else state.disable)(session, runtime().plugins.declarations, name)

    def op_enable_plugin(self) -> None:
        name = self.plugin()
        self.switch(name, on=False)
        self.look()
        self.switch(name, on=True)

    def op_disable_plugin(self) -> None:
        name = self.plugin()
        self.switch(name, on=True)
        self.look()
        self.switch(name, on=False)

    def op_pause_plugin(self) -> None:
        with unit_of_work() as session:
            state.pause(session, self.plugin(), sentence("It failed too often."))

    def op_resume_plugin(self) -> None:
        name = self.plugin()
        self.switch(name, on=True)
        self.look()
        with unit_of_work() as session:
            state.pause(session, name, sentence("It failed too often."))
        self.look()
        with unit_of_work() as session:
            state.resume(session, name)

    def op_quarantine_plugin(self) -> None:
        name = self.plugin()
        self.switch(name, on=True)
        self.look()
        with unit_of_work() as session:
            state.mark_quarantined(session, name, sentence("It failed."))

    def op_find_plugin(self) -> None:
        self.count += 1
        place = self.folder / f"plugins{self.count}" / f"fleet{self.count}"
        place.mkdir(parents=True)
        place.joinpath("setup.cfg").write_text(MANIFEST.format(name=place.name), encoding="utf-8")
        with unit_of_work() as session:
            state.first_sight(session, find_plugins([place.parent]).declarations)

    def op_change_setting(self) -> None:
        secret, value = self.random.choice([True, False]), self.random.randrange(100)
        with unit_of_work() as session:
            write_setting(session, self.plugin(), "limit", value, secret=secret)

    def op_a_desk_follows_its_plugin(self) -> None:
        on = self.random.choice([True, False])
        for wanted in (not on, on):
            self.switch("dummy_all", on=wanted)
            self.look()
            refresh()

    def op_take_over_what_a_newer_plugin_declares(self) -> None:
        self.switch("dummy_all", on=True)
        refresh()
        with unit_of_work() as session:
            session.execute(sa.update(DeskRow).values(icon="star"))
            session.execute(sa.update(RequestTypeRow).values(title={"en": "Old", "pl": "Stare"}))
            session.execute(sa.update(Team).values(tier=9))
        self.look()
        refresh()

    def op_take_over_a_new_desk(self) -> None:
        self.switch("dummy_all", on=True)
        with unit_of_work() as session:
            session.execute(sa.delete(DeskRow).where(DeskRow.key == "dummy"))
        self.look()
        refresh()

    def request_type(self) -> RequestTypeEntry:
        self.switch("dummy_all", on=True)
        refresh()
        types = [entry for entry in runtime().catalogue.types.values() if entry.plugin]
        return self.random.choice(sorted(types, key=lambda entry: entry.slug))

    def op_change_request_type(self) -> None:
        self.change(self.request_type())

    def change(self, entry: RequestTypeEntry) -> None:
        self.count += 1
        self.look()
        edited = replace(entry.type, title=Text(f"Title {self.count}", f"Tytuł {self.count}"))
        editing.save(entry, edited, entry.revision, "admin@meridian.example")

    def op_offer_request_type(self) -> None:
        editing.offer(self.request_type(), offered=self.random.choice([True, False]))

    def op_add_request_type(self) -> None:
        self.count += 1
        desk = self.request_type().desk.key
        self.look()
        title = Text(f"Title {self.count}", f"Tytuł {self.count}")
        editing.create(RequestType(f"made{self.count}", desk, title, title), "admin@meridian.example", offered=False)

    def op_confirm_an_edit(self) -> None:
        entry = self.request_type()
        self.change(entry)
        with unit_of_work() as session:
            edits = sa.update(RequestTypeOverride).where(RequestTypeOverride.key == "title.en")
            session.execute(edits.values(before="Something older"))
        self.look()
        editing.keep_mine(entry, "title.en")

    def texts(self, what: str) -> dict[str, str]:
        self.count += 1
        return {"en": f"{what} {self.count}", "pl": f"{what} po polsku {self.count}"}

    def own_desk(self) -> str:
        self.count += 1
        letters = "".join(chr(65 + int(digit)) for digit in f"{self.count:04}")
        return administration.add_desk(f"X{letters}", self.texts("Desk"), confidential=False)

    def op_add_desk(self) -> None:
        self.own_desk()

    def op_rename_desk(self) -> None:
        key = self.desk()
        administration.rename_desk(key, self.texts("Desk"), fingerprint(administration.read_desk(key).title))

    def op_take_a_title_back(self) -> None:
        self.switch("dummy_all", on=True)
        refresh()
        seen = fingerprint(administration.read_desk("dummy").title)
        administration.rename_desk("dummy", self.texts("Desk"), seen)
        self.look()
        administration.take_back("dummy", "title")

    def op_switch_desk(self) -> None:
        key = self.own_desk()
        self.look()
        administration.switch_desk(key, on=False)

    def op_change_statuses(self) -> None:
        key = self.desk()
        held = list(administration.read_desk(key).statuses)
        new = {"key": "", "category": "on_hold", "title": self.texts("Status")}
        administration.change_statuses(key, [*held, new], fingerprint(held))

    def op_change_hours(self) -> None:
        key = self.desk()
        held = administration.read_hours(administration.read_desk(key))
        begin = f"{self.random.randrange(10):02}:00"
        administration.change_hours(key, Hours(weekly={"mon": [[begin, "17:00"]]}), fingerprint(asdict(held)))

    def op_change_teams(self) -> None:
        key = self.own_desk()
        self.look()
        teams.add_team(key, {"en": "Printers", "pl": "Drukarki"}, 2)

    def op_rename_team(self) -> None:
        key = self.own_desk()
        team = administration.read_team(administration.read_desk(key), "l1")
        self.look()
        teams.rename_team(key, "l1", self.texts("Team"), 3, fingerprint([team.title, team.tier]))

    def op_remove_team(self) -> None:
        key = self.own_desk()
        self.look()
        teams.remove_team(key, "l1")

    def op_remove_desk(self) -> None:
        key = self.own_desk()
        services.grant(self.person(), key)
        self.look()
        remove_desk(key, str(administration.read_desk(key).title["en"]))

    def op_begin_to_remove_a_status(self) -> None:
        key, status = self.added_status()
        self.look()
        begin_move(key, status, "on_hold", self.person().id)

    def op_remove_a_status(self) -> None:
        key, status = self.added_status()
        begin_move(key, status, "on_hold", self.person().id)
        self.look()
        move_tickets({"desk": key, "status": status})

    def added_status(self) -> tuple[str, str]:
        """Return a desk and a status that it got just now."""
        key = self.own_desk()
        row = administration.read_desk(key)
        new = {"key": "", "category": "on_hold", "title": self.texts("Status")}
        administration.change_statuses(key, [*row.statuses, new], fingerprint(row.statuses))
        statuses = administration.read_desk(key).statuses
        return key, next(held["key"] for held in statuses if held["title"] == new["title"])

    def op_change_address(self) -> None:
        email = services.create_person(self.fresh(), "Somebody").email
        make_reset_link(get_person(email))
        self.look()
        change_address(email, self.fresh(), fingerprint(email))

    def op_give_up_address(self) -> None:
        email = services.create_person(self.fresh(), "Somebody").email
        new = change_address(email, self.fresh(), fingerprint(email)).email
        self.look()
        give_up_address(new, email)

    def planned(self) -> tuple[Person, str, Days]:
        """Let somebody new be away, and begin to watch."""
        person = services.create_person(self.fresh(), "Somebody")
        days = Days(today_of(person), today_of(person))
        token = plan_absence(person, days)
        self.look()
        return person, token, days

    def op_plan_absence(self) -> None:
        person = services.create_person(self.fresh(), "Somebody")
        self.look()
        plan_absence(person, Days(today_of(person), today_of(person)))

    def op_change_absence(self) -> None:
        person, token, days = self.planned()
        absence = db.session.scalars(sa.select(Absence).where(Absence.token == token)).one()
        change_absence(person, token, replace(days, last=days.last + timedelta(days=1)), seen_of(absence))

    def op_end_absence(self) -> None:
        person, token, _days = self.planned()
        end_absence(person, token)

    def op_name_an_assistant(self) -> None:
        person = services.create_person(self.fresh(), "Somebody")
        other = services.create_person(self.fresh(), "Somebody else")
        self.look()
        name_assistant(person, other.email)

    def op_withdraw_an_assistant(self) -> None:
        person = services.create_person(self.fresh(), "Somebody")
        other = services.create_person(self.fresh(), "Somebody else")
        name_assistant(person, other.email)
        self.look()
        withdraw_assistant(person, other.email)

    def op_change_look(self) -> None:
        held = texts_of(read_look())
        change_look({**held, "organisation": self.texts("Name")["en"]}, fingerprint(held))

    def op_change_logo(self) -> None:
        set_logo(PNG if self.random.random() < 0.5 else None)

    def op_change_person(self) -> None:
        email = self.person().email
        held = particulars(whole_person(email))
        change_person(email, {**held, "phone": str(self.random.random()), "manager": ""}, fingerprint(held))

    def op_name_a_new_department(self) -> None:
        email = services.create_person(self.fresh(), "Somebody").email
        held = particulars(whole_person(email))
        self.look()
        change_person(email, {**held, "department": f"New {self.count}"}, fingerprint(held))

    def op_reactivate(self) -> None:
        person = services.create_person(self.fresh(), "Somebody")
        services.deactivate(person)
        self.look()
        reactivate(person.email)

    def op_revoke_one_token(self) -> None:
        person = services.create_person(self.fresh(), "Somebody")
        make_token(person, "for a script", area="portal")
        self.look()
        revoke_token(person.email, token_handle(tokens_of(person)[0]))

    def op_change_rights_as_a_whole(self) -> None:
        person = services.create_person(self.fresh(), "Somebody")
        self.look()
        wanted = {"administrator": True, "auditor": False, "desks": {self.desk(): "agent"}}
        change_rights(person.email, wanted, fingerprint(read_rights(person)))

    def op_import_people(self) -> None:
        path = self.folder / "people.csv"
        rows = [f"{self.fresh()},Somebody,Department {self.count},Place {self.count}" for _ in range(3)]
        path.write_text("\n".join(["email,name,department,location", *rows]), encoding="utf-8")
        with Source(path) as source:
            import_people(source, FieldMap())

    def op_break_glass(self) -> None:
        email = services.create_person(self.fresh(), "Somebody").email
        self.look()
        with acting_as(Viewer(get_person(email).id, "portal", administrator=True)):
            emergency.ask(self.ticket, "Somebody needs it at once")
            token = emergency.emergencies()[0].token
        with acting_as(_agent()):
            emergency.decide(token, agreed=True)
            emergency.end(token)

    def op_migrate_plugin(self) -> None:
        migrations = Migrations(db.engine, runtime().plugins.declarations)
        if migrations.current("dummy_all"):
            migrations.downgrade_plugin("dummy_all")
        else:
            assert migrations.upgrade_plugin("dummy_all")


def _agent() -> Viewer:
    desk = runtime().catalogue.desk("it")
    return Viewer(get_person("marek.nowak@meridian.example").id, "workspace", {desk.id: "lead"})


def sign_in_or_not(email: str, password: str, address: str) -> None:
    with suppress(Refused, TooMany):
        sign_in(email, password, address)
