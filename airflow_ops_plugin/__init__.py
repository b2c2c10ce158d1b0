"""What Airflow lacks for operations: operators that do the work, the airflow ops command, settings."""
