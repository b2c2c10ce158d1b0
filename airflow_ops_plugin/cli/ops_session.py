"""What the commands about agents share: one transaction, the answer to a refusal, who it was."""

from __future__ import annotations

import functools
import getpass
import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime

from airflow.utils.cli import action_cli, suppress_logs_and_warning
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from airflow_ops_plugin.assignment.roster import Roster
from airflow_ops_plugin.errors import InvalidRequestError, OpsError

Action = Callable[[Session, Namespace], None]


def command(function: Action) -> Callable[[Namespace], None]:
    """Return a command that runs ``function`` in one transaction and is noted in Airflow's audit log.

    It ends with the exit code 1 where the change is refused, and with 2 where an argument is wrong.
    """

    @functools.wraps(function)
    def run(args: Namespace) -> None:
        from airflow.utils.session import create_session

        try:
            with create_session(scoped=False) as session:
                function(session, args)
        except InvalidRequestError as error:
            _fail(2, str(error))
        except OpsError as error:
            _fail(1, str(error))
        except (OperationalError, ProgrammingError) as error:
            _fail(1, f"the ops tables cannot be used: {error.orig}; has `airflow db migrate` been run?")

    logged: Callable[[Namespace], None] = action_cli(suppress_logs_and_warning(run), check_db=False)
    return logged


def actor() -> str:
    """Return who runs the command, as events and assignments name them."""
    return f"{getpass.getuser()} (command line)"


def now() -> datetime:
    """Return the time of the command."""
    return datetime.now(UTC)


def hand_over(session: Session) -> None:
    """Give waiting work to agents that have just become free; the engine does the rest."""
    from airflow_ops_plugin.assignment.queue import assign_queued

    assign_queued(session, Roster(), now=now(), limit=50)


def _fail(code: int, message: str) -> None:
    print(message, file=sys.stderr)
    raise SystemExit(code)
