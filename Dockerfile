# Airflow with Newsflow: one image for every service of docker-compose.yml that is ours.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /src
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1
COPY requirements/ requirements/
RUN python -m pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt \
 && uv venv --quiet /opt/newsflow \
 && uv pip install --quiet --python /opt/newsflow/bin/python --require-hashes -r requirements/image.txt
COPY . .
# The build tool is pinned by the lock, too.
RUN uv build --quiet --wheel --require-hashes --build-constraints requirements/lock.txt --out-dir /dist \
 && uv pip install --quiet --python /opt/newsflow/bin/python --no-deps /dist/*.whl

FROM python:${PYTHON}
# The user of the files in the named volumes: ingest.deploy.secrets gives the secrets to this uid.
RUN groupadd --gid 50000 newsflow && useradd --uid 50000 --gid 50000 --create-home --home-dir /home/newsflow newsflow \
 && install -d -o newsflow -g newsflow -m 0750 /opt/airflow /opt/airflow/logs /var/lib/newsflow \
 && install -d -m 0755 /run/newsflow
COPY --from=build /opt/newsflow /opt/newsflow
COPY dags/ /opt/airflow/dags/
ENV PATH=/opt/newsflow/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/airflow/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    NEWSFLOW_HOME=/var/lib/newsflow
WORKDIR /home/newsflow
USER newsflow
CMD ["newsflow", "--help"]
