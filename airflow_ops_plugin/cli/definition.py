"""The commands below ``airflow ops``, as Airflow's command line takes them.

Scheduler and workers are started by that command line, and import this module before they fork a process for each task.
"""

from __future__ import annotations

from pathlib import Path

from airflow.cli.cli_config import ActionCommand, Arg, CLICommand, GroupCommand, lazy_load_command, positive_int

import dag_factory.airflow_backend.bundle  # noqa: F401  # else every task's process loads it anew: 12 ms each
from airflow_ops_plugin.cli.agents_definition import agents_commands, queue_commands

CHECK_EXAMPLES = """
Examples:
  airflow ops templates check templates
  airflow ops templates check one.json two.bpmn --format json
  airflow ops templates check /srv/models --summary --timeout 10

A folder is searched with all below it for .json, .bpmn, .bpmn2, .bpmn20.xml and .bpmn.xml files, and for .xml files
that name the namespace of BPMN. --summary judges each file by itself: Dag ids that several files use are counted, and
are no error.

Exit code: 0 no errors (there may be warnings), 1 some template has an error, 2 nothing to check.
"""
SHOW_EXAMPLES = """
Examples:
  airflow ops templates show templates/capacity_report.json
  airflow ops templates show order.bpmn --format mermaid > order.mmd

Exit code: 0 shown, 1 the template has errors (they are printed instead), 2 no such file.
"""
CONVERT_EXAMPLES = """
Examples:
  airflow ops templates convert order.bpmn                  # writes order.json, or one file for each process
  airflow ops templates convert patching.json --to bpmn     # writes patching.bpmn, with a diagram
  airflow ops templates convert patching.json --folder /srv/models

The template means the same in both. Keep only one of them in a templates folder: both make the same Dag.
Exit code: 0 written, 1 the template has errors, is in that language already, or a file exists, 2 no such file.
"""
NEW_EXAMPLES = """
Examples:
  airflow ops templates new --list
  airflow ops templates new web_restart --from service_restart
  airflow ops templates new web_restart --from service_restart --folder /srv/templates

Exit code: 0 written, 2 unknown library template, bad name, or the file exists.
"""
STANDALONE_EXAMPLES = """
Examples:
  airflow ops standalone
  airflow ops standalone --port 9000 --templates ./templates

Settings given as AIRFLOW__... environment variables win over those that this command chooses.
Exit code: 0 stopped by you, 1 a component died, 2 it could not start.
"""


def get_ops_cli_commands() -> list[CLICommand]:
    """Return what ``provider_info`` names under ``cli``."""
    commands = (_standalone(), _engine(), agents_commands(), queue_commands(), _secrets(), _templates())
    return [GroupCommand(name="ops", help="IT operations: templates, standalone", subcommands=commands)]


def _standalone() -> ActionCommand:
    return ActionCommand(
        name="standalone",
        help="Start all of Airflow here with the templates of a folder, to look at; not for production",
        func=lazy_load_command("airflow_ops_plugin.cli.standalone_command.standalone"),
        args=(
            Arg(("--port",), type=positive_int(allow_zero=False), default=8080, help="Port of the UI (8080)"),
            Arg(("--host",), default="127.0.0.1", help="Address that the UI listens on (127.0.0.1: this machine only)"),
            Arg(("--home",), type=Path, metavar="FOLDER", help="Where everything is kept (AIRFLOW_HOME)"),
            Arg(
                ("--templates",),
                type=Path,
                metavar="FOLDER",
                help="Templates folder (library copied to HOME/templates)",
            ),
            Arg(("--verbose",), action="store_true", help="Print every log line, not only warnings and errors"),
        ),
        epilog=STANDALONE_EXAMPLES,
    )


def _engine() -> ActionCommand:
    return ActionCommand(
        name="engine",
        help="Give waiting work to free agents and return the leases of dead tasks; several may run",
        func=lazy_load_command("airflow_ops_plugin.cli.engine_command.engine"),
        args=(
            Arg(("--interval",), type=float, metavar="SECONDS", help="Pause between two ticks ([ops] setting, or 1)"),
            Arg(("--once",), action="store_true", help="One tick, then stop"),
        ),
        epilog="\nExamples:\n  airflow ops engine\n  airflow ops engine --once\n",
    )


def _secrets() -> ActionCommand:
    return ActionCommand(
        name="secrets",
        help="Print fresh secrets for docker-compose.airflow.yml, as lines of a .env file",
        func=lazy_load_command("airflow_ops_plugin.cli.secrets_command.secrets_file"),
        args=(),
        epilog="\nExample:\n  (umask 077; airflow ops secrets > .env)\n",
    )


def _templates() -> GroupCommand:
    file_argument = Arg(("file",), type=Path, metavar="FILE", help="A template, .json or .bpmn")
    return GroupCommand(
        name="templates",
        help="Check, show and start templates, without a running Airflow",
        subcommands=(
            ActionCommand(
                name="check",
                help="Compile templates and print what is wrong with them, a line each",
                func=lazy_load_command("airflow_ops_plugin.cli.templates_command.check"),
                args=(
                    Arg(("paths",), type=Path, nargs="+", metavar="PATH", help="Templates, or folders of them"),
                    _format("text", "json"),
                    Arg(
                        ("--summary",), action="store_true", help="Count outcomes and time instead of listing findings"
                    ),
                    Arg(
                        ("--timeout",),
                        type=float,
                        default=60.0,
                        metavar="SECONDS",
                        help="Limit for one file (60); one that takes longer is stopped, and counted",
                    ),
                    Arg(("--jobs",), type=positive_int(allow_zero=False), help="Files compiled at once (CPUs)"),
                ),
                epilog=CHECK_EXAMPLES,
            ),
            ActionCommand(
                name="show",
                help="Print the Dag that a template becomes",
                func=lazy_load_command("airflow_ops_plugin.cli.templates_command.show"),
                args=(file_argument, _format("text", "json", "mermaid")),
                epilog=SHOW_EXAMPLES,
            ),
            ActionCommand(
                name="convert",
                help="Turn a template into the other language: BPMN to JSON, JSON to BPMN with a diagram",
                func=lazy_load_command("airflow_ops_plugin.cli.templates_command.convert"),
                args=(
                    file_argument,
                    Arg(("--to",), choices=("bpmn", "json"), help="Language to write (the one that FILE is not in)"),
                    Arg(("--folder",), type=Path, default=Path(), help="Where to write (the current folder)"),
                ),
                epilog=CONVERT_EXAMPLES,
            ),
            ActionCommand(
                name="schema",
                help="Print the JSON Schema of JSON templates",
                func=lazy_load_command("airflow_ops_plugin.cli.templates_command.schema"),
                args=(),
                epilog="\nExample:\n  airflow ops templates schema > template.schema.json\n",
            ),
            ActionCommand(
                name="new",
                help="Start a template from one of the library",
                func=lazy_load_command("airflow_ops_plugin.cli.templates_command.new"),
                args=(
                    Arg(("name",), nargs="?", metavar="NAME", help="Id of the new template; also its file name"),
                    Arg(("--from",), dest="source", metavar="TEMPLATE", help="Library template to start from"),
                    Arg(("--folder",), type=Path, default=Path(), help="Where to write it (the current folder)"),
                    Arg(("--list",), dest="is_list", action="store_true", help="List the library and stop"),
                ),
                epilog=NEW_EXAMPLES,
            ),
        ),
    )


def _format(*choices: str) -> Arg:
    return Arg(("--format",), choices=choices, default=choices[0], help=f"Form of the output ({choices[0]})")
