/** The local time today, else the day too: `14:05`, `2026-11-20 14:05`. Not by Intl, see formatCount. */
export function timeText(startedAt: string): string {
  const date = new Date(startedAt);
  if (Number.isNaN(date.getTime())) return '';
  const today = date.toDateString() === new Date().toDateString();
  const two = (number: number): string => String(number).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return today ? clock : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

/** `orders 14:05`: several runs of one scenario are looked at side by side, and only the time tells them apart. */
export function timedTitle(scenario: string, startedAt: string): string {
  return `${scenario} ${timeText(startedAt)}`.trimEnd();
}
