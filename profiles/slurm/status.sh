#!/bin/sh
# What has become of a job of Slurm, by its id, as Snakemake's generic executor asks: running, success
# or failed. So a job that was killed is noticed, which could write nothing itself.
#
# The controller forgets a job some minutes after its end; then accounting is asked, where there is
# one. Where neither knows the job it is lost, and made again. Where nobody answers it is asked again.

LC_ALL=C
export LC_ALL

state=$(squeue --noheader --states=all --format=%T --jobs="$1" 2>&1)
case $state in
  "" | *"Invalid job id"*)
    state=$(sacct --noheader --allocations --parsable2 --format=State --jobs="$1" 2>&1)
    case $state in
      "" | *"is disabled"* | *"not found"*) state=LOST ;;
    esac
    ;;
esac

case $state in
  COMPLETED) echo success ;;
  BOOT_FAIL | CANCELLED* | DEADLINE | FAILED | LAUNCH_FAILED | LOST | NODE_FAIL | OUT_OF_MEMORY | \
    PREEMPTED | REVOKED | TIMEOUT) echo failed ;;
  *) echo running ;;
esac
