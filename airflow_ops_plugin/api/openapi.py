"""Writes the API's OpenAPI document, from which clients are generated.

``python -m airflow_ops_plugin.api.openapi FILE``: it goes to a file, as Airflow writes its warnings to standard output.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from airflow_ops_plugin.api.app import create_app


def document() -> str:
    """Return the document as it is committed in ``docs/schema/ops-api.json``."""
    return json.dumps(create_app().openapi(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document())
