/** Whom work must have, would rather have, and must not have, in words. */
import type { WorkItemView } from "../api/types";

type Wishes = Pick<WorkItemView, "any_label" | "exclude" | "only_agents" | "prefer_labels">;

export const formatWishes = ({ any_label, exclude, only_agents, prefer_labels }: Wishes): string =>
  [
    ...(only_agents.length === 0 ? [] : [`only ${only_agents.join(" or ")}`]),
    ...(any_label.length === 0 ? [] : [`of ${any_label.join(" or ")}`]),
    ...(prefer_labels.length === 0 ? [] : [`rather ${prefer_labels.join(", ")}`]),
    ...exclude.map((one) => `not ${formatExclusion(one)}`),
  ].join("; ");

const formatExclusion = (exclusion: string): string => {
  const [kind, ...rest] = exclusion.split(":");
  const name = rest.join(":");
  if (kind === "node") return `who did ${name}`;

  return kind === "agent" ? name : "the requester";
};
