/** How long ago a moment was, growing while one looks. */
import { chakra } from "@chakra-ui/react";

import { formatDuration } from "../live/duration";
import { useNow } from "../live/useNow";
import { formatMoment } from "./formatMoment";

export const Age = ({ since }: { readonly since: string }) => {
  const now = useNow();

  return (
    <chakra.time dateTime={since} title={formatMoment(since)} whiteSpace="nowrap">
      {formatDuration((now - Date.parse(since)) / 1000)}
    </chakra.time>
  );
};
