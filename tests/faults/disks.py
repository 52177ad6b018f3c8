"""Disks of a few megabytes that fill up or refuse to be written to."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk in memory for the length of the block."""
    folder.mkdir()
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs"):
        yield folder


@contextmanager
def failing_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk that becomes read-only when it is damaged, see :func:`damage`."""
    folder.mkdir()
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    _run("mkfs.ext4", "-q", "-e", "remount-ro", str(image))
    with _mounted(folder, "-o", "loop,errors=remount-ro", str(image)):
        yield folder


def damage(disk: Path) -> None:
    """Let the system find an error on a disk, so that it writes nothing to it any more."""
    device = next(line.split()[0] for line in Path("/proc/mounts").read_text().splitlines() if f" {disk} " in line)
    Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("1")


def leave(disk: Path, free: int) -> Path:
    """Fill a disk up to so many bytes, and return the file that does it."""
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    with filler.open("wb") as file:
        while (size := _free(disk) - free) > 0:
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                continue  # who works there wrote something between the look and the filling
            break
    return filler


def _free(disk: Path) -> int:
    space = os.statvfs(disk)
    return space.f_bavail * space.f_frsize


@contextmanager
def _mounted(folder: Path, *arguments: str) -> Iterator[None]:
    _run("mount", *arguments, str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _run(*command: str) -> None:
    """Run what needs an administrator; without the permission the test is skipped, and fails in CI."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        said = done.stderr
    except FileNotFoundError as error:
        done, said = None, str(error)
    if done is not None and done.returncode == 0:
        return
    reason = f"no disk can be mounted here: {' '.join(command)}: {said.strip()}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
