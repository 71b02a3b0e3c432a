"""What is done of a run, stage by stage, and how long the rest takes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median

from tqdm import tqdm

from lccs_inputs.words import counted


@dataclass
class Stage:
    """The jobs of a rule; times are seconds since the epoch.

    Attributes:
        expected: jobs there are to be, as far as was known when the run began.
        running: job id → when it began.
        took: seconds, of each job that is done.
        told: how many of these a line has told.
        began, ended: of the jobs that are yet to be told.
    """

    expected: int = 0
    running: dict[int, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    told: int = 0
    began: float = 0
    ended: float = 0

    @property
    def known(self) -> int:
        """Jobs that are known of."""
        return max(self.expected, len(self.took) + len(self.running))

    @property
    def is_to_tell(self) -> bool:
        """Whether all jobs that are known of are done, and no line has told so."""
        return self.told < len(self.took) == self.known

    def line(self, name: str) -> str:
        """Tell it."""
        count, self.told = len(self.took) - self.told, len(self.took)
        took = tqdm.format_interval(self.ended - self.began)
        return f"{name:<20}  {counted(count, 'job'):<8}  {took}"

    def ahead(self, now: float, usual: float) -> float:
        """Seconds of work left, where jobs that are unlike any before take the usual time."""
        each = fmean(self.took) if self.took else usual
        spent = sum(min(now - began, each) for began in self.running.values())
        return each * (self.known - len(self.took)) - spent


class Stages:
    """All stages of a run; a rule that writes nothing has no name and is not told.

    Attributes:
        done, total: jobs; checkpoints add to the total.
    """

    def __init__(self) -> None:
        self.done, self.total = 0, 0
        self._stages: dict[str, Stage] = defaultdict(Stage)
        self._rules: dict[int, str] = {}
        self._began = 0.0

    def plan(self, stats: Mapping[str, int], when: float) -> None:
        """Take what Snakemake says at the start: jobs of each rule, and their `total`."""
        self._began = when
        for name, count in stats.items():
            if name != "total":
                self._stages[name].expected = count
        self.total = stats["total"]

    def start(self, name: str, job: int, when: float) -> list[str]:
        """A job begins; the lines of stages that are done, now that another follows."""
        stage = self._stages[name]
        if not stage.running and stage.told == len(stage.took):
            stage.began = when
        stage.running[job] = when
        self._rules[job] = name
        return [*self._lines(but=name)]

    def finish(self, job: int, when: float) -> None:
        """A job is done; one of a group may be told again, once for each checkpoint before it."""
        stage = self._stages[self._rules.get(job, "")]
        if (began := stage.running.pop(job, None)) is not None:
            stage.took.append(when - began)
            stage.ended = when

    def fail(self, job: int) -> None:
        """A job has failed; it may be started again."""
        self._stages[self._rules.get(job, "")].running.pop(job, None)

    def progress(self, done: int, total: int) -> list[str]:
        """The lines of stages that are done; where jobs are to come that a checkpoint has added,
        and no rule is known of, only when the next job is of another rule."""
        self.done, self.total = done, total
        return [] if self._unknown > 0 else [*self._lines()]

    @property
    def running(self) -> str:
        """What runs: the rules, with how many jobs of each."""
        counts = {name: len(stage.running) for name, stage in self._stages.items() if name}
        return ", ".join(f"{name} ×{n}" if n > 1 else name for name, n in counts.items() if n)

    def left(self, now: float) -> float | None:
        """Seconds until the run is done, if as many jobs run at a time as until now; None before
        the first job is done."""
        took = [span for stage in self._stages.values() for span in stage.took]
        if not took:
            return None
        usual = median(took)
        ahead = sum(stage.ahead(now, usual) for stage in self._stages.values())
        ahead += max(self._unknown, 0) * usual
        at_a_time = max(1, sum(took) / max(now - self._began, 1))
        return ahead / at_a_time

    @property
    def _unknown(self) -> int:
        """Jobs whose rule is not known."""
        return self.total - sum(stage.known for stage in self._stages.values())

    def _lines(self, but: str = "") -> Iterator[str]:
        for name, stage in self._stages.items():
            if name not in ("", but) and stage.is_to_tell:
                yield stage.line(name)
