"""Documents and files in which something is odd, and what a reader may make of them."""

import copy
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lccs_inputs.errors import InputError

_ALL = int(os.environ.get("SOAK_CASES", "1500"))
_LONGEST = 5.0  # seconds of this process for one case
_LONG_WORDS = 2000  # characters of a message
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, 1e308, float("nan"), float("inf"), "", " ", "None",
    "nan", "1e999", "a\nb", "\0", "é" * 300, "../../x", "/vsicurl/x", "http://[", [], {}, [[]],
    [None], {"": None}, {"type": "Point"}, [0, 0], ["a", 1], [1] * 100, {"href": 3},
    "2018-02-30T25:61:00Z",
)  # fmt: skip

draws = st.integers(0, 2**63).map(random.Random)
"""What decides a case, also in other threads: to shrink a case would be to draw another."""


def of_a_thousand(cases: float) -> settings:
    """How many of a thousand cases are of a kind: the more, the less each costs."""
    return settings(
        max_examples=max(1, round(_ALL * cases / 1000)),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def odd_document(document: Any, draw: random.Random) -> Any:
    """A copy of which up to three parts are odd, doubled or not there."""
    changed = [copy.deepcopy(document)]
    for _ in range(draw.randint(1, 3)):
        parent, key = draw.choice(list(_parts(changed)))
        match draw.randrange(6):
            case 0 if parent is not changed:
                del parent[key]
            case 1 if isinstance(parent, list) and parent is not changed:
                parent.append(parent[key])
            case 2:
                parent[key] = _nested(parent[key], draw.choice([2, 50, 200]))
            case 3:
                parent[key] = str(parent[key])
            case _:
                parent[key] = copy.deepcopy(draw.choice(ODD))
    return changed[0]


def _parts(parent: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(parent) if isinstance(parent, dict) else range(len(parent))
    for key in keys:
        yield parent, key
        if isinstance(parent[key], dict | list):
            yield from _parts(parent[key])


def _nested(inner: Any, depth: int) -> Any:
    for _ in range(depth):
        inner = [inner]
    return inner


def odd_bytes(content: bytes, draw: random.Random) -> bytes:
    """The same with bytes that are changed, missing, doubled or from elsewhere."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        at, size = draw.randrange(len(changed) + 1), draw.choice([1, 1, 2, 4, 8, 100])
        match draw.randrange(5):
            case 0:
                del changed[at : at + size]
            case 1:
                changed[at:at] = draw.randbytes(size)
            case 2:
                changed[at : at + size] = draw.choice([b"\0", b"\xff"]) * size
            case 3:
                del changed[at:]
            case _:
                changed[at : at + 1] = draw.randbytes(1)
    return bytes(changed)


def told(read: Callable[[], object], *also: type[Exception]) -> object:
    """What is read, or the error that says in few words why nothing is; soon in any case.

    Args:
        also: errors that a caller of `read` catches, beside those that are told to users.
    """
    start = time.process_time()
    try:
        return read()
    except (InputError, *also) as error:
        assert 0 < len(str(error)) < _LONG_WORDS, str(error)
        return error
    finally:
        assert time.process_time() - start < _LONGEST
