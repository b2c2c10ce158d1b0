/** Whether an assignment is active, or how it ended. */
import { Badge } from "@chakra-ui/react";

import type { AssignmentView } from "../api/types";
import { ENDINGS } from "./endings";

export const EndingBadge = ({ assignment }: { readonly assignment: AssignmentView }) => {
  const { label, palette } =
    assignment.end_reason === null ? { label: "Active", palette: "running" } : ENDINGS[assignment.end_reason];

  return (
    <Badge colorPalette={palette} variant="subtle">
      {label}
    </Badge>
  );
};
