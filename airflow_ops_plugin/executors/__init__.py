"""Executors that run task instances where Airflow's own get something wrong."""
