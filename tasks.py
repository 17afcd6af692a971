"""Work that happens later: each task finds one record and calls one method."""

from app.domain.job import Job
from app.extensions import huey


@huey.task()
def run(job_id: int) -> None:
    """Do one stored job."""
    Job.run(job_id)
