/** Whether the browser shows this page: what nobody looks at asks no server. */
import { useSyncExternalStore } from "react";

const subscribe = (onChange: () => void) => {
  document.addEventListener("visibilitychange", onChange);

  return () => document.removeEventListener("visibilitychange", onChange);
};

export const useVisible = (): boolean => useSyncExternalStore(subscribe, () => document.visibilityState === "visible");
