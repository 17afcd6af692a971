"""A worker whose jobs are counted: `python -m tests.faults.worker`, on the database that the environment names.

It is forked off a process that has imported everything, once for every line that comes in, and writes its
number; so a worker killed with -9 is followed by the next within a moment.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from huey.bin.huey_consumer import consumer_main

from app.domain import job as jobs
from app.domain.job import handles
from app.extensions import db, huey

jobs.LEASE = timedelta(seconds=1)


@handles("counted")
def count(job: jobs.Job) -> None:
    """The effect of the job, in the transaction of its end; slow, so that some die in the middle of it."""
    (Path(os.environ["INSTANCE"]) / "busy").touch()
    db.session.execute(sa.text("insert into effects (job_id) values (:id)"), {"id": job.id})
    time.sleep(0.02)


def main() -> None:
    import tasks

    with tasks.application.app_context():
        db.engine.dispose()
    huey.storage.close()
    for _line in sys.stdin:
        pid = os.fork()
        if not pid:
            sys.argv = ["huey_consumer", "tasks.huey", "-w", "2", "-g", "TERM", "-f", "-q"]
            consumer_main()
            os._exit(0)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
