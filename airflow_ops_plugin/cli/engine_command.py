"""``airflow ops engine``: keeps agents and waiting work in order."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import timedelta


def engine(args: argparse.Namespace) -> None:
    """Run the engine until it is stopped."""
    from airflow_ops_plugin.engine.process import EngineProcess
    from airflow_ops_plugin.engine.settings import EngineSettings

    settings = EngineSettings.read()
    if args.interval is not None:
        settings = replace(settings, interval=timedelta(seconds=args.interval))
    EngineProcess(settings).run(is_once=args.once)
