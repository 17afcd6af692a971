"""Imports that are killed: `python -m tests.faults.importer`, on the database that the environment names.

A line that comes in is the arguments of one import, in JSON. It is done by a process that is forked off one that
has imported everything, and whose number is written; so a killed import is begun again within a moment. After the
next line its end is waited for, and told.
"""

import json
import os
import sys
from datetime import timedelta

from app import create_app, importing
from app.domain import job as jobs
from app.extensions import db

jobs.LEASE = timedelta(seconds=0.2)
importing.LOOK_AGAIN = 0.05


def main() -> None:
    app = create_app()
    with app.app_context():
        db.engine.dispose()
    while line := sys.stdin.readline():
        pid = os.fork()
        if not pid:
            # What it tells its reader must not get in between our numbers.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            with app.app_context():
                importing.import_file.main(json.loads(line), standalone_mode=False)
            os._exit(0)
        print(pid, flush=True)
        sys.stdin.readline()
        _pid, status = os.waitpid(pid, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main()
