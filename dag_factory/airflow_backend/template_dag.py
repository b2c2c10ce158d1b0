"""TemplateDag: a Dag whose source view in Airflow shows its template, and BrokenTemplateDag: a template's errors."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from dag_factory.errors import DagFactoryError


class BrokenTemplate(DagFactoryError):
    """A template cannot become a Dag; the message says why, a finding on each line."""


class TemplateDag(DAG):
    """A Dag built from a template.

    ``source_path`` is the file whose text Airflow stores as the Dag's source code; ``None`` keeps the Python file.
    """

    source_path: Path | None = None

    def validate(self) -> None:
        """Check the Dag, and point Airflow's source view at the template.

        Airflow's importer sets ``fileloc`` to the Python file it has run and calls this right after. The Python file
        stays ``relative_fileloc``, which is what workers and the Dag processor go by.
        """
        super().validate()  # type: ignore[no-untyped-call]
        if self.source_path is not None:
            self.fileloc = str(self.source_path)


class BrokenTemplateDag(DAG):
    """Stands for a template with errors: Airflow reports them as the file's import error and keeps no Dag.

    An exception raised by the file itself would be shown below a traceback of machinery; one raised by
    ``validate`` is shown as its bare message.
    """

    problem: str = ""

    def validate(self) -> None:
        """Refuse this Dag.

        :raises BrokenTemplate: always.
        """
        raise BrokenTemplate(self.problem)


def report_broken_template(problem: str) -> BrokenTemplateDag:
    """Return the object that makes Airflow report ``problem`` as the import error of the file that holds it."""
    dag = BrokenTemplateDag("broken_template", schedule=None)
    dag.problem = problem
    return dag
