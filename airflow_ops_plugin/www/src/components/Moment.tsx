/** A date and time in the reader's own form. */
import { chakra } from "@chakra-ui/react";

import { formatMoment } from "./formatMoment";

export const Moment = ({ at }: { readonly at: string }) => (
  <chakra.time dateTime={at} whiteSpace="nowrap">
    {formatMoment(at)}
  </chakra.time>
);
