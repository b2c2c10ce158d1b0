/** Says that no agent is registered, and how to begin. */
import { Button, HStack } from "@chakra-ui/react";
import { FiPlus, FiUpload, FiUsers } from "react-icons/fi";

import { EmptyNotice } from "../components/EmptyNotice";

interface Props {
  readonly canConfigure: boolean;
  readonly onOpen: (kind: "import" | "register") => void;
}

export const NoAgents = ({ canConfigure, onOpen }: Props) => (
  <EmptyNotice
    description={
      canConfigure
        ? "Register people, Docker hosts and worker queues with what they can do. Work that needs one of them waits in the queue until then."
        : "An administrator can register people, Docker hosts and worker queues here."
    }
    icon={<FiUsers />}
    title="No agents yet"
  >
    {canConfigure ? (
      <HStack>
        <Button onClick={() => onOpen("register")} size="sm">
          <FiPlus /> Register agent
        </Button>
        <Button onClick={() => onOpen("import")} size="sm" variant="outline">
          <FiUpload /> Import YAML
        </Button>
      </HStack>
    ) : undefined}
  </EmptyNotice>
);
