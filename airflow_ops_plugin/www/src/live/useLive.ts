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
  /** What is loaded; another key loads at once and drops the answer to the one before. */
  readonly key: string;
  /**
   * Loads anew, in the background, whenever it changes. A request that is on its way is let finish first: or a slow
   * server whose data changes all the time would never be heard out.
   */
  readonly version?: string;
}

export const useLive = <T>(load: (signal: AbortSignal) => Promise<T>, { everyMs, key, version }: Options): Live<T> => {
  const [answer, setAnswer] = useState<Answer<T>>({});
  const [round, setRound] = useState(0);
  const isVisible = useVisible();
  const latestLoad = useRef(load);
  latestLoad.current = load;
  const latestVersion = useRef(version);
  latestVersion.current = version;
  const cutPause = useRef<() => void>(undefined);

  useEffect(() => {
    if (!isVisible) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const run = async () => {
      timer = undefined;
      const asked = latestVersion.current;
      try {
        const data = await latestLoad.current(abort.signal);
        if (!abort.signal.aborted) setAnswer((before) => (isSame(before, data, key) ? before : { data, key }));
      } catch (error) {
        if (!abort.signal.aborted) setAnswer((before) => ({ ...before, error: asError(error) }));
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void run(), asked === latestVersion.current ? everyMs : 0);
    };

    cutPause.current = () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      void run();
    };
    void run();

    return () => {
      abort.abort();
      clearTimeout(timer);
      cutPause.current = undefined;
    };
  }, [everyMs, isVisible, key, round]);

  useEffect(() => cutPause.current?.(), [version]);

  const refresh = useCallback(() => setRound((before) => before + 1), []);

  return { data: answer.data, error: answer.error, isLoading: answer.key !== key, refresh };
};

/** Whether an answer says nothing new: the one before is kept then, and what shows it need not render again. */
const isSame = <T>(before: Answer<T>, data: T, key: string): boolean =>
  before.key === key && before.error === undefined && JSON.stringify(before.data) === JSON.stringify(data);

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
