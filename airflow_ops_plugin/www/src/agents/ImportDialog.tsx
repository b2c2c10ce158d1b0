/** Registers and changes agents from a YAML file. */
import { Alert, Button, Field, FileUpload, RadioGroup, Stack, Textarea } from "@chakra-ui/react";
import { useState } from "react";
import { FiUpload } from "react-icons/fi";

import { importAgents } from "../api/operations";
import type { ImportBody, ImportResult } from "../api/types";
import { FormDialog } from "../components/FormDialog";
import { announce } from "../components/toaster";
import { useSummary } from "../live/SummaryContext";
import { readAgents } from "./readAgents";

export const ImportDialog = ({ onClose }: { readonly onClose: () => void }) => {
  const [text, setText] = useState("");
  const [mode, setMode] = useState<ImportBody["mode"]>("merge");
  const { refresh } = useSummary();

  const submit = async () => {
    announce(sentenceOf(await importAgents({ agents: readAgents(text), mode })));
    refresh();
  };

  return (
    <FormDialog
      isDangerous={mode === "replace"}
      isSubmitDisabled={text.trim() === ""}
      onClose={onClose}
      onSubmit={submit}
      size="lg"
      submitLabel="Import"
      title="Import agents"
    >
      <FileUpload.Root
        accept={[".yaml", ".yml", ".json"]}
        maxFiles={1}
        onFileAccept={({ files }) => void files[0]?.text().then(setText)}
      >
        <FileUpload.HiddenInput aria-label="YAML file" />
        <FileUpload.Trigger asChild>
          <Button size="sm" type="button" variant="outline">
            <FiUpload /> Choose a file
          </Button>
        </FileUpload.Trigger>
      </FileUpload.Root>
      <Field.Root>
        <Field.Label>Agents as YAML</Field.Label>
        <Textarea
          fontFamily="mono"
          fontSize="xs"
          onChange={(event) => setText(event.target.value)}
          placeholder={EXAMPLE}
          rows={12}
          spellCheck={false}
          value={text}
        />
      </Field.Root>
      <RadioGroup.Root onValueChange={({ value }) => setMode(value as ImportBody["mode"])} size="sm" value={mode}>
        <Stack gap={2}>
          <Choice label="Register and change the agents that the file names" value="merge" />
          <Choice label="Replace: also remove every agent that the file does not name" value="replace" />
        </Stack>
      </RadioGroup.Root>
      {mode === "replace" ? (
        <Alert.Root status="warning">
          <Alert.Indicator />
          <Alert.Description>
            Agents that are not in the file are removed. One that holds work stops the import; nothing is changed then.
          </Alert.Description>
        </Alert.Root>
      ) : undefined}
    </FormDialog>
  );
};

const EXAMPLE = `agents:
- name: nina
  kind: person
  address: nina
  skills: {netops: 3}
  capacity: 2`;

const Choice = ({ label, value }: { readonly label: string; readonly value: string }) => (
  <RadioGroup.Item value={value}>
    <RadioGroup.ItemHiddenInput />
    <RadioGroup.ItemIndicator />
    <RadioGroup.ItemText>{label}</RadioGroup.ItemText>
  </RadioGroup.Item>
);

const sentenceOf = ({ changed, created, removed, unchanged }: ImportResult): string =>
  `${created.length} registered, ${changed.length} changed, ${removed.length} removed, ${unchanged.length} as before`;
