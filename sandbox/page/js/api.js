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

export const fileAddress = (channel, fileId) => `/control/file?channel=${channel}&file_id=${encodeURIComponent(fileId)}`;
export const sampleAddress = name => `/control/sample?name=${name}`;
