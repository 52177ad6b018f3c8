"""Imports that were begun in the browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from deskcore.clock import now
from deskcore.extensions import Base


class ImportRun(Base):
    """A file that an administrator sent, how it is to be read, and what became of it."""

    __tablename__ = "import_run"

    #: Token of the upload that holds the file, and its name in addresses.
    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    #: ``people`` or ``tickets``.
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    #: Columns by target under ``map``, and what else the form asks.
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    #: ``mapping``, ``waiting`` for a worker, ``running``, ``done`` or ``refused``.
    state: Mapped[str] = mapped_column(String(10), default="mapping")
    #: Whether it only looks at the rows, and stores nothing.
    dry: Mapped[bool] = mapped_column(default=True)
    #: Bytes that were read so far.
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
