/** What jsdom lacks and Chakra uses; matchers for the DOM. */
import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

class NoResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver ??= NoResizeObserver;
globalThis.structuredClone ??= (value: unknown) => JSON.parse(JSON.stringify(value));
Element.prototype.scrollTo ??= () => {};
Element.prototype.scrollIntoView ??= () => {};
window.matchMedia ??= (query: string) =>
  ({ matches: false, media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList;

// A busy machine is no failure; nor does a whole document help to see one.
configure({
  asyncUtilTimeout: 20_000,
  getElementError: (message) => new Error(message ?? "no such element"),
});

afterEach(cleanup);
