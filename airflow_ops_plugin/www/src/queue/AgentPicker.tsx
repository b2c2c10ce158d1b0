/** A choice of one agent of a kind, by search. */
import { Box, HStack, RadioGroup, Skeleton, Stack, Text } from "@chakra-ui/react";
import { useState } from "react";

import { fetchAgents } from "../api/operations";
import type { AgentKind, AgentView } from "../api/types";
import { ErrorNotice } from "../components/ErrorNotice";
import { LoadBar } from "../components/LoadBar";
import { SearchBox } from "../components/SearchBox";
import { useLiveTable } from "../live/useLiveTable";

/** The value that stands for: let the strategy choose. No agent has it, as names hold no slash. */
export const STRATEGY_CHOICE = "/";

const SHOWN = 8;

interface Props {
  /** Name of an agent that is not offered. */
  readonly exclude?: string;
  readonly hasStrategyChoice: boolean;
  readonly kind: AgentKind;
  readonly onChange: (name: string) => void;
  readonly value: string;
}

export const AgentPicker = ({ exclude, hasStrategyChoice, kind, onChange, value }: Props) => {
  const [text, setText] = useState("");
  const { data, error, refresh } = useLiveTable(`pick:${kind}:${text}`, (signal) =>
    fetchAgents({ kind, limit: SHOWN + 1, order_by: "load", q: text || undefined }, signal),
  );
  const agents = (data?.items as Array<AgentView> | undefined)?.filter(({ name }) => name !== exclude).slice(0, SHOWN);

  return (
    <Stack gap={2}>
      <SearchBox isWide label="Search agents" onChange={setText} value={text} />
      {error === undefined ? undefined : (
        <ErrorNotice error={error} onRetry={refresh} title="The agents could not be loaded" />
      )}
      <RadioGroup.Root
        aria-label="Agent"
        onValueChange={({ value: next }) => onChange(next ?? "")}
        size="sm"
        value={value}
      >
        <Stack gap={0} maxH="320px" overflowY="auto">
          {hasStrategyChoice ? <Choice label="Whom the strategy chooses" value={STRATEGY_CHOICE} /> : undefined}
          {agents === undefined && error === undefined ? <Skeleton height="120px" /> : undefined}
          {agents?.map((agent) => (
            <Choice agent={agent} key={agent.id} label={agent.name} value={agent.name} />
          ))}
        </Stack>
      </RadioGroup.Root>
      {agents?.length === 0 ? <Text color="fg.muted">No other agent of this kind matches.</Text> : undefined}
      {(data?.total ?? 0) > SHOWN ? (
        <Text color="fg.muted" fontSize="xs">
          The least loaded of {data?.total.toLocaleString()}; search to find others.
        </Text>
      ) : undefined}
    </Stack>
  );
};

interface ChoiceProps {
  readonly agent?: AgentView;
  readonly label: string;
  readonly value: string;
}

const Choice = ({ agent, label, value }: ChoiceProps) => (
  <RadioGroup.Item borderBottomWidth="1px" py={2} value={value}>
    <RadioGroup.ItemHiddenInput />
    <RadioGroup.ItemIndicator />
    <RadioGroup.ItemText flex={1}>
      <HStack justify="space-between">
        <Stack gap={0}>
          <Text>{label}</Text>
          {agent?.hindrance ? (
            <Text color="fg.muted" fontSize="xs" fontWeight="normal">
              {agent.hindrance}
            </Text>
          ) : undefined}
        </Stack>
        {agent === undefined ? undefined : (
          <Box flexShrink={0} pe={2} width="130px">
            <LoadBar capacity={agent.capacity} label={`Load of ${agent.name}`} load={agent.load} />
          </Box>
        )}
      </HStack>
    </RadioGroup.ItemText>
  </RadioGroup.Item>
);
