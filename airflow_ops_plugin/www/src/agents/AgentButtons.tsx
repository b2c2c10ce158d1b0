/** What can be done with the register of agents as a whole: export, import, register. */
import { Button, HStack, Text } from "@chakra-ui/react";
import { useState } from "react";
import { FiDownload, FiPlus, FiUpload } from "react-icons/fi";

import { downloadAgents } from "./downloadAgents";

interface Props {
  readonly canConfigure: boolean;
  readonly onOpen: (kind: "import" | "register") => void;
}

export const AgentButtons = ({ canConfigure, onOpen }: Props) => {
  const [error, setError] = useState<Error>();

  return (
    <HStack gap={2}>
      {error === undefined ? undefined : (
        <Text color="fg.error" fontSize="sm" role="alert">
          {error.message}
        </Text>
      )}
      <Button
        onClick={() => {
          setError(undefined);
          downloadAgents().catch(setError);
        }}
        size="sm"
        variant="outline"
      >
        <FiDownload /> Export
      </Button>
      {canConfigure ? (
        <>
          <Button onClick={() => onOpen("import")} size="sm" variant="outline">
            <FiUpload /> Import
          </Button>
          <Button onClick={() => onOpen("register")} size="sm">
            <FiPlus /> Register agent
          </Button>
        </>
      ) : undefined}
    </HStack>
  );
};
