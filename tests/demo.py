"""The demo, which takes as long to make as hundreds of tests: made once a run."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from deskcore.cli import main


def copy_demo(factory: pytest.TempPathFactory, worker_id: str, folder: Path) -> None:
    """Copy the instance that ``deskcore demo`` makes; whichever process of this run asks first lets it be made."""
    base = factory.getbasetemp()
    place = (base if worker_id == "master" else base.parent) / "demo-of-all"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "made").exists():
            shutil.rmtree(place / "instance", ignore_errors=True)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("DESKCORE_INSTANCE", str(place / "instance"))
                assert main(["demo"]) == 0
            (place / "made").touch()
    shutil.copytree(place / "instance", folder)
