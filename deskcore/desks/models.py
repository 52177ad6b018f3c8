"""Desks, their request types, and the immutable versions of their forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base, JSONType


class DeskRow(Base):
    """A desk as it is stored; it stays when its plugin goes, so that its tickets can still be answered."""

    __tablename__ = "desk"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    #: Name of the plugin that declares it; empty for one that was made in the browser.
    plugin: Mapped[str] = mapped_column(String(60))
    prefix: Mapped[str] = mapped_column(String(5), unique=True)
    title: Mapped[dict[str, Any]]
    icon: Mapped[str] = mapped_column(String(40), default="desk")
    confidential: Mapped[bool] = mapped_column(default=False)
    #: ``[{"key", "category", "title": {"en", "pl"}}]``
    statuses: Mapped[list[dict[str, Any]]] = mapped_column(JSONType)
    position: Mapped[int] = mapped_column(default=100)
    #: False while the plugin is off: no new requests, open ones can still be answered and closed.
    enabled: Mapped[bool] = mapped_column(default=True)
    #: Managers see what their people ask; never on a confidential desk, as with the next one.
    managers_see: Mapped[bool] = mapped_column(default=False)
    #: Managers ask in the name of their people.
    managers_send: Mapped[bool] = mapped_column(default=False)


class RequestTypeRow(Base):
    """A request type as it is stored: the newest declaration, and where its tickets point."""

    __tablename__ = "request_type"
    __table_args__ = (UniqueConstraint("desk_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(60))
    plugin: Mapped[str] = mapped_column(String(60))
    title: Mapped[dict[str, Any]]
    icon: Mapped[str] = mapped_column(String(40), default="file")
    form_version_id: Mapped[int | None] = mapped_column(ForeignKey("form_version.id", ondelete="RESTRICT"))
    enabled: Mapped[bool] = mapped_column(default=True)
    #: What a file would declare, for a type that was made in the browser; such a one has no plugin.
    declaration: Mapped[Any | None] = mapped_column(JSONType)


class RequestTypeOverride(Base):
    """One key of a request type that an administrator changed; it wins over the declaration."""

    __tablename__ = "request_type_override"

    request_type_id: Mapped[int] = mapped_column(ForeignKey("request_type.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[Any] = mapped_column(JSONType)
    #: What was declared when the edit was made or last confirmed.
    before: Mapped[Any | None] = mapped_column(JSONType)


class RequestTypeVersion(Base):
    """A request type as it was offered from one moment on: what can be compared, and brought back."""

    __tablename__ = "request_type_version"

    request_type_id: Mapped[int] = mapped_column(ForeignKey("request_type.id", ondelete="CASCADE"), primary_key=True)
    #: Rises with every change and guards against overwriting somebody else's.
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: Number of the form among the forms of this type: it rises only when the form changes.
    form: Mapped[int]
    form_version_id: Mapped[int] = mapped_column(ForeignKey("form_version.id", ondelete="RESTRICT"))
    #: What a file would declare.
    content: Mapped[dict[str, Any]]
    #: Address of whoever changed it; empty where it followed its plugin.
    by: Mapped[str] = mapped_column(String(254), default="")
    at: Mapped[datetime] = mapped_column(default=now)


class FormVersion(Base):
    """The fields of a form as they were at one time; never changed, because tickets and drafts point at it."""

    __tablename__ = "form_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONType)
    created_at: Mapped[datetime] = mapped_column(default=now)


class NumberSeries(Base):
    """The next ticket number of a prefix."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(5), primary_key=True)
    next: Mapped[int] = mapped_column(default=1)


class PluginDesk(Base):
    """A desk whose tickets a plugin may see when it works by itself, after a commit or in a job."""

    __tablename__ = "plugin_desk"

    plugin: Mapped[str] = mapped_column(String(60), primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), primary_key=True)


class DeskOverride(Base):
    """What an administrator changed about a desk that a plugin declares; it wins over the declaration."""

    __tablename__ = "desk_override"

    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), primary_key=True)
    #: ``title``, ``statuses``, ``enabled``, ``team.<key>``
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[Any] = mapped_column(JSONType)
    #: What the plugin declared when the edit was made or last confirmed.
    base: Mapped[Any] = mapped_column(JSONType)


class DeskHours(Base):
    """When a desk works; a desk without a row works by the clock of the organisation, without an end."""

    __tablename__ = "desk_hours"

    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), primary_key=True)
    #: Empty is the organisation's.
    time_zone: Mapped[str] = mapped_column(String(60), default="")
    #: ``{"mon": [["08:00", "16:00"]], …}``; a day that is missing is free.
    weekly: Mapped[dict[str, Any]]
    #: ``none`` or ``poland``.
    holidays: Mapped[str] = mapped_column(String(20), default="none")


class StatusMove(Base):
    """A status that goes: its tickets are being given another one, or were; afterwards it says what it was called."""

    __tablename__ = "status_move"

    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: The status that the tickets get.
    target: Mapped[str] = mapped_column(String(40))
    category: Mapped[str] = mapped_column(String(20))
    title: Mapped[dict[str, Any]]
    #: Whoever asked for it; the timelines name this person.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    #: ``moving``, ``done``, or ``stopped`` when the target went meanwhile.
    state: Mapped[str] = mapped_column(String(10), default="moving")
    #: Tickets that had it in the beginning, and those that were moved so far.
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
