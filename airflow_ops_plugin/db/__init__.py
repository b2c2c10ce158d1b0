"""The ops tables as a whole: their MetaData, their migrations, their manager for ``airflow db migrate``."""
