"""A text of the config that holds an expression, and what may be wrong with what it needs."""

from dataclasses import dataclass

from lccs_inputs.errors import ExpressionError


@dataclass(frozen=True)
class Passage:
    """Where an expression stands: its config key and text, and the scene set in scope."""

    key: str
    text: str
    scope: str | None
    trail: tuple[str, ...]
    """What is being written out, outermost first: a name that recurs makes a cycle."""

    def error(self, position: int, problem: str) -> ExpressionError:
        return ExpressionError(self.key, self.text, position, problem)


class CycleError(ExpressionError):
    """Names that need each other; `members` are those of the cycle."""

    def __init__(self, key: str, text: str, position: int, cycle: tuple[str, ...]) -> None:
        self.members = frozenset(cycle)
        super().__init__(key, text, position, f"goes in a circle: {' → '.join(cycle)}")


class LostError(ExpressionError):
    """A name of a scene set or a product that a user's own section took the place of.

    Attributes:
        source: its config path.
        owner: that of the layer that needs it, by way of derived sources too; else of the text.
    """

    def __init__(self, passage: Passage, position: int, source: str, layer: str | None) -> None:
        self.source = source
        self.owner = f"layers.{layer}" if layer else passage.key
        super().__init__(passage.key, passage.text, position, f"needs {source}, which is not there")
