"""Templates (JSON, BPMN 2.0) to Airflow Dags: frontends, checks, lowering, and one folder that touches Airflow."""
