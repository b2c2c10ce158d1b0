"""How long SQLite waits for its lock in ``airflow ops standalone``, where four components share one file."""

# Airflow's setting [database] sql_alchemy_connect_args takes the dotted path of a mapping. Seconds; the default is 5.
CONNECT_ARGS = {"timeout": 60}
