/** One skill and its level. */
import { Input, NativeSelect } from "@chakra-ui/react";

import type { AgentDraft } from "./agentDraft";

type Skill = AgentDraft["skills"][number];

interface Props {
  readonly number: number;
  readonly onChange: (changes: Partial<Skill>) => void;
  readonly skill: Skill;
}

export const SkillFields = ({ number, onChange, skill }: Props) => (
  <>
    <Input
      aria-label={`Skill ${number}`}
      flex={1}
      onChange={(event) => onChange({ name: event.target.value })}
      pattern="[A-Za-z0-9_.:+#\-]+"
      placeholder="netops"
      size="sm"
      title="Letters, digits and _ . : + # -"
      value={skill.name}
    />
    <NativeSelect.Root size="sm" width="130px">
      <NativeSelect.Field
        aria-label={`Level of skill ${number}`}
        onChange={(event) => onChange({ level: event.target.value })}
        value={skill.level}
      >
        {[1, 2, 3, 4, 5].map((level) => (
          <option key={level} value={level}>
            Level {level}
          </option>
        ))}
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  </>
);
