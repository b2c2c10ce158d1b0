/** Everything about one work item: what it needs, why it waits, and who had it and why. */
import { Badge, HStack, Skeleton, Stack, Text } from "@chakra-ui/react";

import { fetchWorkItem } from "../api/operations";
import type { WorkItemView } from "../api/types";
import { EndingBadge } from "../assignments/EndingBadge";
import { Explanation } from "../assignments/Explanation";
import { formatActor } from "../assignments/formatActor";
import { ErrorNotice } from "../components/ErrorNotice";
import { type Fact, Facts } from "../components/Facts";
import { Moment } from "../components/Moment";
import { PanelSection } from "../components/PanelSection";
import { SidePanel } from "../components/SidePanel";
import { TaskLink } from "../components/TaskLink";
import { useLiveTable } from "../live/useLiveTable";
import { Needs } from "./Needs";
import { WORK_STATES } from "./workStates";

interface Props {
  readonly id: string;
  readonly onClose: () => void;
}

export const WorkPanel = ({ id, onClose }: Props) => {
  const { data: item, error, refresh } = useLiveTable(`work:${id}`, (signal) => fetchWorkItem(id, signal));

  return (
    <SidePanel onClose={onClose} title={item?.task_id ?? "Work item"}>
      {error === undefined ? undefined : (
        <ErrorNotice error={error} onRetry={refresh} title="The work item could not be loaded" />
      )}
      {item === undefined ? (
        error === undefined ? (
          <Skeleton height="300px" />
        ) : undefined
      ) : (
        <>
          <Facts facts={factsOf(item)} />
          {item.waiting === null ? undefined : (
            <PanelSection title="Why it waits">
              {item.reason === null || item.reason === item.waiting.summary ? undefined : (
                <Text fontWeight="medium">{item.reason}</Text>
              )}
              <Explanation explanation={item.waiting} />
            </PanelSection>
          )}
          <PanelSection title="Who had it">
            {item.history.length === 0 ? <Text color="fg.muted">Nobody yet.</Text> : undefined}
            {item.history.map((one) => (
              <Stack borderTopWidth="1px" gap={2} key={one.id} pt={3}>
                <HStack flexWrap="wrap" gap={2}>
                  <Text fontWeight="medium">{one.agent.name}</Text>
                  <EndingBadge assignment={one} />
                  {one.outcome === null ? undefined : <Badge variant="outline">{one.outcome}</Badge>}
                </HStack>
                <Text color="fg.muted" fontSize="xs">
                  <Moment at={one.assigned_at} /> {formatActor(one.assigned_by)}
                  {one.ended_at === null ? undefined : (
                    <>
                      {" "}
                      – <Moment at={one.ended_at} />
                    </>
                  )}
                  {one.note === "" ? undefined : ` · ${one.note}`}
                </Text>
                <Explanation chosen={one.agent.name} explanation={one.explanation} />
              </Stack>
            ))}
          </PanelSection>
        </>
      )}
    </SidePanel>
  );
};

const factsOf = (item: WorkItemView): Array<Fact> => [
  ["Work", <TaskLink key="work" subject={item.subject} task={item} />],
  [
    "State",
    <Badge colorPalette={WORK_STATES[item.state].palette} key="state">
      {WORK_STATES[item.state].label}
    </Badge>,
  ],
  ["Needs", <Needs item={item} key="needs" />],
  ["Priority", `${item.priority}, with ageing ${item.effective_priority.toFixed(1)}`],
  ["Strategy", item.strategy],
  ...(item.seats > 1
    ? ([["Seats", `${item.seats}, of which ${item.quorum} must complete; ${item.completed} have`]] as Array<Fact>)
    : []),
  ...(item.requester === null ? [] : ([["Requested by", item.requester]] as Array<Fact>)),
  ["Requested", <Moment at={item.requested_at} key="requested" />],
  ["Attempt", item.try_number],
  ...(item.closed_at === null
    ? []
    : ([
        [
          "Closed",
          <Text as="span" key="closed">
            <Moment at={item.closed_at} /> {item.close_reason}
          </Text>,
        ],
      ] as Array<Fact>)),
];
