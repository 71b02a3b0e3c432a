"""A real Chromium without a window, driven over its DevTools protocol through two pipes."""

import json
import os
import select
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
"""Where the distribution's is; None where there is none."""

_OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--remote-debugging-pipe",
)  # fmt: skip

_PATIENCE = 60  # seconds


class Page:
    """A tab, and all that it said and asked for since it was opened.

    Attributes:
        errors: messages of its console that are errors or warnings, and exceptions.
        requests: the URLs of all that it loaded, data URIs left out.
    """

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._rest, self._number, self._session, self._loaded = b"", 0, "", False
        self.errors: list[str] = []
        self.requests: list[str] = []

    @classmethod
    def opened(cls, commands: int, answers: int) -> Self:
        page = cls(commands, answers)
        target = page.call("Target.createTarget", url="about:blank")["targetId"]
        attached = page.call("Target.attachToTarget", targetId=target, flatten=True)
        page._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        return page

    def go(self, file: Path) -> None:
        """Open a file, and wait until it and its pictures are there."""
        self._loaded = False
        self.call("Page.navigate", url=file.as_uri())
        while not self._loaded:
            self._note(self._read())

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        said = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key, as a person without a mouse."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, **_CODES[key])

    def look(self, width: int, height: int, **media: str) -> None:
        """Make the window this large, and prefer as `media` says."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        features = [{"name": name.replace("_", "-"), "value": said} for name, said in media.items()]
        self.call("Emulation.setEmulatedMedia", features=features)

    def picture(self) -> bytes:
        """What the window shows, a PNG."""
        return b64decode(self.call("Page.captureScreenshot")["data"])

    def pdf(self) -> bytes:
        return b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The answer to a command; what happens meanwhile is noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": arguments}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self._note(answer)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], _PATIENCE)
            assert ready, "the browser says nothing"
            part = os.read(self._answers, 1 << 16)
            assert part, "the browser ended"
            self._rest += part
        text, _, self._rest = self._rest.partition(b"\0")
        return json.loads(text)

    def _note(self, message: dict[str, Any]) -> None:
        event, said = message.get("method"), message.get("params", {})
        if event == "Page.loadEventFired":
            self._loaded = True
        elif event == "Network.requestWillBeSent":
            url = said["request"]["url"]
            self.requests += [] if url.startswith("data:") else [url]
        elif event == "Runtime.exceptionThrown":
            self.errors.append(str(said["exceptionDetails"]))
        elif event == "Log.entryAdded":
            self.errors.append(str(said["entry"]))
        elif event == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning"):
            self.errors.append(str(said["args"]))


_CODES = {
    name: {"windowsVirtualKeyCode": code}
    for name, code in (("Tab", 9), ("ArrowLeft", 37), ("ArrowRight", 39), ("ArrowDown", 40))
}


@contextmanager
def page_of_a_browser(folder: Path) -> Iterator[Page]:
    """A page of a browser of its own; it ends with the context.

    Args:
        folder: for what the browser keeps.
    """
    assert PROGRAM is not None
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()

    def as_three_and_four() -> None:
        first, second = os.dup(theirs_in), os.dup(theirs_out)  # clear of 3 and 4
        os.dup2(first, 3)
        os.dup2(second, 4)

    process = subprocess.Popen(
        [PROGRAM, *_OPTIONS, f"--user-data-dir={folder}"],
        preexec_fn=as_three_and_four,  # noqa: PLW1509 - no other thread is there
        pass_fds=(3, 4, theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Page.opened(ours_out, ours_in)
    finally:
        os.close(ours_out)
        process.terminate()
        process.wait(timeout=20)
        os.close(ours_in)
