"""People, where they work and what they may do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from deskcore.clock import now
from deskcore.extensions import Base, JSONType

#: Addresses of people who are nobody: one stands for all who send tickets without a name, the other for those whom an
#: imported file does not name. No mail can be sent there.
STAND_IN, IMPORTED = "anonymous@deskcore.invalid", "imported@deskcore.invalid"
STAND_INS = (STAND_IN, IMPORTED)


class Department(Base):
    """A department of the organisation."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="SET NULL"))


class Location(Base):
    """A place where people work."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Person(Base):
    """Somebody the helpdesk knows: every requester, agent and administrator is one.

    ``email`` is kept in the normalised form of :func:`deskcore.people.services.normalise_email`, so that two
    spellings of one address cannot be two accounts.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    administrator: Mapped[bool] = mapped_column(default=False)
    auditor: Mapped[bool] = mapped_column(default=False)
    phone: Mapped[str] = mapped_column(String(60), default="")
    job_title: Mapped[str] = mapped_column(String(200), default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="SET NULL"), index=True)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id", ondelete="SET NULL"))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    #: ``en`` or ``pl``; empty follows the browser.
    language: Mapped[str] = mapped_column(String(5), default="")
    #: ``light`` or ``dark``; empty follows the system.
    theme: Mapped[str] = mapped_column(String(10), default="")
    density: Mapped[str] = mapped_column(String(12), default="comfortable")
    time_zone: Mapped[str] = mapped_column(String(60), default="")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    #: Keys by the name of a command, where they are not the usual ones; ``""`` for none.
    own_keys: Mapped[dict[str, Any] | None]
    #: Panels of plugins beside a ticket that are not shown, by the names that addresses give them.
    hidden_panels: Mapped[list[str] | None] = mapped_column(JSONType)
    created_at: Mapped[datetime] = mapped_column(default=now)

    department: Mapped[Department | None] = relationship(lazy="raise")
    location: Mapped[Location | None] = relationship(lazy="raise")
    manager: Mapped[Person | None] = relationship(remote_side=[id], lazy="raise")


def is_somebody() -> ColumnElement[bool]:
    """Return the condition that a person is somebody, and does not stand for others.

    An account that had the address before it was kept for this can still be found while it has access, to be closed.
    """
    return or_(Person.email.not_in(STAND_INS), Person.active)


class FormerAddress(Base):
    """An address that somebody had before: files that still name it mean this person, and nobody else can get it."""

    __tablename__ = "former_address"

    #: In the one spelling, as :attr:`Person.email`.
    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime] = mapped_column(default=now)


class Team(Base):
    """A team of a desk, on one tier of support."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("desk_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(60))
    title: Mapped[dict[str, Any]]
    #: 1 for first line up to 3 for specialists.
    tier: Mapped[int] = mapped_column(default=1)


class TeamMember(Base):
    """Somebody's place in a team."""

    __tablename__ = "team_member"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)


class DeskGrant(Base):
    """The right to work on a desk: as agent, or as the lead who also gives that right to others."""

    __tablename__ = "desk_grant"
    __table_args__ = (CheckConstraint("role IN ('agent', 'lead')", name="role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(10), default="agent")
    granted_at: Mapped[datetime] = mapped_column(default=now)


class SignIn(Base):
    """One signed-in browser; only the hash of its secret is stored."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    browser: Mapped[str] = mapped_column(String(200), default="")


class SeeAs(Base):
    """An administrator's browser that shows pages as somebody else sees them; it ends with the sign-in."""

    __tablename__ = "see_as"

    token_hash: Mapped[str] = mapped_column(ForeignKey("sign_in.token_hash", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime]


class Throttle(Base):
    """Attempts counted in a window; one row per thing that is guarded."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    window_ends_at: Mapped[datetime]


class OneTimeLink(Base):
    """A link that lets its holder set a password once."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token of a person for the API, limited to an area and to scopes."""

    __tablename__ = "api_token"
    __table_args__ = (CheckConstraint("area IN ('portal', 'workspace')", name="area"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100), default="")
    area: Mapped[str] = mapped_column(String(10))
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


Index("ix_person_active_name", Person.active, Person.name)
