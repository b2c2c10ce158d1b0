/** Reads agents from YAML, or JSON, in the form that export writes. */
import { load } from "js-yaml";

import type { AgentBody } from "../api/types";

/**
 * The server checks each agent; here only the frame around them is read.
 *
 * @throws Error the text is no YAML, or holds no list of agents.
 */
export const readAgents = (text: string): Array<AgentBody> => {
  const found = load(text);
  const agents = typeof found === "object" && found !== null && "agents" in found ? found.agents : found;
  if (!Array.isArray(agents)) {
    throw new Error("There is no list of agents in this text. It should begin with 'agents:', as an export does.");
  }

  return agents as Array<AgentBody>;
};
