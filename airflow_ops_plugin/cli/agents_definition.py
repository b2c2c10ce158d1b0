"""The commands ``airflow ops agents`` and ``airflow ops queue``."""

from __future__ import annotations

from pathlib import Path

from airflow.cli.cli_config import (
    ARG_OUTPUT,
    ARG_VERBOSE,
    ActionCommand,
    Arg,
    CLICommand,
    GroupCommand,
    lazy_load_command,
    positive_int,
)

KINDS = ("person", "docker_host", "worker_queue")
STATUSES = ("available", "draining", "maintenance", "offline")
WORK_STATES = ("queued", "leased", "closed")

EXIT_CODES = "Exit code: 0 done, 1 refused (unknown, taken or still at work), 2 an argument or the file is wrong."
ADD_EXAMPLES = f"""
Examples:
  airflow ops agents add anna --kind person --address anna --skill netops=3 --label dba
  airflow ops agents add build1 --kind docker_host --address docker_build1 --capacity 4 --weight 2
  airflow ops agents add night --kind worker_queue --address night --capacity 16 --dag-id nightly_backup

The address is a user id, the id of an Airflow connection to a Docker engine, or the name of a worker queue. Working
hours and absences are given in a file, see `airflow ops agents import --help`.
{EXIT_CODES}
"""
SET_EXAMPLES = f"""
Examples:
  airflow ops agents set anna --skill netops=4 --skill linux=2
  airflow ops agents set anna --without-skill linux --without-label dba
  airflow ops agents set build1 --capacity 8

What is not named stays as it is.
{EXIT_CODES}
"""
LIST_EXAMPLES = """
Examples:
  airflow ops agents list
  airflow ops agents list --kind docker_host --status available --output json
  airflow ops agents list --skill netops --output plain
"""
IMPORT_EXAMPLES = f"""
Example of a file:
  agents:
    - name: anna
      kind: person
      address: anna
      skills: {{netops: 3}}
      labels: [dba]
      time_zone: Europe/Berlin
      working_hours:
        - {{days: [mon, tue, wed, thu, fri], start: "08:00", end: "17:00"}}
      absences:
        - {{start: "2030-07-01T00:00:00+02:00", end: "2030-07-15T00:00:00+02:00", note: holiday}}

Examples:
  airflow ops agents import agents.yaml
  airflow ops agents import agents.yaml --replace      # also removes agents that the file does not name

All or nothing is changed. {EXIT_CODES}
"""
QUEUE_EXAMPLES = """
Examples:
  airflow ops queue list
  airflow ops queue list --state leased --dag-id restart_database
  airflow ops queue list --output json
"""


def agents_commands() -> GroupCommand:
    """Return ``airflow ops agents``."""
    name = Arg(("name",), metavar="NAME", help="Name of the agent")
    reason = Arg(("--reason",), default="", metavar="TEXT", help="Why, for those who look at the agent")
    return GroupCommand(
        name="agents",
        help="Register, describe, drain and remove agents: people, Docker hosts, worker queues",
        subcommands=(
            _command("list", "List agents with their load", _filters(), LIST_EXAMPLES),
            _command("show", "Print all about an agent", (name, _output("yaml"))),
            _command("add", "Register an agent", (name, *_kind_and_address(), *_description()), ADD_EXAMPLES),
            _command("set", "Change an agent", (name, *_description(), *_removals()), SET_EXAMPLES),
            _command("drain", "Let an agent finish what it has, and give it nothing new", (name, reason)),
            _command("maintain", "Put an agent into maintenance; it keeps what it has", (name, reason)),
            _command("activate", "Make an agent available again", (name,)),
            _command("remove", "Remove an agent that holds nothing; its history stays", (name,)),
            _command(
                "import",
                "Register or change the agents of a YAML file",
                (
                    Arg(("file",), type=Path, metavar="FILE", help="YAML; - for standard input"),
                    Arg(("--replace",), action="store_true", help="Remove agents that the file does not name"),
                ),
                IMPORT_EXAMPLES,
            ),
            _command(
                "export",
                "Print all agents as YAML that import takes",
                (Arg(("file",), nargs="?", type=Path, metavar="FILE", help="Where to write (standard output)"),),
                "\nExample:\n  airflow ops agents export > agents.yaml\n",
            ),
        ),
    )


