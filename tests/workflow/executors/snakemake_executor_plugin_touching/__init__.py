"""An executor of Snakemake as of a cluster: it touches what the jobs would have written. Every
submission is done at once, but for those that have an output in a folder `slow`: every second of
them, until there is a file `late`."""

import threading
from itertools import count
from pathlib import Path

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.real import RealExecutor
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface
from snakemake_interface_executor_plugins.settings import CommonSettings, ExecMode

from patience import wait_until

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    pass_envvar_declarations_to_cmd=True,
    auto_deploy_default_storage_provider=False,
)


class Executor(RealExecutor):
    """Starts no process."""

    cores = "all"
    slow = count()

    def run_job(self, job: JobExecutorInterface) -> None:
        submitted = SubmittedJobInfo(job)
        self.report_job_submission(submitted)
        files = [Path(file) for each in (job if job.is_group() else [job]) for file in each.output]
        if any(file.parent.name == "slow" for file in files) and next(self.slow) % 2:
            threading.Thread(target=self.end, args=(submitted, files, Path("late"))).start()
        else:
            self.end(submitted, files)

    def end(self, submitted: SubmittedJobInfo, files: list[Path], late: Path | None = None) -> None:
        if late:
            wait_until(late.exists)
        for file in files:
            file.parent.mkdir(exist_ok=True)
            file.touch()
        self.report_job_success(submitted)

    def get_python_executable(self) -> str:
        return "python"

    def get_exec_mode(self) -> ExecMode:
        return ExecMode.REMOTE

    def cancel(self) -> None:
        """Nothing is under way."""

    def shutdown(self) -> None:
        """The same."""
