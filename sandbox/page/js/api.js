// The sandbox's control API: verbs in, JSON out; an error is a sentence.

export async function control(verb, body, channel) {
  const query = channel && !body ? (verb.includes("?") ? "&" : "?") + `channel=${channel}` : "";
  const sent = channel && body ? { channel, ...body } : body;
  const answer = await fetch(`/control/${verb}${query}`, sent && {
    method: "POST",
    body: JSON.stringify(sent),
    headers: { "Content-Type": "application/json" },
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result?.error ?? answer.statusText);
  return result;
}

const PEEK = { slack: "/slack/peek/", whatsapp: "/graph/whatsapp/picture/", messenger: "/graph/messenger/picture/" };

/** Where a file of a message is shown from. */
export const fileAddress = (channel, id) => PEEK[channel] ? PEEK[channel] + encodeURIComponent(id) : `/control/file?file_id=${encodeURIComponent(id)}`;
export const sampleAddress = name => `/control/sample?name=${name}`;
