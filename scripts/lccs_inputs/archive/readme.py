"""`README.txt` of an archive: how the run is repeated, and what is there."""

from collections.abc import Mapping, Sequence

from lccs_inputs.archive.code import Code
from lccs_inputs.archive.manifest import NAME, Beside
from lccs_inputs.provenance.record import SOFTWARE
from lccs_inputs.version import __version__
from lccs_inputs.words import counted

_HEAD = """\
A run of {software} {version}, to be repeated.

    {command}

in this folder holds every file against the SHA-256 in {manifest}, and names what differs; sets
.venv up by envs/requirements.txt, once, which needs Python 3.11 or newer and a package index; makes
the run; and says whether its rasters are byte for byte those of the archived run. They are with the
same packages and the same minor version of Python (told/*/*/provenance.json names them).

{services}

config.yaml    the config of the run: all its files in one, paths as they are here
inputs/        files that the config named elsewhere
results/       what services were asked and gave, and which scenes were found
told/          what the run said of itself: scenes, tasks, checksums, whom to credit
{manifest}   the SHA-256 of all that is here, and of the rasters that the run made
all else       the code{commit}
"""
_OFFLINE = "No service is asked: all that they delivered is here. The network is not needed for it."
_ONLINE = """\
What services delivered is not here. They are asked for it anew, with accounts of your own
(docs/accounts.md), by what was asked and for the same scenes. `make archive INPUTS=1` would have
put it in."""
_BESIDE = """
Not here, since they are large or lie with the imagery: {count}, whose SHA-256 {manifest} has.
{needed}
"""
_UNNEEDED = "Not needed for it again."
_SHOWN = 20
"""How many files are listed."""


def readme(code: Code, beside: Mapping[str, Beside], *, offline: bool) -> str:
    """The text.

    Args:
        beside: files that are not in the archive, by where the run looks for them.
        offline: whether the run can be repeated without asking a service.
    """
    text = _HEAD.format(
        software=SOFTWARE,
        version=__version__,
        command="make repeat OFFLINE=1" if offline else "make repeat",
        manifest=NAME,
        services=_OFFLINE if offline else _ONLINE,
        commit=_commit(code),
    )
    if not beside:
        return text
    count, needed = counted(len(beside), "file"), [path for path in beside if beside[path].needed]
    listed = _listed(needed) if needed else _UNNEEDED
    return text + _BESIDE.format(count=count, manifest=NAME, needed=listed)


def _commit(code: Code) -> str:
    if not code.commit:
        return ""
    but = f", but for {', '.join(code.changed)}" if code.changed else ""
    return f", as in commit {code.commit}{but}"


def _listed(needed: Sequence[str]) -> str:
    """What has to be put in its place, as far as it can be listed."""
    lines = ["Before you repeat the run, put there", *(f"    {path}" for path in needed[:_SHOWN])]
    if len(needed) > _SHOWN:
        lines.append(f"    and {len(needed) - _SHOWN} more")
    return "\n".join(lines)
