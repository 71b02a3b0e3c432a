"""An executor of Snakemake as of a cluster, on which every submission is done at once: it touches
what the jobs would have written."""

from pathlib import Path

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.real import RealExecutor
from snakemake_interface_executor_plugins.jobs import JobExecutorInterface
from snakemake_interface_executor_plugins.settings import CommonSettings, ExecMode

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

    def run_job(self, job: JobExecutorInterface) -> None:
        submitted = SubmittedJobInfo(job)
        self.report_job_submission(submitted)
        for each in job if job.is_group() else [job]:
            for file in each.output:
                Path(file).touch()
        self.report_job_success(submitted)

    def get_python_executable(self) -> str:
        return "python"

    def get_exec_mode(self) -> ExecMode:
        return ExecMode.REMOTE

    def cancel(self) -> None:
        """Nothing is under way."""

    def shutdown(self) -> None:
        """The same."""
