/** What work needs of an agent: kind, skills, and whom it would rather have or must not have. */
import { Stack, Text } from "@chakra-ui/react";

import { KindLabel } from "../agents/KindLabel";
import type { WorkItemView } from "../api/types";
import { SkillBadges } from "../components/SkillBadges";
import { formatWishes } from "./formatWishes";

export const Needs = ({ item }: { readonly item: WorkItemView }) => {
  const wishes = formatWishes(item);

  return (
    <Stack gap={1}>
      <KindLabel kind={item.kind} />
      {Object.keys(item.skills).length === 0 ? undefined : <SkillBadges relation=" ≥ " skills={item.skills} />}
      {wishes === "" ? undefined : (
        <Text color="fg.muted" fontSize="xs" maxW="220px" title={wishes} truncate>
          {wishes}
        </Text>
      )}
    </Stack>
  );
};
