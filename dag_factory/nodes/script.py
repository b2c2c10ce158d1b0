"""A script in sh, bash or Python that runs in a Docker container or, where allowed, as a local process."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dag_factory.dag_spec import TaskSpec
from dag_factory.nodes.agent import AgentActivity, AgentKind
from dag_factory.nodes.base import Marker, node_type

SecretReference = Annotated[
    str,
    Field(
        pattern=r"^(connection:[\w.-]+\.(password|login|host|port|schema|uri|extra\.[\w.-]+)|variable:[\w.-]+)$",
        description="`connection:ID.password` (or `.login .host .port .schema .uri .extra.KEY`) or `variable:KEY`.",
    ),
]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]


class ExitCodes(BaseModel):
    """What an exit code other than 0 means; a code that is not listed is a failure that may be retried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    skip: list[int] = Field(default_factory=list, description="The node is skipped, and with it what follows only it.")
    retry: list[int] = Field(default_factory=list, description="The attempt failed; retried while retries are left.")
    fail: list[int] = Field(default_factory=list, description="The node failed for good: no further attempt.")


@node_type("script")
class ScriptNode(AgentActivity):
    """Runs a script. Variables whose names occur in it are passed as environment variables.

    Its result has `success`, `output` (what it printed), `result` (the JSON it printed last, if any),
    `execution_time` (seconds) and `exit_code`.
    """

    default_timeout_seconds: ClassVar[float] = 1800
    default_retries: ClassVar[int] = 3
    agent_kinds: ClassVar[tuple[AgentKind, ...]] = ("docker_host", "worker_queue")

    type: Literal["script"] = "script"
    language: Literal["sh", "bash", "python"] = Field("sh", description="Interpreter of the script.")
    script: str | None = Field(None, max_length=1_048_576, description="The script itself. Either this or `file`.")
    file: str | None = Field(
        None, max_length=255, description="Name of a script file beside the template, without any folder above it."
    )
    image: str | None = Field(
        None, pattern=r"^[a-z0-9][\w./:@-]*$", max_length=300, description="Docker image; default from configuration."
    )
    requirements: list[Annotated[str, Field(max_length=300)]] = Field(
        default_factory=list, description="Python packages, built once into an image of their own."
    )
    environment: Annotated[dict[EnvironmentName, str], Marker.TEXT] = Field(
        default_factory=dict, description="Further environment variables; values may hold `${expressions}`."
    )
    secrets: dict[EnvironmentName, SecretReference] = Field(
        default_factory=dict, description="Environment variables read from Airflow connections or variables, masked."
    )
    network: bool | str = Field(False, description="`true` for network access, or the name of a Docker network.")
    memory: str | None = Field(None, pattern=r"^\d+[bkmgBKMG]?$", description="Memory limit, for example `512m`.")
    cpus: float | None = Field(None, gt=0, le=256, description="CPU limit in cores.")
    runner: Literal["docker", "process"] | None = Field(
        None, description="`process` runs it on the worker itself, where the deployment allows that."
    )
    exit_codes: ExitCodes = Field(default_factory=ExitCodes, description="What exit codes mean.")

    @model_validator(mode="after")
    def _has_one_source(self) -> ScriptNode:
        if (self.script is None) == (self.file is None):
            raise ValueError("give either `script` (the text) or `file` (the name of a file beside the template)")
        return self

    def names_in_script(self) -> frozenset[str]:
        """Return every word of the script that could be the name of a variable."""
        return frozenset(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", self.script or ""))

    def to_task(self) -> TaskSpec:
        """Return the task that runs the script."""
        arguments: dict[str, Any] = {
            "language": self.language,
            "script": self.script,
            "image": self.image,
            "requirements": self.requirements,
            "environment": self.environment,
            "secrets": self.secrets,
            "network": self.network or None,
            "memory": self.memory,
            "cpus": self.cpus,
            "runner": self.runner,
            "exit_codes": {key: codes for key, codes in self.exit_codes.model_dump().items() if codes},
            "agent": self.agent_argument(),
        }
        return self.work_task("airflow_ops_plugin.operators.script.ScriptOperator", arguments)
