"""Tables of the plugin engine: what is on, what went wrong, and which epoch the processes run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.extensions import Base, JSONType


class PluginState(Base):
    """One plugin that was ever seen; kept when its package goes away.

    ``wanted`` is what the administrator chose; ``state`` is what became of it.
    """

    __tablename__ = "plugin_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    wanted: Mapped[bool]
    state: Mapped[str]
    #: A :class:`~deskcore.hooks.sentences.Sentence`, so that it can be read in either language.
    reason: Mapped[dict[str, Any] | None]
    trace: Mapped[str]
    version: Mapped[str]
    #: Revision and files of the plugin's migrations that the database holds.
    schema: Mapped[dict[str, Any] | None]
    #: When too many failures paused the plugin; it is loaded but not called.
    paused_at: Mapped[datetime | None]
    #: Keys of the desks where nothing may be stored without its checks, as its package said when it was last loaded.
    critical: Mapped[list[str] | None]
    updated_at: Mapped[datetime]


class PluginSetting(Base):
    """The value that an administrator gave to one setting of a plugin."""

    __tablename__ = "plugin_setting"

    plugin: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONType, nullable=True)


class PluginFailure(Base):
    """How often a plugin failed in one place, with the latest error."""

    __tablename__ = "plugin_failure"

    plugin: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    error: Mapped[str]
    trace: Mapped[str]


class PluginHealth(Base):
    """How often a plugin was called in one place on one day, by how long it took; all processes together."""

    __tablename__ = "plugin_health"

    day: Mapped[date] = mapped_column(primary_key=True)
    plugin: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str] = mapped_column(primary_key=True)
    #: A class of time of :data:`deskcore.hooks.health.ENDS`, or the one for failures.
    span: Mapped[int] = mapped_column(primary_key=True)
    calls: Mapped[int]


class SystemState(Base):
    """The one row that every process reads to learn of an administrative change."""

    __tablename__ = "system_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    #: Since when a restored installation tells nobody anything; empty once it was released.
    held_since: Mapped[datetime | None]


class Heartbeat(Base):
    """A process that serves or works, and the epoch it started with."""

    __tablename__ = "heartbeat"

    process: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    epoch: Mapped[int]
    at: Mapped[datetime]
