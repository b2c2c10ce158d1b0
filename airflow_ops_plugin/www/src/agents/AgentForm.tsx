/** Registers an agent, or changes the description of one. */
import { Field, HStack, NativeSelect, SimpleGrid } from "@chakra-ui/react";
import { useState } from "react";

import { changeAgent, createAgent } from "../api/operations";
import type { AgentKind, AgentView, WorkingHours } from "../api/types";
import { FormDialog } from "../components/FormDialog";
import { RowsField } from "../components/RowsField";
import { TextField } from "../components/TextField";
import { useAction } from "../live/useAction";
import { AbsenceFields } from "./AbsenceFields";
import { type AgentDraft, bodyOf, draftOf, emptyDraft } from "./agentDraft";
import { KIND_OPTIONS, KINDS } from "./kinds";
import { SkillFields } from "./SkillFields";
import { WorkingHoursFields } from "./WorkingHoursFields";

interface Props {
  /** Empty to register a new one. */
  readonly agent?: AgentView;
  readonly onClose: () => void;
}

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];

export const AgentForm = ({ agent, onClose }: Props) => {
  const [draft, setDraft] = useState(() => (agent === undefined ? emptyDraft() : draftOf(agent)));
  const act = useAction();
  const change = (changes: Partial<AgentDraft>) => setDraft((before) => ({ ...before, ...changes }));
  const bind = (field: TextFieldName) => ({
    onChange: (value: string) => change({ [field]: value }),
    value: draft[field],
  });

  const submit = () => {
    const body = bodyOf(draft);

    return agent === undefined
      ? act(createAgent(body), `${body.name} was registered`)
      : act(changeAgent(agent.name, body), `${body.name} was changed`);
  };

  return (
    <FormDialog
      onClose={onClose}
      onSubmit={submit}
      size="lg"
      submitLabel={agent === undefined ? "Register" : "Save"}
      title={agent === undefined ? "Register an agent" : `Edit ${agent.name}`}
    >
      <SimpleGrid columns={{ base: 1, sm: 2 }} gap={4}>
        <TextField isRequired label="Name" {...bind("name")} />
        <KindField onChange={(kind) => change({ kind })} value={draft.kind} />
        <TextField
          help={KINDS[draft.kind].addressHelp}
          isRequired
          label={KINDS[draft.kind].addressLabel}
          {...bind("address")}
        />
        {draft.kind === "person" ? (
          <TextField
            help="The user name, where it is not the user id. Needed to exclude who requested the work."
            label="Login"
            {...bind("login")}
          />
        ) : (
          <TextField
            help="Seconds of silence after which it counts as gone. Empty: it need not report."
            label="Heartbeat timeout"
            min={0}
            step="any"
            type="number"
            {...bind("heartbeatTimeout")}
          />
        )}
        <TextField
          help="How many assignments it may hold at once."
          isRequired
          label="Capacity"
          max={10_000}
          min={1}
          type="number"
          {...bind("capacity")}
        />
        <TextField
          help="Its share of the work, for the strategy weighted."
          isRequired
          label="Weight"
          max={1000}
          min={0}
          step="any"
          type="number"
          {...bind("weight")}
        />
      </SimpleGrid>
      <TextField label="Description" {...bind("description")} />
      <RowsField
        addLabel="Add skill"
        empty="No skills: it is given only work that asks for none."
        label="Skills"
        newRow={() => ({ level: "1", name: "" })}
        onChange={(skills) => change({ skills })}
        render={(row, set, number) => <SkillFields number={number} onChange={set} skill={row} />}
        rows={draft.skills}
      />
      <SimpleGrid columns={{ base: 1, sm: 2 }} gap={4}>
        <TextField help="Separated by commas; lanes and groups count as labels." label="Labels" {...bind("labels")} />
        <TextField help="The only Dags it works for, by commas. Empty for all." label="Dags" {...bind("dagIds")} />
      </SimpleGrid>
      <RowsField
        addLabel="Add hours"
        empty="It works around the clock."
        label="Working hours"
        newRow={(): WorkingHours => ({ days: ["mon", "tue", "wed", "thu", "fri"], end: "17:00", start: "09:00" })}
        onChange={(hours) => change({ hours })}
        render={(row, set, number) => <WorkingHoursFields hours={row} number={number} onChange={set} />}
        rows={draft.hours}
      />
      <HStack maxW={{ sm: "50%" }}>
        <TextField help="Of the working hours." label="Time zone" list="ops-time-zones" {...bind("timeZone")} />
      </HStack>
      <datalist id="ops-time-zones">
        {ZONES.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <RowsField
        addLabel="Add absence"
        empty="No absences."
        label="Absences"
        newRow={() => ({ end: "", note: "", start: "" })}
        onChange={(absences) => change({ absences })}
        render={(row, set, number) => <AbsenceFields absence={row} number={number} onChange={set} />}
        rows={draft.absences}
      />
    </FormDialog>
  );
};

type TextFieldName = {
  [Name in keyof AgentDraft]: AgentDraft[Name] extends string
    ? string extends AgentDraft[Name]
      ? Name
      : never
    : never;
}[keyof AgentDraft];

interface KindFieldProps {
  readonly onChange: (kind: AgentKind) => void;
  readonly value: AgentKind;
}

const KindField = ({ onChange, value }: KindFieldProps) => (
  <Field.Root required>
    <Field.Label>
      Kind
      <Field.RequiredIndicator />
    </Field.Label>
    <NativeSelect.Root size="sm">
      <NativeSelect.Field onChange={(event) => onChange(event.target.value as AgentKind)} value={value}>
        {KIND_OPTIONS.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </NativeSelect.Field>
      <NativeSelect.Indicator />
    </NativeSelect.Root>
  </Field.Root>
);
