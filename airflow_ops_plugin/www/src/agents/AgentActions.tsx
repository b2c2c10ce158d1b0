/** What can be done with an agent: another status, editing, removing. */
import { Menu } from "@chakra-ui/react";

import type { AgentView } from "../api/types";
import { ActionsMenu } from "../components/ActionsMenu";
import type { OpenDialog } from "./AgentDialog";
import { STATUS_OPTIONS, STATUSES } from "./statuses";

interface Props {
  readonly agent: AgentView;
  readonly canConfigure: boolean;
  readonly onOpen: (open: OpenDialog) => void;
}

export const AgentActions = ({ agent, canConfigure, onOpen }: Props) => (
  <ActionsMenu subject={agent.name}>
    {STATUS_OPTIONS.filter(({ value }) => value !== agent.status).map(({ value }) => (
      <Menu.Item key={value} onSelect={() => onOpen({ agent, kind: "status", status: value })} value={value}>
        {STATUSES[value].action}…
      </Menu.Item>
    ))}
    {canConfigure ? (
      <>
        <Menu.Separator />
        <Menu.Item onSelect={() => onOpen({ agent, kind: "edit" })} value="edit">
          Edit…
        </Menu.Item>
        <Menu.Item color="fg.error" onSelect={() => onOpen({ agent, kind: "remove" })} value="remove">
          Remove…
        </Menu.Item>
      </>
    ) : undefined}
  </ActionsMenu>
);
