/** Skills with their levels; the first few where there are many. */
import { Badge, HStack, Text } from "@chakra-ui/react";

interface Props {
  /** Written between a skill and its level: `>=` where it is a demand. */
  readonly relation?: string;
  readonly shown?: number;
  readonly skills: Record<string, number>;
}

export const SkillBadges = ({ relation = " ", shown = 3, skills }: Props) => {
  const all = Object.entries(skills).sort(([a], [b]) => a.localeCompare(b));
  if (all.length === 0) return <Text color="fg.muted">—</Text>;
  const hidden = all.slice(shown).map(([skill, level]) => `${skill}${relation}${level}`);

  return (
    <HStack flexWrap="wrap" gap={1}>
      {all.slice(0, shown).map(([skill, level]) => (
        <Badge key={skill} variant="subtle">
          {skill}
          {relation}
          {level}
        </Badge>
      ))}
      {hidden.length > 0 ? (
        <Badge title={hidden.join(", ")} variant="outline">
          +{hidden.length}
        </Badge>
      ) : undefined}
    </HStack>
  );
};
