import { expect, test } from "vitest";

import { formatHours } from "./formatHours";

test("days in a row are written as a span, others one by one", () => {
  expect(formatHours([{ days: ["fri", "mon", "tue", "wed"], end: "17:00:00", start: "09:00:00" }])).toBe(
    "Mon–Wed, Fri 09:00–17:00",
  );
});

test("no hours at all are around the clock", () => {
  expect(formatHours([])).toBe("Around the clock");
});
