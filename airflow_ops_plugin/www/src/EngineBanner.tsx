/** Says so when the engine is down: work waits for ever then, and nobody is paged. */
import { Alert } from "@chakra-ui/react";

import type { EngineState } from "./api/types";

export const EngineBanner = ({ engine }: { readonly engine: EngineState }) =>
  engine.is_alive ? undefined : (
    <Alert.Root status="error">
      <Alert.Indicator />
      <Alert.Content>
        <Alert.Title>The engine is down</Alert.Title>
        <Alert.Description>{engine.message}</Alert.Description>
      </Alert.Content>
    </Alert.Root>
  );
