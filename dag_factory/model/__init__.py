"""The process model: what a template means, before anything Airflow."""
