/** Saves all agents as a YAML file that import takes. */
import { dump } from "js-yaml";

import { exportAgents } from "../api/operations";

export const downloadAgents = async (): Promise<void> => {
  const text = dump(await exportAgents(), { lineWidth: 120 });
  const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "agents.yaml";
  link.click();
  URL.revokeObjectURL(address);
};
