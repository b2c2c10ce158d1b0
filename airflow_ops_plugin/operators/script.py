"""ScriptOperator: runs the script of a script node once, in a container of a Docker engine or as a local process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk import ResumableJobMixin
from airflow.sdk.exceptions import AirflowTaskTimeout

from airflow_ops_plugin.agents.docker_host import DockerHost
from airflow_ops_plugin.operators.uses_agent import AgentLostError, UsesAgent
from airflow_ops_plugin.scripts.container import Sandbox, create_container, name_container
from airflow_ops_plugin.scripts.container_reference import ContainerReference
from airflow_ops_plugin.scripts.container_run import follow_container
from airflow_ops_plugin.scripts.engine import Engine
from airflow_ops_plugin.scripts.errors import (
    EngineUnavailableError,
    ScriptError,
    ScriptInterruptedError,
    ScriptMayStillRunError,
    ScriptSettingsError,
)
from airflow_ops_plugin.scripts.exit_code import check_exit_codes, raise_unless_ok
from airflow_ops_plugin.scripts.image import ensure_image
from airflow_ops_plugin.scripts.job import Language, ScriptJob, as_text, pass_as_environment
from airflow_ops_plugin.scripts.output import ScriptOutput
from airflow_ops_plugin.scripts.process_run import kill_group, run_process
from airflow_ops_plugin.scripts.reaper import reap_expired
from airflow_ops_plugin.scripts.result import ScriptResult, raise_if_thrown
from airflow_ops_plugin.scripts.secret import read_secrets
from airflow_ops_plugin.scripts.settings import Runner, ScriptSettings
from dag_factory.airflow_backend.uses_variables import UsesVariables

if TYPE_CHECKING:
    from airflow.sdk import Context
    from docker import APIClient
    from pydantic import JsonValue

    from airflow_ops_plugin.assignment.schemas import AgentRef

NO_TIMEOUT_SECONDS = 24 * 3600.0
"""How long a container may live whose task has no timeout."""

_EXPIRY_SLACK = timedelta(minutes=2)
_STOP_WAIT_SECONDS = 5.0


class ScriptOperator(UsesAgent, UsesVariables, ResumableJobMixin, DockerOperator):
    """Runs a script; its return value is a ``ScriptResult`` as a mapping.

    In Docker, a retry joins the container of the try before where that still runs, and takes its result where it has
    ended: a worker that dies does not make the script run twice. ``docs/script-node.md`` says what is guaranteed.
    With ``agent`` it runs on the Docker host that is assigned to it; a retry goes back to the same one.

    :param language: ``sh``, ``bash`` or ``python``.
    :param script: its text; never interpolated.
    :param image: ``None`` for ``[ops] script_image``.
    :param requirements: Python packages, installed once into an image of their own.
    :param environment: variables whose values are interpolated.
    :param pass_variables: process variables passed as environment variables of the same name.
    :param secrets: environment variable -> ``connection:<id>.<field>`` or ``variable:<key>``.
    :param network: see ``Sandbox``; so are ``memory``, ``cpus``, ``pids_limit``, ``tmp_size`` and ``user``.
        ``None`` stands for ``[ops] script_memory``, ``script_cpus`` and ``script_pids``.
    :param output_limit_bytes: how much of the output is kept and logged; what is over it is counted. ``None`` for
        ``[ops] script_output_limit_bytes``.
    :param exit_codes: ``ok``, ``skip``, ``retry``, ``fail`` -> exit codes; 0 is ok and the others retry.
    :param runner: ``docker``, ``process``, or ``None`` for ``[ops] script_runner``.
    :param working_directory: where the script starts; by default a writable place.
    """

    template_fields: Sequence[str] = ("environment", "agent")
    template_fields_renderers = {"environment": "json"}  # noqa: RUF012 - Airflow reads it from the class
    template_ext: Sequence[str] = ()
    ui_color = "#e8f0fe"
    external_id_key = "script_container"

    def __init__(
        self,
        *,
        language: Language,
        script: str,
        image: str | None = None,
        requirements: Sequence[str] = (),
        environment: Mapping[str, Any] | None = None,
        pass_variables: Sequence[str] = (),
        secrets: Mapping[str, str] | None = None,
        network: bool | str | None = False,
        memory: str | None = None,
        cpus: float | None = None,
        pids_limit: int | None = None,
        tmp_size: str = "64m",
        user: str = "65534:65534",
        output_limit_bytes: int | None = None,
        exit_codes: Mapping[str, Sequence[int]] | None = None,
        runner: Runner | None = None,
        working_directory: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            image=image or "",
            environment=dict(environment or {}),
            mem_limit=memory,
            user=user,
            working_dir=working_directory,
            mount_tmp_dir=False,
            auto_remove="force",
            **kwargs,
        )
        self.language = language
        self.script = script
        self.requirements = list(requirements)
        self.pass_variables = list(pass_variables)
        self.secrets = dict(secrets or {})
        self.network = network
        self.cpu_limit = cpus
        self.pids_limit = pids_limit
        self.tmp_size = tmp_size
        self.output_limit_bytes = output_limit_bytes
        self.exit_codes = dict(exit_codes or {})
        self.runner = runner
        self._settings = ScriptSettings()
        self._host = DockerHost(url=self._settings.docker_url)
        self._connection: str | None = None
        self._engine: Engine | None = None
        self._job: ScriptJob | None = None
        self._container_name: str | None = None
        self._process_group: int | None = None
        self._is_stopped = False

    def use_agent(self, agent: AgentRef) -> None:
        """Run on the Docker host of ``agent``, whose address is the id of an Airflow connection."""
        if agent.kind == "docker_host":
            self._connection = agent.address

    def preferred_agent(self, context: Context) -> str | None:
        """Return the agent of an earlier try, whose container may still run; before the first there was none."""
        if context["ti"].try_number == 1:
            return None
        reference = self._stored_reference(context)
        return reference.agent if reference else None

    def work(self, context: Context) -> dict[str, Any]:
        """Run the script and return its result.

        :raises AgentLostError: the Docker host of the agent does not answer any more, and the work was taken from it.
        :raises ScriptError: it failed or could not be run; Airflow retries.
        :raises AirflowFailException: it ended with an exit code that is not retried.
        :raises AirflowSkipException: it ended with an exit code that stands for skipped.
        :raises ScriptThrewError: it threw an error of the process.
        :raises AirflowTaskTimeout: its time was over.
        """
        with self.guarded(context):
            self._settings = ScriptSettings.read()
            check_exit_codes(self.exit_codes)
            runner = self._settings.choose_runner(self.runner)
            self._job = self._describe_job(context)
            result = self._run_process() if runner == "process" else self._run_container(context)
            self.publish_outputs(context, result)
            return result

    def on_kill(self) -> None:
        """Kill the script and remove its container. Called in a signal handler: so with a client of its own."""
        self._is_stopped = True
        if self._process_group is not None:
            kill_group(self._process_group)
        if self._container_name is not None:
            self.log.info("Stopping the script: removing its container %s", self._container_name)
            self._remove_at_last(self._container_name)
        self.give_back_agent()

    def submit_job(self, context: Context) -> JsonValue:
        """Create the container, or find the one that an earlier try created, and return a reference to it.

        The container is started later, after the reference is stored: whatever dies in between, no script has run.
        """
        engine, job, name = self._require_engine(), self._require_job(), self._require_name()
        sandbox = self._describe_sandbox()
        sandbox.network_mode  # noqa: B018 - refuses a network before any image is pulled
        reap_expired(engine, self.log)
        image = ensure_image(
            engine, self.image or self._settings.image, self.requirements, settings=self._settings, log=self.log
        )
        self._stop_if_killed()
        labels = {"airflow-ops.dag": self.dag_id, "airflow-ops.task": self.task_id}
        engine.call(lambda client: create_container(client, name, job, sandbox, image=image, labels=labels))
        self.log.info("Running the script in container %s, image %s, engine %s", name, image, engine.url)
        expires_at = datetime.now(UTC) + timedelta(seconds=job.timeout_seconds) + _EXPIRY_SLACK
        reference = ContainerReference(
            name=name,
            engine=engine.identity,
            url=engine.url,
            expires_at=expires_at,
            connection=self._connection,
            agent=self.agent_name,
        )
        return cast("JsonValue", reference.as_json())

    def get_job_status(self, external_id: JsonValue, context: Context) -> str:
        """Return ``finished`` (its result is stored), ``present`` (running, or ended and not read) or ``gone``.

        :raises ScriptMayStillRunError: it is on an engine out of reach, where it may still run.
        """
        reference = ContainerReference.from_json(cast("dict[str, Any]", external_id))
        engine = self._require_engine()
        if reference.name != self._require_name():
            # The task was cleared since: the script runs again, and what the old execution left is not wanted.
            engine.remove_container(reference.name)
            return "gone"
        if reference.result is not None:
            return "finished"
        if reference.engine == engine.identity:
            return "gone" if engine.find_container(reference.name) is None else "present"
        if reference.agent and self._may_run_elsewhere():
            self.log.warning(
                "An earlier try started this script on the agent %s, which does not answer (%s); it runs again on %s",
                reference.agent,
                reference.url,
                engine.url,
            )
            return "gone"
        if datetime.now(UTC) < reference.expires_at:
            raise ScriptMayStillRunError(
                f"An earlier try started this script on another Docker engine ({reference.url}, container "
                f"{reference.name}), which this worker does not reach. It may run there until "
                f"{reference.expires_at:%Y-%m-%d %H:%M:%S} UTC, so it is not started a second time before then."
            )
        return "gone"

    def is_job_active(self, status: str) -> bool:
        """Whether there is a container to follow; an ended one is read like a running one."""
        return status == "present"

    def is_job_succeeded(self, status: str) -> bool:
        """Whether an earlier try has stored the script's result."""
        return status == "finished"

    def poll_until_complete(self, external_id: JsonValue, context: Context) -> Any:
        """Follow the container to its end, store the result, remove the container; return the result.

        Where the engine is out of reach the container stays, for the retry.
        """
        reference = ContainerReference.from_json(cast("dict[str, Any]", external_id))
        try:
            result = self._follow(reference.name)
        except EngineUnavailableError as error:
            if self._may_run_elsewhere() and self.has_lost_agent():
                raise AgentLostError(f"{error} The work was taken from the agent, and goes to the next.") from error
            raise
        except BaseException:
            self._remove_at_last(reference.name)
            raise
        self._store(context, replace(reference, result=result))
        self._remove_at_last(reference.name)
        return result

    def get_job_result(self, external_id: JsonValue, context: Context) -> Any:
        """Return the result that ``poll_until_complete`` stored, in this try or in an earlier one."""
        if self._result is not None:
            return self._result
        return ContainerReference.from_json(cast("dict[str, Any]", external_id)).result

    _result: dict[str, Any] | None = None

    def _describe_job(self, context: Context) -> ScriptJob:
        environment = {name: as_text(value) for name, value in self.environment.items() if value is not None}
        timeout = self.execution_timeout
        return ScriptJob(
            language=self.language,
            script=self.script,
            environment={**pass_as_environment(self.pass_variables, self.values(context)), **environment},
            secrets=read_secrets(self.secrets),
            timeout_seconds=timeout.total_seconds() if timeout else NO_TIMEOUT_SECONDS,
            output_limit_bytes=self.output_limit_bytes or self._settings.output_limit_bytes,
            working_directory=self.working_dir,
        )

    def _describe_sandbox(self) -> Sandbox:
        return Sandbox(
            user=str(self.user),
            network=self.network or False,
            memory=str(self.mem_limit or self._settings.memory),
            cpus=self.cpu_limit or self._settings.cpus,
            pids_limit=self.pids_limit or self._settings.pids_limit,
            tmp_size=self.tmp_size,
        )

    def _run_process(self) -> dict[str, Any]:
        if self.requirements:
            raise ScriptSettingsError("a script with requirements cannot run as a local process; it needs Docker")
        self.log.warning(
            "This script runs as a LOCAL PROCESS of the worker, WITHOUT ISOLATION: not in a container, with the "
            "worker's user, files and network. Only the time limit and the output limit apply."
        )
        output = self._collect_output()
        end = run_process(self._require_job(), output, on_start=self._remember_process)
        self._stop_if_killed()
        raise_if_thrown(output.stdout)
        raise_unless_ok(end.exit_code, self.exit_codes, cause="", tail=output.tail)
        return ScriptResult.from_output(
            output.stdout, exit_code=end.exit_code, execution_time=end.execution_time
        ).as_dict()

    def _run_container(self, context: Context) -> dict[str, Any]:
        self._container_name = name_container(context)
        self._host = self._choose_host(context)
        self.docker_url = self._host.url
        self.tls_ca_cert, self.tls_client_cert = self._host.ca_cert, self._host.client_cert
        self.tls_client_key = self._host.client_key
        self.docker_conn_id = self._settings.docker_conn_id
        self._engine = Engine(
            self._connect,
            url=self._host.url,
            wait_seconds=self._settings.engine_wait_seconds,
            is_lost=lambda: self._may_run_elsewhere() and self.has_lost_agent(),
        )
        return cast("dict[str, Any]", self.execute_resumable(context))

    def _choose_host(self, context: Context) -> DockerHost:
        """Return the agent's host, but where an earlier try left a container on another one that answers, that one."""
        if self._connection is None:
            return DockerHost.of_deployment(self._settings.docker_url)
        earlier = self._stored_reference(context)
        if earlier and earlier.connection not in (None, self._connection) and earlier.name == self._require_name():
            host = _host_of(str(earlier.connection))
            if _has_container(host, earlier.name):
                self.log.info("An earlier try's container is on %s: going on there", host.url)
                self._connection = earlier.connection
                return host
        return _host_of(self._connection)

    def _stored_reference(self, context: Context) -> ContainerReference | None:
        store = context.get("task_state_store")
        stored = store.get(self.external_id_key) if store is not None else None
        return ContainerReference.from_json(cast("dict[str, Any]", stored)) if stored else None

    def _may_run_elsewhere(self) -> bool:
        """Whether the script runs again on another host where its own is lost, though it may still run there."""
        return self.agent is not None and self.agent.get("when_lost") != "wait"

    def _connect(self) -> APIClient:
        """Return a new client, logged in where the deployment names a connection for that."""
        if self._settings.docker_conn_id is None:
            return self._host.connect()
        self.__dict__.pop("hook", None)
        return self.hook.api_client

    def _follow(self, name: str) -> dict[str, Any]:
        output = self._collect_output()
        try:
            end = follow_container(self._require_engine(), name, output)
        except ScriptError:
            self._stop_if_killed()
            raise
        self._stop_if_killed()
        if end.is_timed_out:
            raise AirflowTaskTimeout(f"The script did not end within its time. Its last lines:\n{output.tail}")
        raise_if_thrown(output.stdout)
        raise_unless_ok(
            end.exit_code, self.exit_codes, cause=end.describe(self._describe_sandbox().memory), tail=output.tail
        )
        result = ScriptResult.from_output(output.stdout, exit_code=end.exit_code, execution_time=end.execution_time)
        self._result = result.as_dict()
        return self._result

    def _store(self, context: Context, reference: ContainerReference) -> None:
        store = context.get("task_state_store")
        if store is not None:
            store.set(self.external_id_key, cast("JsonValue", reference.as_json()))

    def _remove_at_last(self, name: str) -> None:
        """Remove the container; where that fails its own clock ends it and a later script start removes it."""
        engine = Engine(self._host.connect, url=self._host.url, wait_seconds=0)
        try:
            engine.remove_container(name)
        except Exception as error:
            # Whatever the engine says must not hide how the script itself ended.
            self.log.warning("The container %s could not be removed now: %s", name, error)

    def _collect_output(self) -> ScriptOutput:
        job = self._require_job()
        return ScriptOutput(self.log, limit_bytes=job.output_limit_bytes, secrets=job.secrets.values())

    def _remember_process(self, group: int) -> None:
        self._process_group = group
        if self._is_stopped:
            kill_group(group)

    def _stop_if_killed(self) -> None:
        if self._is_stopped:
            raise ScriptInterruptedError("The script was stopped by Airflow: the task was ended from outside.")

    def _require_engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("ScriptOperator.execute has not been called")
        return self._engine

    def _require_job(self) -> ScriptJob:
        if self._job is None:
            raise RuntimeError("ScriptOperator.execute has not been called")
        return self._job

    def _require_name(self) -> str:
        if self._container_name is None:
            raise RuntimeError("ScriptOperator.execute has not been called")
        return self._container_name


def _host_of(connection_id: str) -> DockerHost:
    from airflow.sdk import BaseHook

    return DockerHost.of_connection(BaseHook.get_connection(connection_id))


def _has_container(host: DockerHost, name: str) -> bool:
    """Return whether the engine answers soon and has a container called ``name``."""
    engine = Engine(lambda: host.connect(timeout_seconds=5), url=host.url, wait_seconds=0)
    try:
        return engine.find_container(name) is not None
    except EngineUnavailableError:
        return False
