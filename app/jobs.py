"""The small door to tasks.py: hand a stored job to the queue, now or later."""

from datetime import datetime

from app import clock


def later(job_id: int, run_at: datetime | None = None) -> None:
    """Tell the queue that this job is due. Only its id travels: the row in the database is the truth."""
    import tasks  # tasks.py needs the application, which needs us

    if run_at is None or run_at <= clock.now():
        tasks.run(job_id)
    else:
        tasks.run.schedule((job_id,), eta=run_at)
