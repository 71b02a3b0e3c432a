"""Errors a user can act on.

Each message is one sentence that names the key or the file and says what to do. Scripts print
it without a traceback; anything that is not an `InputError` is a defect of ours and keeps its
traceback.
"""

from collections.abc import Sequence

from lccs_inputs.words import brief, printable

INTERRUPTED = 130
"""The exit status of what Ctrl-C ended, as shells have it."""


class InputError(Exception):
    """Something the user gave (config, area, imagery, product) cannot be used.

    What a message quotes from files of others cannot control the terminal that shows it.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


_TOLD = 20
"""Most problems of a config that are told at once: a screen."""


class ConfigError(InputError):
    """The configuration is wrong; `problems` lists everything that is, not only the first.

    The message tells the first 20, and how many more there are.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        more = [f"… and {count - _TOLD} more"] if count > _TOLD else []
        told = [*self.problems[:_TOLD], *more]
        super().__init__("\n".join([f"config: {head}", *(f"  - {line}" for line in told)]))


class ExpressionError(InputError):
    """An expression cannot be read or names something that does not exist.

    `key` is the dotted config path of the expression, `position` the 0-based offset in `text`.
    """

    def __init__(self, key: str, text: str, position: int, problem: str) -> None:
        self.key, self.text, self.position, self.problem = key, text, position, problem
        super().__init__(
            f"{key}: {problem}, at character {position + 1} of {brief(text, position)!r}"
        )


class AreaError(InputError):
    """The area cannot be read, is empty, or cannot be put on the grid."""


class SourceError(InputError):
    """Imagery or a product is missing, unreadable, or not what it should be."""


class UnreadableError(SourceError):
    """A file of a scene cannot be read, now or later: it is gone, cut short or damaged.

    `scene` is its `collection/id`.
    """

    def __init__(self, scene: str, message: str) -> None:
        self.scene = scene
        super().__init__(message)


class OfflineError(InputError):
    """A service would have to be asked, and it was said that there is no network."""


class CheckError(InputError):
    """A data check with severity `error` failed."""
