/** Whom work would rather have, and whom it must not have, in words. */
import type { WorkItemView } from "../api/types";

export const formatWishes = ({ exclude, prefer_labels }: Pick<WorkItemView, "exclude" | "prefer_labels">): string =>
  [
    ...(prefer_labels.length === 0 ? [] : [`rather ${prefer_labels.join(", ")}`]),
    ...exclude.map((one) => `not ${formatExclusion(one)}`),
  ].join("; ");

const formatExclusion = (exclusion: string): string => {
  const [kind, ...rest] = exclusion.split(":");
  const name = rest.join(":");
  if (kind === "node") return `who did ${name}`;

  return kind === "agent" ? name : "the requester";
};