def queue_commands() -> GroupCommand:
    """Return ``airflow ops queue``."""
    return GroupCommand(
        name="queue",
        help="See which work waits for an agent, and why",
        subcommands=(
            ActionCommand(
                name="list",
                help="List work in the order in which it gets agents",
                func=lazy_load_command("airflow_ops_plugin.cli.queue_command.list_queue"),
                args=(
                    Arg(("--state",), choices=WORK_STATES, default="queued", help="State of the work (queued)"),
                    Arg(("--dag-id",), metavar="DAG_ID", help="Only work of this Dag"),
                    Arg(("--limit",), type=positive_int(allow_zero=False), default=50, help="How many at most (50)"),
                    ARG_OUTPUT,
                    ARG_VERBOSE,
                ),
                epilog=QUEUE_EXAMPLES,
            ),
        ),
    )


def _command(name: str, help: str, args: tuple[Arg, ...], epilog: str = f"\n{EXIT_CODES}\n") -> CLICommand:
    function = (
        f"airflow_ops_plugin.cli.agents_command.{name}_agent{'s' if name in ('list', 'import', 'export') else ''}"
    )
    return ActionCommand(
        name=name, help=help, func=lazy_load_command(function), args=(*args, ARG_VERBOSE), epilog=epilog
    )


def _filters() -> tuple[Arg, ...]:
    return (
        Arg(("--kind",), choices=KINDS, help="Only agents of this kind"),
        Arg(("--status",), choices=STATUSES, help="Only agents in this status"),
        Arg(("--skill",), metavar="SKILL", help="Only agents that have this skill"),
        Arg(("--label",), metavar="LABEL", help="Only agents with this label"),
        ARG_OUTPUT,
    )


def _kind_and_address() -> tuple[Arg, ...]:
    return (
        Arg(("--kind",), choices=KINDS, required=True, help="What it is"),
        Arg(("--address",), required=True, metavar="ID", help="User id, connection id, or name of a queue"),
    )


def _description() -> tuple[Arg, ...]:
    return (
        Arg(("--login",), metavar="NAME", help="Of a person: user name, where it is not the user id"),
        Arg(("--description",), metavar="TEXT", help="For people"),
        Arg(("--skill",), action="append", dest="skills", metavar="SKILL=LEVEL", help="A skill and its level, 1 to 5"),
        Arg(("--label",), action="append", dest="labels", metavar="LABEL", help="A label, such as a group"),
        Arg(("--capacity",), type=int, metavar="N", help="How much it does at once (1)"),
        Arg(("--weight",), type=float, metavar="X", help="Its share for the strategy 'weighted' (1)"),
        Arg(("--dag-id",), action="append", dest="dag_ids", metavar="DAG_ID", help="A Dag it works for; all if none"),
        Arg(("--time-zone",), metavar="ZONE", help="Time zone of its working hours (UTC)"),
        Arg(
            ("--heartbeat-timeout",),
            type=float,
            dest="heartbeat_timeout_seconds",
            metavar="SECONDS",
            help="Silence after which it counts as gone, where it reports itself",
        ),
    )


def _removals() -> tuple[Arg, ...]:
    return (
        Arg(("--without-skill",), action="append", default=[], metavar="SKILL", help="A skill it has no more"),
        Arg(("--without-label",), action="append", default=[], metavar="LABEL", help="A label it has no more"),
    )


def _output(default: str) -> Arg:
    return Arg(("--output", "-o"), choices=("yaml", "json"), default=default, help=f"Form of the output ({default})")
