/** What work needs of an agent: kind, skills, and whom it would rather have or must not have. */
import { Stack, Text } from "@chakra-ui/react";

import { KindLabel } from "../agents/KindLabel";
import type { WorkItemView } from "../api/types";
import { SkillBadges } from "../components/SkillBadges";

export const Needs = ({ item }: { readonly item: WorkItemView }) => {
  const lines = [
    ...(item.prefer_labels.length === 0 ? [] : [`rather ${item.prefer_labels.join(", ")}`]),
    ...(item.exclude.length === 0 ? [] : [`not ${item.exclude.join(", ")}`]),
  ];

  return (
    <Stack gap={1}>
      <KindLabel kind={item.kind} />
      {Object.keys(item.skills).length === 0 ? undefined : <SkillBadges relation="≥" skills={item.skills} />}
      {lines.map((line) => (
        <Text color="fg.muted" fontSize="xs" key={line}>
          {line}
        </Text>
      ))}
    </Stack>
  );
};
