/** The kinds of agents: their names, icons, and what their address is. */
import type { ReactNode } from "react";
import { FiLayers, FiServer, FiUser } from "react-icons/fi";

import type { AgentKind } from "../api/schema";

interface Kind {
  readonly addressHelp: string;
  readonly addressLabel: string;
  readonly icon: ReactNode;
  readonly label: string;
}

export const KINDS: Record<AgentKind, Kind> = {
  docker_host: {
    addressHelp: "Id of the Airflow connection that holds the Docker engine's address and TLS files.",
    addressLabel: "Connection",
    icon: <FiServer aria-hidden />,
    label: "Docker host",
  },
  person: {
    addressHelp: "Id of the Airflow user, as the auth manager knows it.",
    addressLabel: "User",
    icon: <FiUser aria-hidden />,
    label: "Person",
  },
  worker_queue: {
    addressHelp: "Name of the queue that the workers listen to.",
    addressLabel: "Queue",
    icon: <FiLayers aria-hidden />,
    label: "Worker queue",
  },
};

export const KIND_OPTIONS = (["person", "docker_host", "worker_queue"] as const).map((value) => ({
  label: KINDS[value].label,
  value,
}));
