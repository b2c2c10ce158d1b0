/** Data that is loaded, loaded again at intervals while the page is visible, and kept while new data is on its way. */
import { useCallback, useEffect, useRef, useState } from "react";

import { useVisible } from "./useVisible";

export interface Live<T> {
  /** The last answer for this key or, while the first one is on its way, that of the key before. */
  readonly data: T | undefined;
  /** Why the last attempt failed; `undefined` as soon as one succeeds. */
  readonly error: Error | undefined;
  /** Whether `data` is missing or belongs to another key. */
  readonly isLoading: boolean;
  /** Load now, without waiting for the interval. */
  readonly refresh: () => void;
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: Error;
  readonly key?: string;
}

interface Options {
  /** Pause between the end of one request and the start of the next. */
  readonly everyMs: number;
  /** Whether to wait with the first request. */
  readonly isWaiting?: boolean;
  /** What is loaded; another key loads at once and drops the answer to the one before. */
  readonly key: string;
  /** Loads anew, in the background, whenever it changes. */
  readonly version?: string;
}

export const useLive = <T>(
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs, isWaiting = false, key, version }: Options,
): Live<T> => {
  const [answer, setAnswer] = useState<Answer<T>>({});
  const [round, setRound] = useState(0);
  const isVisible = useVisible();
  const latestLoad = useRef(load);
  latestLoad.current = load;

  useEffect(() => {
    if (!isVisible || isWaiting) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const run = async () => {
      try {
        const data = await latestLoad.current(abort.signal);
        if (!abort.signal.aborted) setAnswer({ data, key });
      } catch (error) {
        if (!abort.signal.aborted) setAnswer((before) => ({ ...before, error: asError(error) }));
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void run(), everyMs);
    };

    void run();

    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [everyMs, isVisible, isWaiting, key, round, version]);

  const refresh = useCallback(() => setRound((before) => before + 1), []);

  return { data: answer.data, error: answer.error, isLoading: answer.key !== key, refresh };
};

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
