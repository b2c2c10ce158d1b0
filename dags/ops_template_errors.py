"""An Airflow Dag file without a Dag: its import error says what is wrong with the templates that are broken."""

from dag_factory.airflow_backend.dags_folder import report_errors

dag = report_errors()
