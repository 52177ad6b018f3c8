"""What is forgotten: whom a notice affected that has long been over, and who read it; how many it were is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from deskcore.plugin import now, unit_of_work
from deskcore_announcements.models import Affected, Notice, Seen

#: How long names are kept after the end of a notice, and how many notices are tidied at once.
KEPT, AT_ONCE = timedelta(days=90), 100
_UNTRACKED = {"synchronize_session": False}


def tidy(payload: Mapping[str, Any]) -> None:
    """Forget names, a part at a time; the job."""
    while _tidy_some():
        pass


def _tidy_some() -> int:
    named = select(Affected.notice_id).where(Affected.notice_id == Notice.id).exists()
    read = select(Seen.notice_id).where(Seen.notice_id == Notice.id).exists()
    with unit_of_work() as work:
        old = select(Notice).where(Notice.ends_at < now() - KEPT, named | read).order_by(Notice.id).limit(AT_ONCE)
        found = work.scalars(old.with_for_update()).all()
        for notice in found:
            count = select(func.count()).where(Affected.notice_id == notice.id)
            notice.affected_before += work.scalar(count) or 0
            for model in (Affected, Seen):
                work.execute(delete(model).where(model.notice_id == notice.id), execution_options=_UNTRACKED)
    return len(found)
