/** Does something on the server, says so, and shows its effect at once. */
import { announce } from "../components/toaster";
import { useSummary } from "./SummaryContext";

export const useAction = () => {
  const { refresh } = useSummary();

  return async (action: Promise<unknown>, done: string): Promise<void> => {
    await action;
    announce(done);
    refresh();
  };
};
