/** How long ago a moment was, growing while one looks. */
import { chakra } from "@chakra-ui/react";

import { formatDuration } from "../live/duration";
import { useClock } from "../live/useClock";
import { formatMoment } from "./formatMoment";

export const Age = ({ since }: { readonly since: string }) => {
  const age = useClock((now) => formatDuration((now - Date.parse(since)) / 1000));

  return (
    <chakra.time dateTime={since} title={formatMoment(since)} whiteSpace="nowrap">
      {age}
    </chakra.time>
  );
};
