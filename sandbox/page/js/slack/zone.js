// Moments as a clock on somebody's wall shows them, for the pickers.

/** Seconds since 1970 → "2026-12-01T09:00" in a time zone. */
export function wallClock(seconds, timeZone) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date(seconds * 1000));
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}`;
}

/** The other way round. A time that a clock change skips moves on by the change. */
export function moment(wall, timeZone) {
  const asIfUtc = Date.parse(`${wall}:00Z`) / 1000;
  const shift = at => Date.parse(`${wallClock(at, timeZone)}:00Z`) / 1000 - at;
  const guess = asIfUtc - shift(asIfUtc);
  return asIfUtc - shift(guess);
}
