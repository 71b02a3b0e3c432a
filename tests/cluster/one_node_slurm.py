"""A real Slurm on this machine alone, in a folder of its own: for root, with nothing of /etc.

`munged` says who somebody is, `slurmctld` has the queue, `slurmd` runs the jobs. No accounting.
Memory is enforced where the kernel has the cgroups for it (`enforcing`), else only asked for and
shared out. Two partitions of the one node stand for nodes that compute and nodes that reach the
internet.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calling_make import environment
from patience import wait_until

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
COMPUTE, INTERNET = "compute", "internet"

_CONFIG = """\
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/{tracked}
TaskPlugin=task/{bound}
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
SlurmctldPort={controller_port}
SlurmdPort={node_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=300
KillWait=5
NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory}
PartitionName={compute} Nodes={node} Default=YES State=UP
PartitionName={internet} Nodes={node} State=UP
"""
_CGROUPS, _ENFORCED = Path("/sys/fs/cgroup"), ("memory", "freezer")
_LIMITS = f"""\
CgroupPlugin=cgroup/v1
CgroupMountpoint={_CGROUPS}
ConstrainRAMSpace=yes
"""


@dataclass(frozen=True)
class OneNode:
    """A Slurm that runs.

    Attributes:
        folder: of its configuration, state and logs.
        environment: what its commands need, without what make was told.
    """

    folder: Path
    environment: dict[str, str]

    def ask(self, *command: str) -> str:
        """What one of its commands answers."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def ended(self) -> list[dict[str, str]]:
        """What Slurm noted of each job that has ended: JobId, JobState, Partition and others."""
        noted = self.folder / "jobs.txt"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def memory(self, job: dict[str, str]) -> int:
        """What a job that has ended was given, MB."""
        asked = dict(each.split("=") for each in job["Tres"].split(","))
        return int(asked["mem"].removesuffix("M"))

    def running(self, rule: str) -> list[str]:
        """The ids of the jobs of a rule, or a group, that run now."""
        lines = self.ask("squeue", "--noheader", "--states=running", "--format=%i %j").splitlines()
        return [number for number, name in map(str.split, lines) if name.startswith(rule)]


def missing() -> str:
    """Why there can be no Slurm here; "" where there can."""
    if os.geteuid() != 0:
        return "its daemons change to the user of a job, which only root may"
    absent = [name for name in NEEDED if not shutil.which(name, path=_path())]
    return f"{', '.join(absent)}: not installed (apt install slurm-wlm munge)" if absent else ""


def enforcing() -> bool:
    """Whether a job that takes more memory than it was given is ended: cgroups of version 1."""
    return all(os.access(_CGROUPS / each / "tasks", os.W_OK) for each in _ENFORCED)


@contextlib.contextmanager
def one_node(folder: Path, *, cpus: int, memory: int) -> Iterator[OneNode]:
    """A Slurm of one node, until the block is left.

    Args:
        folder: an empty one, of a short name: sockets lie in it.
        cpus: it has to share out.
        memory: MB to share out.
    """
    told = environment() | {"PATH": _path(), "SLURM_CONF": str(folder / "slurm.conf")}
    slurm = OneNode(folder, told)
    _write(folder, cpus, memory)
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        for command in _commands(folder):
            log = (folder / f"{command[0]}.log").open("wb")
            daemons.append(
                subprocess.Popen(command, env=told, stdout=log, stderr=subprocess.STDOUT)
            )
            log.close()
            if command[0] == "munged":
                wait_until((folder / "munge.socket").exists, daemons[-1])
        wait_until(lambda: "idle" in _state(slurm), daemons[-1])
        yield slurm
    finally:
        for daemon in reversed(daemons):
            daemon.send_signal(signal.SIGTERM)
            daemon.wait()
        for left in (_CGROUPS / each / f"slurm_{_node(folder)}" for each in _ENFORCED):
            for path, _, _ in os.walk(left, topdown=False):
                Path(path).rmdir()


def _write(folder: Path, cpus: int, memory: int) -> None:
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o400)
    key.chmod(0o600)
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    ports = _free_ports(2)
    config = _CONFIG.format(
        folder=folder, host=socket.gethostname().split(".")[0], node=_node(folder),
        cpus=cpus, memory=memory,
        controller_port=ports[0], node_port=ports[1], compute=COMPUTE, internet=INTERNET,
        tracked="cgroup" if enforcing() else "pgid", bound="cgroup" if enforcing() else "none",
    )  # fmt: skip
    (folder / "slurm.conf").write_text(config)
    (folder / "cgroup.conf").write_text(_LIMITS if enforcing() else "")


def _commands(folder: Path) -> list[list[str]]:
    """The daemons, each in the foreground."""
    munged = [
        "munged", "--foreground", "--force", f"--socket={folder}/munge.socket",
        f"--key-file={folder}/munge.key", f"--pid-file={folder}/munged.pid",
        f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed",
    ]  # fmt: skip
    return [munged, ["slurmctld", "-D"], ["slurmd", "-D", "-N", _node(folder)]]


def _node(folder: Path) -> str:
    """A name that no other node of this machine has: cgroups are called by it."""
    return folder.name.replace("_", "-")


def _state(slurm: OneNode) -> str:
    """That of the node; "" until the controller answers."""
    try:
        return slurm.ask("sinfo", "--noheader", "--format=%T")
    except subprocess.CalledProcessError:
        return ""


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin"


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all of them held until each is known."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
