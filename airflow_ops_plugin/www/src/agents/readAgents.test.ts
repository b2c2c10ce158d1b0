import { dump } from "js-yaml";
import { expect, test } from "vitest";

import { NINA } from "../testing/examples";
import { readAgents } from "./readAgents";

test("what was exported is read back", () => {
  expect(readAgents(dump({ agents: [NINA] }))).toEqual([NINA]);
});

test("a list without its heading is read too", () => {
  expect(readAgents("- name: nina\n  kind: person")).toEqual([{ kind: "person", name: "nina" }]);
});

test("anything else is refused with what is expected", () => {
  expect(() => readAgents("name: nina")).toThrow("should begin with 'agents:'");
});
