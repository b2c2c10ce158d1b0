# The image of every Airflow service in docker-compose.airflow.yml.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
RUN python3 -m venv /opt/airflow
WORKDIR /source
COPY constraints.txt pyproject.toml README.md ./
# The dependencies alone first: this layer stays valid while only the code changes.
RUN /opt/airflow/bin/python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
      print(*p['dependencies'], *(r for e in ('production', 'kafka') for r in p['optional-dependencies'][e]), sep='\n')" \
      > requirements.txt \
    && /opt/airflow/bin/pip install --no-cache-dir --constraint constraints.txt --requirement requirements.txt
COPY airflow_ops_plugin airflow_ops_plugin
COPY dag_factory dag_factory
COPY templates templates
RUN /opt/airflow/bin/pip install --no-cache-dir --no-deps .

FROM ${PYTHON_IMAGE}
RUN useradd --uid 50000 --gid 0 --home-dir /home/airflow --create-home airflow \
    && mkdir -p /var/lib/airflow/logs /var/lib/airflow/bundles /var/lib/airflow/template-store /etc/airflow/templates \
    && chown -R airflow:0 /var/lib/airflow
COPY --from=build /opt/airflow /opt/airflow
ENV AIRFLOW_HOME=/var/lib/airflow \
    PATH=/opt/airflow/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1
USER airflow
WORKDIR /var/lib/airflow
CMD ["airflow", "version"]
