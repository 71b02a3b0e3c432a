"""No locked package has a known vulnerability, as far as an advisory source answers."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ENVS = Path(__file__).parents[2] / "envs"
LOCKS = sorted(ENVS.glob("requirements*.txt"))
_SILENT = r"^\S*(?:ConnectionError|Timeout|ServiceError): .*$"


class NoAnswerError(Exception):
    """Nobody was there to say whether packages are vulnerable."""


def advisories(lock: Path, *options: str) -> set[str]:
    """What is known of the packages of a lock, as `name version advisory`.

    Raises:
        NoAnswerError: the source of advisories does not answer.
    """
    done = subprocess.run(
        [Path(sys.executable).with_name("pip-audit"), "--vulnerability-service=osv",
         "--format=json", "--require-hashes", "--disable-pip", "--progress-spinner=off", "-r", lock,
         *options],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if silent := re.search(_SILENT, done.stderr, re.MULTILINE):
        raise NoAnswerError(silent[0])
    assert done.stdout, done.stderr
    asked = json.loads(done.stdout)["dependencies"]
    assert [each for each in asked if "skip_reason" in each] == []
    assert asked
    return {
        f"{each['name']} {each['version']} {found['id']}"
        for each in asked
        for found in each["vulns"]
    }


@contextmanager
def source(vulnerable: str) -> Iterator[str]:
    """The address of an advisory source on this machine, which knows of one package."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = asked["package"]["name"] == vulnerable
            affected = {"package": {"name": vulnerable, "ecosystem": "PyPI"}, "ranges": []}
            body = {"vulns": [{"id": "LCCS-1", "summary": "made up", "affected": [affected]}]}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body if known else {}).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_no_locked_package_has_a_known_vulnerability(lock: Path) -> None:
    try:
        assert advisories(lock) == set()
    except NoAnswerError as reason:
        pytest.skip(f"no advisory source answers: {reason}")


def test_a_vulnerable_package_is_named_with_its_version() -> None:
    lock = ENVS / "requirements-audit.txt"
    (version,) = re.findall(r"^pip-audit==(\S+)", lock.read_text(), re.MULTILINE)
    with source("pip-audit") as url:
        assert advisories(lock, "--osv-url", url) == {f"pip-audit {version} LCCS-1"}


def test_a_source_that_is_silent_is_no_clean_bill() -> None:
    with source("nothing") as url:
        pass  # nobody is there any more
    with pytest.raises(NoAnswerError):
        advisories(ENVS / "requirements-audit.txt", "--osv-url", url)
