"""A worker that sends mail: `python -m tests.faults.mailer`, on the database and to the server that are named.

Like the worker beside it, it is forked off a process that has imported everything, once for every line that comes
in; its leases and pauses are short, as whoever kills it does not wait for two minutes.
"""

from datetime import timedelta

from app.domain import job as jobs
from tests.faults.worker import main

jobs.LEASE = timedelta(seconds=1)
jobs.pause_after = lambda attempts: timedelta(milliseconds=50 * min(attempts, 8))

if __name__ == "__main__":
    main()
