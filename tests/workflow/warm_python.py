"""A Python that has loaded already what takes long to load, for runs and jobs of the tests.

Snakemake imports for 1.5 seconds before it reads the workflow, a script for 0.7 before it works;
the tests start hundreds of the one and a thousand of the other. So a server, one for each worker
of pytest, imports other people's packages once, nothing of this project, and forks a child for
each call. The child takes the arguments, folder, environment and streams of its caller, and runs
what it is asked as `python` does, from the project's own files. Its `sys.executable` is the warm
Python again, so the jobs of a run are forked too.

What differs: the child is not a process below its caller, so a run that is to be killed is started
with the true Python (`harness.start`), as is all that goes through `make`; and the seed of hashes
is drawn once a server, not once a call.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import shlex
import signal
import site
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NoReturn

CALL = Path(__file__).with_name("warm_call.py")
LOADED = (
    "snakemake.cli", "snakemake.report", "smart_open", "sqlmodel", "yte", "docutils.core",
    "numpy.ma", "pandas", "pydantic", "pyproj", "shapely", "rasterio", "rasterio.shutil",
    "rasterio.vrt", "rasterio.warp", "geopandas", "pyogrio",
    "scipy.ndimage", "scipy.interpolate", "scipy.sparse.csgraph",
    "matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.font_manager",
    "ee", "google.auth", "googleapiclient.discovery", "google_auth_httplib2",
    "pystac_client", "planetary_computer", "requests", "jwt", "tqdm", "filelock", "psutil",
)  # fmt: skip
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""For the server: only a process of one thread may fork and go on in Python."""

_kept: list[object] = []
"""What lasts as long as pytest: the folder, and the pipe by whose end the server knows."""


@cache
def warm_python() -> str:
    """The path of a program that runs `-m MODULE` and `SCRIPT` as Python does."""
    folder = tempfile.TemporaryDirectory(prefix="warm-")
    address, program = Path(folder.name, "socket"), Path(folder.name, "python")
    call = shlex.join([sys.executable, "-IS", str(CALL), str(address)])
    program.write_text(f'#!/bin/sh\nexec {call} "$@"\n')
    program.chmod(0o700)
    inherited = {name: os.environ[name] for name in os.environ if name != "PYTHONPATH"}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(64)
        server = subprocess.Popen(
            [sys.executable, "-P", __file__, str(listener.fileno()), str(program)],
            stdin=subprocess.PIPE,
            env=inherited | ONE_THREAD,
            pass_fds=[listener.fileno()],
        )
    _kept.extend([folder, server])
    return str(program)


@cache
def warm_programs() -> Path:
    """A folder of the warm programs that stands for `.venv/bin`."""
    folder = Path(warm_python()).parent / "bin"
    folder.mkdir()
    for name, call in {"python": [], "snakemake": ["-m", "snakemake"]}.items():
        line = shlex.join([warm_python(), *call])
        (folder / name).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


def serve(listener: socket.socket, program: str) -> None:
    """Fork for each call until pytest has ended."""
    folders = [*sys.path]
    for module in LOADED:
        importlib.import_module(module)
    sys.path[:] = folders  # Snakemake adds to it
    assert "lccs_inputs" not in sys.modules
    assert threading.active_count() == 1
    gc.freeze()  # what is collected is not copied
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin not in (ready := select.select([listener, sys.stdin], [], [])[0]):
        assert ready
        channel, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            take_over(channel, program)
        channel.close()


def take_over(channel: socket.socket, program: str) -> NoReturn:
    """Become what the caller asked for, run it and say how it ended."""
    _, streams, _, _ = socket.recv_fds(channel, 1, 3)
    with channel.makefile("rb") as sent:
        request = json.load(sent)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None
    sys.executable = program
    status = run(*request["arguments"])
    end()
    channel.send(bytes([status]))
    os._exit(status)  # closes the channel, for which the caller waits


def end() -> None:
    """What Python does in its end, but for taking its modules apart.

    That touches nearly all that the server has loaded, so that it would be copied to be thrown
    away: two thirds of what a call costs.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # nobody reads any more
            stream.flush()


def run(first: str, *others: str) -> int:
    """Run `-m MODULE` or `SCRIPT` as Python does; the exit status."""
    own = str(Path.cwd() if first == "-m" else Path(first).resolve().parent)
    folders = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.path[:0] = map(os.path.abspath, folders)
    site.execsitecustomize()
    sys.path.insert(0, own)
    try:
        if first == "-m":
            sys.argv = list(others)
            runpy.run_module(others[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = [first, *others]
            runpy.run_path(str(Path(first).absolute()), run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code & 0xFF if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:
        error.with_traceback(_below_this_file(error.__traceback__))
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def _below_this_file(traceback: TracebackType | None) -> TracebackType | None:
    """Of a traceback, what that of a program run by itself holds."""
    while traceback and traceback.tb_frame.f_code.co_filename in (__file__, "<frozen runpy>"):
        traceback = traceback.tb_next
    return traceback


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
