/** The page "Operations": who can work, what waits, and who does what. */
import { Badge, Flex, Heading, HStack, Stack, Tabs } from "@chakra-ui/react";
import { useSearchParams } from "react-router-dom";
import { FiInbox, FiUserCheck, FiUsers } from "react-icons/fi";

import { AgentsTab } from "./agents/AgentsTab";
import { AssignmentsTab } from "./assignments/AssignmentsTab";
import type { Summary } from "./api/types";
import { ErrorNotice } from "./components/ErrorNotice";
import { Toaster } from "./components/toaster";
import { EngineBanner } from "./EngineBanner";
import { SummaryProvider, useSummary } from "./live/SummaryContext";
import { QueueTab } from "./queue/QueueTab";
import { SummaryFigures } from "./SummaryFigures";

const TABS = [
  { content: <AgentsTab />, icon: <FiUsers aria-hidden />, label: "Agents", value: "agents" },
  {
    content: <QueueTab />,
    count: (summary: Summary) => summary.queued,
    icon: <FiInbox aria-hidden />,
    label: "Queue",
    value: "queue",
  },
  {
    content: <AssignmentsTab />,
    count: (summary: Summary) => summary.leased,
    icon: <FiUserCheck aria-hidden />,
    label: "Assignments",
    value: "assignments",
  },
];

export const OperationsPage = () => (
  <SummaryProvider>
    <Content />
    <Toaster />
  </SummaryProvider>
);

const Content = () => {
  const { data: summary, error, refresh } = useSummary();
  const [params, setParams] = useSearchParams();
  const tab = TABS.some(({ value }) => value === params.get("tab")) ? params.get("tab") : "agents";

  return (
    <Stack gap={4} p={2}>
      <Heading as="h1" size="xl">
        Operations
      </Heading>
      {error === undefined ? undefined : (
        <ErrorNotice error={error} onRetry={refresh} title="What you see may be out of date" />
      )}
      {summary === undefined ? undefined : <EngineBanner engine={summary.engine} />}
      <SummaryFigures summary={summary} />
      <Tabs.Root
        lazyMount
        onValueChange={({ value }) => setParams(value === "agents" ? {} : { tab: value })}
        unmountOnExit
        value={tab}
      >
        <Tabs.List overflowX="auto" overflowY="hidden">
          {TABS.map(({ count, icon, label, value }) => (
            <Tabs.Trigger key={value} value={value}>
              <HStack gap={2}>
                {icon}
                {label}
                {count === undefined || summary === undefined ? undefined : (
                  <Badge size="xs" variant="subtle">
                    {count(summary).toLocaleString()}
                  </Badge>
                )}
              </HStack>
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {TABS.map(({ content, value }) => (
          <Tabs.Content key={value} value={value}>
            <Flex direction="column" gap={3}>
              {content}
            </Flex>
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </Stack>
  );
};
