"""What stands for Python where `warm_python` is: hands a call to the server and waits for its end.

Run by itself as `warm_call.py SOCKET -m MODULE ...` or `warm_call.py SOCKET SCRIPT ...`; started a
thousand times, so it imports next to nothing.
"""

import json
import os
import socket
import sys

KILLED = 128 + 9


def call(address: str, *arguments: str) -> int:
    """Have the server run this with our folder, environment and streams; the exit status."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] != "-m"):
        os.execv(sys.executable, [sys.executable, *arguments])
    folder = os.getcwd()  # noqa: PTH109 - Path takes as long to import as all the rest
    request = {"arguments": arguments, "folder": folder, "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(address)
        socket.send_fds(channel, [b"."], [0, 1, 2])
        channel.sendall(json.dumps(request).encode())
        channel.shutdown(socket.SHUT_WR)
        status = channel.recv(1)
        channel.recv(1)  # nothing comes: the process has ended
    return status[0] if status else KILLED


if __name__ == "__main__":
    sys.exit(call(*sys.argv[1:]))
