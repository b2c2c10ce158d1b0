import { expect, test } from "vitest";

import { ApiError } from "./ApiError";

test("the server's own sentence is shown", () => {
  expect(new ApiError(409, { detail: "agent 'nina' holds 2 assignments" }).message).toBe(
    "agent 'nina' holds 2 assignments",
  );
});

test("wrong fields are named, one a line", () => {
  const detail = [
    { loc: ["body", "capacity"], msg: "must be at least 1" },
    { loc: ["body", "skills", "gpu"], msg: "must be at most 5" },
  ];

  expect(new ApiError(422, { detail }).message).toBe("capacity: must be at least 1\nskills.gpu: must be at most 5");
});

test("no answer, an ended session and a page of a proxy have words of their own", () => {
  expect(new ApiError(0, undefined).message).toContain("does not answer");
  expect(new ApiError(401, undefined).message).toContain("log in again");
  expect(new ApiError(502, "<html>").message).toBe("The server answered with status 502.");
});
