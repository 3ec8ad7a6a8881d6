// The emoji names apps use most, for mrkdwn's :name:. (Rich text brings the character itself.)
const NAMES = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_right: "➡️", arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️", bar_chart: "📊",
  bell: "🔔", bulb: "💡", busts_in_silhouette: "👥", calendar: "📆", clap: "👏", clock1: "🕐", eyes: "👀", fire: "🔥", flag_tr: "🇹🇷",
  green_circle: "🟢", hand: "✋", heart: "❤️", heavy_check_mark: "✔️", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  information_source: "ℹ️", joy: "😂", link: "🔗", lock: "🔒", loudspeaker: "📢", mega: "📣", memo: "📝", no_entry: "⛔",
  outbox_tray: "📤", package: "📦", pause_button: "⏸️", pencil2: "✏️", pray: "🙏", pushpin: "📌", question: "❓", red_circle: "🔴", rocket: "🚀",
  rotating_light: "🚨", see_no_evil: "🙈", smile: "😄", smiley: "😃", sparkles: "✨", star: "⭐", sunny: "☀️", tada: "🎉",
  thinking_face: "🤔", thumbsdown: "👎", thumbsup: "👍", warning: "⚠️", wave: "👋", white_check_mark: "✅", x: "❌", zap: "⚡",
};

export const emojiOf = name => NAMES[name] ?? `:${name}:`;

export const fromCodePoints = unicode => String.fromCodePoint(...unicode.split("-").map(part => parseInt(part, 16)));
