/** What follows from the time, looked at each second while the page is visible: one timer for all who look. */
import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

const tick = () => {
  if (document.visibilityState !== "visible") return;
  now = Date.now();
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void) => {
  if (listeners.size === 0) {
    now = Date.now();
    timer = setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
  }
  listeners.add(listener);

  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
};

/** @param read a text or number for a time in milliseconds; the component renders again only when it is another one. */
export const useClock = <T extends number | string>(read: (now: number) => T): T =>
  useSyncExternalStore(subscribe, () => read(now));
