import { expect, test } from "vitest";

import { formatDuration } from "./duration";

test.each([
  [-3, "0 s"],
  [59.9, "59 s"],
  [60, "1 min"],
  [3600, "1 h"],
  [7500, "2 h 5 min"],
  [90_000, "1 d 1 h"],
])("%d seconds are %s", (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
});
