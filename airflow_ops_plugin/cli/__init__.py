"""``airflow ops ...``: one module for each command, and their definition."""
