import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useLive } from "./useLive";

const show = (state: DocumentVisibilityState) => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
};

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("data is loaded at once and again after each interval", async () => {
  const load = vi.fn(() => Promise.resolve("rows"));
  const { result } = renderHook(() => useLive(load, { everyMs: 2000, key: "a" }));

  await pass(0);
  expect(result.current.data).toBe("rows");
  await pass(4000);
  expect(load).toHaveBeenCalledTimes(3);
});

test("a hidden page asks for nothing, and for the latest as soon as it is shown", async () => {
  const load = vi.fn(() => Promise.resolve("rows"));
  renderHook(() => useLive(load, { everyMs: 2000, key: "a" }));
  await pass(0);

  show("hidden");
  await pass(60_000);
  expect(load).toHaveBeenCalledTimes(1);
  show("visible");
  await pass(0);
  expect(load).toHaveBeenCalledTimes(2);
});

test("the answer to an earlier question never replaces that to a later one", async () => {
  const load = vi.fn((key: string) => new Promise<string>((done) => setTimeout(done, key === "slow" ? 500 : 10, key)));
  const { rerender, result } = renderHook(({ key }) => useLive(() => load(key), { everyMs: 60_000, key }), {
    initialProps: { key: "slow" },
  });

  rerender({ key: "quick" });
  expect(result.current.isLoading).toBe(true);
  await pass(1000);
  expect(result.current.data).toBe("quick");
  expect(result.current.isLoading).toBe(false);
});

test("a failure keeps the data that is there, and goes away with the next success", async () => {
  let isUp = true;
  const load = () => (isUp ? Promise.resolve("rows") : Promise.reject(new Error("busy")));
  const { result } = renderHook(() => useLive(load, { everyMs: 2000, key: "a" }));
  await pass(0);

  isUp = false;
  await pass(2000);
  expect(result.current).toMatchObject({ data: "rows", error: { message: "busy" } });
  isUp = true;
  await pass(2000);
  expect(result.current.error).toBeUndefined();
});

test("another version loads anew without being shown as loading", async () => {
  const load = vi.fn(() => Promise.resolve("rows"));
  const { rerender, result } = renderHook(({ version }) => useLive(load, { everyMs: 60_000, key: "a", version }), {
    initialProps: { version: "1" },
  });
  await pass(0);

  rerender({ version: "2" });
  expect(result.current.isLoading).toBe(false);
  await pass(0);
  expect(load).toHaveBeenCalledTimes(2);
});

test("a request that is on its way is heard out while versions come, and followed by one more", async () => {
  const answers = ["old", "new"];
  const load = vi.fn(() => new Promise<string>((done) => setTimeout(done, 3000, answers.shift())));
  const { rerender, result } = renderHook(
    ({ version }: { version: string | undefined }) => useLive(load, { everyMs: 60_000, key: "a", version }),
    { initialProps: { version: undefined as string | undefined } },
  );

  await pass(1000);
  rerender({ version: "1" });
  await pass(1000);
  rerender({ version: "2" });
  await pass(1000);
  expect(result.current.data).toBe("old");
  await pass(3100);
  expect(result.current.data).toBe("new");
  expect(load).toHaveBeenCalledTimes(2);
});
