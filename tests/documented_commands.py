"""How each command of the pages is tried; one that is not here fails `unit/test_documents.py`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """In a clone, in a home of its own, by `workflow/test_documented_commands.py`.

    `mine.yaml` and `my_area.gpkg` are there for who names them.

    Attributes:
        dry: as a dry run of the workflow.
        before: the commands that the page has before it.
        given: what is typed.
        then: a command that succeeds if it did what it is for.
    """

    dry: bool = False
    before: str = ""
    given: str = ""
    then: str = ":"


@dataclass(frozen=True)
class By:
    """By a test that names the word."""

    file: str
    word: str


@dataclass(frozen=True)
class NotHere:
    """It cannot be run by a test."""

    because: str


_KEY = '{"access_key": "A", "secret_key": "B"}'
_FIRST_MAP = By("tests/unit/test_first_map.py", "No account")
_DOCKER = NotHere(
    "a registry of images and a daemon are needed: docs/environments.md says what was"
)

TRIED: dict[str, Run | By | NotHere] = {
    # README.md
    "make run": Run(dry=True),
    "make test": NotHere("it is what runs this"),
    "make init AREA=my_area.gpkg YEAR=2021 ACCOUNTS=none": Run(then="grep my_area.gpkg mine.yaml"),
    "make doctor CONFIG=mine.yaml": Run(then="test -s doctor.json"),
    "make run CONFIG=mine.yaml": Run(dry=True),
    "make run CONFIG=mine.yaml ARGS=-n": Run(),
    "make layers CONFIG=mine.yaml": Run(dry=True),
    # CONTRIBUTING.md
    'make test ARGS="tests/unit/facts -n 0"': NotHere("it sets up what runs this"),
    "make lint": NotHere("it sets up what runs this, and .ci/run calls it"),
    # docs/accounts.md
    "mkdir -p -m 700 ~/.clms": Run(then="test $(stat -c %a ~/.clms) = 700"),
    "(umask 077; cat > ~/.clms/key.json)": Run(
        before="mkdir -p -m 700 ~/.clms",
        given="{}",
        then="test $(stat -c %a ~/.clms/key.json) = 600 -a -s ~/.clms/key.json",
    ),
    "export CLMS_KEY=~/.clms/key.json": Run(then='test "$CLMS_KEY" = "$HOME/.clms/key.json"'),
    "make offers-lock CONFIG=mine.yaml": By("tests/unit/clms/test_lock.py", "update"),
    "mkdir -p -m 700 ~/.cdse": Run(then="test $(stat -c %a ~/.cdse) = 700"),
    "(umask 077; cat > ~/.cdse/s3.json)": Run(
        before="mkdir -p -m 700 ~/.cdse",
        given=_KEY,
        then="test $(stat -c %a ~/.cdse/s3.json) = 600 -a -s ~/.cdse/s3.json",
    ),
    "export CDSE_KEY=~/.cdse/s3.json": Run(then='test "$CDSE_KEY" = "$HOME/.cdse/s3.json"'),
    # docs/accuracy.md
    "make sample-design N=500 ALLOCATION=neyman SEED=1": By(
        "tests/unit/commands/test_sample_design.py", "--points"
    ),
    # docs/clusters.md
    "ssh cluster.example": NotHere("the cluster is the reader's"),
    "git clone … lccs-inputs && cd lccs-inputs": NotHere("the address is the reader's"),
    "make grid": Run(dry=True),
    "make fetch CONFIG=mine.yaml": Run(dry=True),
    "make run CONFIG=mine.yaml PROFILE=mine OFFLINE=1": By(
        "tests/cluster/test_slurm.py", "PROFILE="
    ),
    # docs/environments.md
    **dict.fromkeys(
        (
            "docker build -t lccs-inputs -f envs/Containerfile envs",
            "docker run --rm --user $(id -u):$(id -g) -v $PWD:/work lccs-inputs "
            "run CONFIG=mine.yaml",
            "apptainer build lccs-inputs.sif envs/apptainer.def",
            "apptainer exec lccs-inputs.sif make run CONFIG=mine.yaml",
        ),
        NotHere("a registry of images and its programs are needed; docs/environments.md says more"),
    ),
    # docs/earthengine.md
    **dict.fromkeys(
        (
            "gcloud iam service-accounts create lccs --project my-project",
            "for role in roles/earthengine.viewer roles/serviceusage.serviceUsageConsumer; do\n"
            "  gcloud projects add-iam-policy-binding my-project --role $role \\\n"
            "    --member serviceAccount:lccs@my-project.iam.gserviceaccount.com\n"
            "done",
            "gcloud iam service-accounts keys create ~/.earthengine/key.json \\\n"
            "  --iam-account lccs@my-project.iam.gserviceaccount.com",
        ),
        NotHere("an account of Google Cloud and its program are needed"),
    ),
    "chmod 600 ~/.earthengine/key.json": Run(
        before="mkdir ~/.earthengine; echo {} > ~/.earthengine/key.json",
        then="test $(stat -c %a ~/.earthengine/key.json) = 600",
    ),
    # docs/first-map.md
    "make help": Run(),
    **dict.fromkeys(
        (
            "make init AREA=6.513,46.364,6.554,46.392 YEAR=2018 ACCOUNTS=none",
            "make init AREA=6.513,46.364,6.554,46.392 YEAR=2018 ACCOUNTS=earthengine "
            "PROJECT=my-project",
            "make init AREA=6.513,46.364,6.554,46.392 YEAR=2018 ACCOUNTS=none "
            "SCENES=catalogue/catalog.json",
            "make catalogue FROM=scenes",
            "make plan CONFIG=mine.yaml",
        ),
        _FIRST_MAP,
    ),
    "make init AREA=6.513,46.364,6.554,46.392 YEAR=2018 ACCOUNTS=cdse": By(
        "tests/workflow/test_data_space.py", "Keys of the Copernicus Data Space"
    ),
    # docs/live.md
    "export CLMS_KEY=~/.clms/key.json CDSE_KEY=~/.cdse/s3.json EE_PROJECT=my-project LIVE=1": Run(
        then='test "$EE_PROJECT $LIVE" = "my-project 1"'
    ),
    '(cat tests/live/everything.yaml; echo "earthengine: {project: $EE_PROJECT}") > live.yaml': Run(
        before="EE_PROJECT=my-project", then="grep '^earthengine: {project: my-project}' live.yaml"
    ),
    # docs/paper.md
    "make archive CONFIG=mine.yaml OUT=my-paper.tar.gz INPUTS=1": By(
        "tests/workflow/test_archive.py", "INPUTS"
    ),
    "tar xf my-paper.tar.gz && cd my-paper && make repeat OFFLINE=1": By(
        "tests/workflow/test_archive.py", "repeat"
    ),
    # docs/your-own.md
    **dict.fromkeys(
        (
            "make catalogue FROM=/data/scenes",
            "make catalogue FROM=/data/mine PATTERN='{tile}_{date}_{band}.tif' SENSOR=sentinel2",
            "make catalogue FROM=/data/stacks PATTERN='{scene}_{date}.tif' SENSOR=landsat "
            "BANDS=blue,green,red,nir,swir16,swir22",
        ),
        By("tests/unit/commands/test_catalogue.py", "--pattern"),
    ),
}
