"""Several workers that look at the same moment do everything once."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

from deskcore_sla_policies import watching
from deskcore_sla_policies.policies import Action, Stage

from deskcore import clock
from deskcore.desks.services import plugin_viewer
from deskcore.work import acting_as
from plugins.sla_policies.tests.conftest import Desk, later, policy

WORKERS = 4


def test_what_is_due_is_done_once_however_many_workers_look(plain: Desk) -> None:
    wanted = (Action("raise_priority"), Action("tag", "late"))
    plain.promise(policy(goals={"resolution": 60}, stages=(Stage(100, wanted),)), at=later(minutes=-5))
    numbers = [plain.open(later(minutes=place)) for place in range(3)]
    together, raised = Barrier(WORKERS), list[BaseException]()

    def look() -> None:
        try:
            with plain.house.app.app_context(), acting_as(plugin_viewer("sla_policies")):
                together.wait()
                watching.watch({})
        except BaseException as error:
            raised.append(error)

    with clock.at(later(hours=2)):
        workers = [Thread(target=look) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert raised == []
    for number in numbers:
        assert plain.said(number) == ["Solution: the promised time is over"]
        assert plain.marks(number) == {("resolution", 100, True)}
    plain.watch(later(hours=2) + timedelta(minutes=1))
    assert [len(plain.said(number)) for number in numbers] == [1, 1, 1]
