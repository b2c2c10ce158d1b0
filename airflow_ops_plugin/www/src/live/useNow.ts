/** The time, each second while the page is visible, so that ages grow without a request. */
import { useEffect, useState } from "react";

import { useVisible } from "./useVisible";

export const useNow = (): number => {
  const [now, setNow] = useState(Date.now);
  const isVisible = useVisible();

  useEffect(() => {
    if (!isVisible) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);

    return () => clearInterval(timer);
  }, [isVisible]);

  return now;
};
