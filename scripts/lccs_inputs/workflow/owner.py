"""Who runs the workflow in a folder: one process at a time.

A run holds a lock of the operating system, which goes with it however it ends, and says beside it
who it is. What it says decides where a file system has no such locks, or they do not reach another
host or container.
"""

import atexit
import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

import psutil

from lccs_inputs.errors import InputError
from lccs_inputs.files import write_text

OWNER = Path(".snakemake/owner.json")
LOCK = Path(".snakemake/run.lock")
_PATIENCE = 2  # seconds: who only asks whether the folder is taken has the lock for an instant
_DEAD = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
_held: list[IO[bytes]] = []
"""The lock of this process: closing it would let it go."""


@dataclass(frozen=True)
class Owner:
    """A process that runs the workflow.

    Attributes:
        started: seconds since the epoch; a process id is given again.
        boot: changes with every start of the machine, and is that of all its containers.
        machine: stays; "" where there is none, as in containers.
        namespace: of process ids: each container has its own.
    """

    host: str
    pid: int
    started: float
    boot: str = ""
    machine: str = ""
    namespace: str = ""

    @classmethod
    def of_this_process(cls) -> Self:
        process = psutil.Process()
        return cls(
            socket.gethostname(),
            process.pid,
            process.create_time(),
            _text("/proc/sys/kernel/random/boot_id"),
            _text("/etc/machine-id"),
            _namespace(),
        )

    @classmethod
    def read(cls) -> Self | None:
        """Who said last that it runs here; None where nobody did, or nobody can tell."""
        try:
            said = json.loads(OWNER.read_bytes())
            texts = {name: str(said.get(name, "")) for name in ("boot", "machine", "namespace")}
            return cls(str(said["host"]), int(said["pid"]), float(said["started"]), **texts)
        except (OSError, ValueError, TypeError, LookupError, AttributeError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"process {self.pid} of host {self.host}"

    @property
    def has_gone_down(self) -> bool:
        """Whether its machine is this one, before it was started again."""
        here = Owner.of_this_process()
        same = self.machine and (self.host, self.machine) == (here.host, here.machine)
        return bool(same and self.boot and self.boot != here.boot)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is, or was, where its process cannot be seen from here."""
        here = Owner.of_this_process()
        pairs = (
            (self.host, here.host),
            (self.boot, here.boot),
            (self.namespace, here.namespace),
        )
        return not self.has_gone_down and any(its and its != own for its, own in pairs)

    @property
    def is_alive(self) -> bool:
        """Whether the process goes on, of one that can be seen: no killed one that nobody reaps."""
        if self.has_gone_down:
            return False
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1
            return bool(same and process.status() not in _DEAD)
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            return False


def occupied() -> str | None:
    """Why no run may begin in this folder, in a sentence; None where surely none goes on.

    Nor where it is this process that has it.
    """
    if _held:
        return None
    with suppress(OSError), LOCK.open("rb") as file:  # none yet, or a file system without locks
        if not _may_hold(file, fcntl.LOCK_SH):
            return _busy(Owner.read())
    return _refusal(Owner.read())


def claim() -> str | None:
    """Take the folder for this process until it ends; else say why not, as `occupied` does.

    Raises:
        InputError: it may not be written in.
    """
    if _held:
        return None
    try:
        LOCK.parent.mkdir(parents=True, exist_ok=True)
        file = LOCK.open("ab")
    except OSError as error:
        raise InputError(
            f"{LOCK.parent.absolute()}: cannot be written in ({error.strerror}), where Snakemake "
            "keeps what it did; run in a folder of your own"
        ) from error
    with suppress(OSError):
        ends = time.monotonic() + _PATIENCE
        while not _may_hold(file, fcntl.LOCK_EX):
            if time.monotonic() > ends:
                return _busy(Owner.read())
            time.sleep(0.1)
    if reason := _refusal(Owner.read()):
        return reason
    _held.append(file)
    write_text(OWNER, json.dumps(asdict(Owner.of_this_process())) + "\n")
    atexit.register(OWNER.absolute().unlink, missing_ok=True)
    return None


def _may_hold(file: IO[bytes], kind: int) -> bool:
    """Take a lock of a file, which goes when the file is closed; whether nobody else has it."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refusal(owner: Owner | None) -> str | None:
    """Why what was said last forbids a run, whatever the lock says."""
    if owner is None or owner.pid == os.getpid():
        return None
    if owner.is_elsewhere:
        return (
            f"{owner}, of another machine or container, may be running the workflow in this folder;"
            f" if it is dead, remove {OWNER} and run again"
        )
    return _busy(owner) if owner.is_alive else None


def _busy(owner: Owner | None) -> str:
    return f"{owner or 'another process'} is running the workflow in this folder; wait for it"


def _text(path: str) -> str:
    """What a file of the system says; "" where there is none."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
