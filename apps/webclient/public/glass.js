/** What the pages ask GLASS, which answers below the path they came from. */
export const BASE = "GlassFramework/webresources";
const PAGE = 1000; // stations or files in one answer

/** Make an address below the base; parameters that are empty are left out. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value != null);
  const query = new URLSearchParams(given).toString();
  return `${BASE}/${path}${query ? `?${query}` : ""}`;
}

/** Ask for JSON; what GLASS says is wrong becomes the error's message. */
export async function ask(path, parameters) {
  let answer;
  try {
    answer = await fetch(address(path, parameters));
  } catch {
    throw new Error("This server does not answer; is it still there?");
  }
  const body = await answer.json().catch(() => ({ error: `GLASS answered ${answer.status}` }));
  if (!answer.ok) throw new Error(body.error ?? `GLASS answered ${answer.status}`);
  return body;
}

/** Ask for all pages, one after the other; hands each on while the next is fetched. */
export async function* pages(path, parameters) {
  for (let page = 1; ; page++) {
    const found = await ask(path, { ...parameters, page, perpage: PAGE });
    yield found;
    if (found.length < PAGE) return;
  }
}
