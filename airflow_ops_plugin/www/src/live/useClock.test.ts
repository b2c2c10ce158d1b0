import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { useClock } from "./useClock";

const minutesSince = (start: number) => (now: number) => Math.floor((now - start) / 60_000);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a component renders again only when what it reads has changed", () => {
  const start = Date.now();
  const render = vi.fn(() => useClock(minutesSince(start)));
  const { result } = renderHook(render);
  const before = render.mock.calls.length;

  act(() => void vi.advanceTimersByTime(50_000));
  expect(render).toHaveBeenCalledTimes(before);
  act(() => void vi.advanceTimersByTime(11_000));
  expect(result.current).toBe(1);
});

test("all who look share one timer, which ends with the last of them", () => {
  const hooks = [1, 2, 3].map(() => renderHook(() => useClock((now) => now)));
  expect(vi.getTimerCount()).toBe(1);
  for (const { unmount } of hooks) unmount();
  expect(vi.getTimerCount()).toBe(0);
});

test("a hidden page stands still, and is right as soon as it is shown", () => {
  const start = Date.now();
  const { result } = renderHook(() => useClock(minutesSince(start)));
  const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");

  act(() => void vi.advanceTimersByTime(120_000));
  expect(result.current).toBe(0);
  visibility.mockReturnValue("visible");
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
  expect(result.current).toBe(2);
});
