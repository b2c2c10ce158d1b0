"""A process that has imported Airflow and runs each ``airflow`` command that it is told in a child of its own.

Reads one JSON command per line (arguments, environment, files for its output); answers with the exit code.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any


def main() -> None:
    """Serve commands until the end of the input."""
    import airflow.cli.commands.dag_processor_command
    import airflow.dag_processing.collection
    import airflow.jobs.dag_processor_job_runner
    import airflow.sdk.execution_time.supervisor  # noqa: F401 - all imported once, before children are forked
    import alembic.context  # noqa: F401
    from airflow import settings
    from sqlalchemy.orm import configure_mappers

    configure_mappers()
    answer("ready")
    for line in sys.stdin:
        settings.dispose_orm(do_log=False)
        pid = os.fork()
        if not pid:
            run(json.loads(line))
        answer(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def run(command: dict[str, Any]) -> None:
    """Run one command in this process, which it ends."""
    from airflow import settings
    from airflow.__main__ import main as run_airflow

    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(command[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.update(command["environment"])
    sys.argv = ["airflow", *command["arguments"]]
    code = 1
    try:
        settings.initialize()
        run_airflow()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def answer(value: Any) -> None:
    """Write one line to the test."""
    sys.stdout.write(f"ANSWER {json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
