// Conversations under headings: those that are pinned, and the others by when something happened in them last.

import { words } from '../words/words';

/** Those of one heading. */
export interface Group<T> {
  heading: string;
  rows: T[];
}

/** What decides under which heading one stands. */
export interface Standing {
  activeAt: Date;
  isPinned: boolean;
}

/** Groups rows, the pinned and then the newest of which come first, as somebody sees them at this moment in their own time. */
export function grouped<T>(rows: readonly T[], standing: (row: T) => Standing, now: Date): Group<T>[] {
  const groups: Group<T>[] = [];
  for (const row of rows) {
    const { activeAt, isPinned } = standing(row);
    const heading = isPinned ? words.shell.when.pinned : headingOf(activeAt, now);
    const last = groups.at(-1);
    if (last?.heading === heading) last.rows.push(row);
    else groups.push({ heading, rows: [row] });
  }
  return groups;
}

function headingOf(at: Date, now: Date): string {
  const days = daysBetween(at, now);
  if (days <= 0) return words.shell.when.today;
  if (days === 1) return words.shell.when.yesterday;
  if (days < 7) return words.shell.when.week;
  return words.shell.when.month(at);
}

/** Midnights between the two. Not every day has 24 hours, so the dates are compared and not the times. */
function daysBetween(at: Date, now: Date): number {
  const day = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (day(now) - day(at)) / 86_400_000;
}
