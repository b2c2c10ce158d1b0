"""The only package of dag_factory that imports Airflow."""
