/** Working hours in one line: `Mon–Fri 09:00–17:00`. */
import type { WorkingHoursBody } from "../api/schema";

export type Day = WorkingHoursBody["days"][number];

export const DAYS: ReadonlyArray<Day> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export const DAY_NAMES: Record<Day, string> = {
  fri: "Fri",
  mon: "Mon",
  sat: "Sat",
  sun: "Sun",
  thu: "Thu",
  tue: "Tue",
  wed: "Wed",
};

/** An empty list is around the clock. */
export const formatHours = (hours: ReadonlyArray<WorkingHoursBody>): string =>
  hours.length === 0 ? "Around the clock" : hours.map(formatSpan).join("; ");

const formatSpan = ({ days, end, start }: WorkingHoursBody): string =>
  `${formatDays(days)} ${start.slice(0, 5)}–${end.slice(0, 5)}`;

const formatDays = (days: ReadonlyArray<Day>): string => {
  const runs: Array<Array<Day>> = [];
  for (const day of DAYS.filter((one) => days.includes(one))) {
    const last = runs.at(-1);
    if (last !== undefined && DAYS.indexOf(last.at(-1)!) === DAYS.indexOf(day) - 1) last.push(day);
    else runs.push([day]);
  }

  return runs.map(formatRun).join(", ");
};

const formatRun = (run: ReadonlyArray<Day>): string => {
  const names = run.map((day) => DAY_NAMES[day]);

  return names.length > 2 ? `${names[0]}–${names.at(-1)}` : names.join(", ");
};
