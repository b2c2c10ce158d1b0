"""An Airflow Dag file for the plain dags-folder way: one Dag for each good template of the templates folder."""

from dag_factory.airflow_backend.dags_folder import build_dags

globals().update(build_dags())
