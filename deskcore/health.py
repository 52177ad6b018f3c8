"""How the installation is, for the command line and for the administration: disk, backups, administrators."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from deskcore import audit
from deskcore.config import Config
from deskcore.extensions import Executor
from deskcore.people.models import Person

#: A backup older than this is no help against yesterday's mistake.
BACKUP_OLD = timedelta(days=2)


@dataclass(frozen=True)
class Disk:
    """Room on the disk of the instance folder, in bytes.

    :param kept: what files leave free for what people write.
    """

    free: int
    total: int
    kept: int

    @property
    def short(self) -> bool:
        """Whether files are refused already, or soon will be."""
        return self.free < self.kept * 2


def disk(config: Config) -> Disk:
    """Return how much room there is."""
    usage = shutil.disk_usage(config.instance)
    return Disk(usage.free, usage.total, config.keep_free)


def last_backup(on: Executor) -> datetime | None:
    """Return when the newest backup was made, as far as the log says; nothing when none was."""
    found = audit.read_entries(on, audit.Wanted(what="backup.made"), 1)
    return found[0].at if found else None


def administrators(on: Executor) -> int:
    """Return how many administrators have access."""
    return on.execute(select(func.count()).where(Person.administrator, Person.active)).scalar() or 0
