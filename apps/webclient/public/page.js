/** Makes elements; text is always text, never markup, whatever the database holds. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const find = (id) => document.getElementById(id);

/** A line of a table; numbers are told by their class. */
export function row(heading, ...cells) {
  return element("tr", {}, element("th", { scope: "row" }, heading), ...cells.map(cell));
}

function cell(value) {
  if (value instanceof Node) return element("td", {}, value);
  const number = typeof value === "number";
  return element("td", { class: number ? "number" : null }, value == null ? "" : String(value));
}

/** Only addresses of the web become links: a data centre could say anything. */
export function link(label, href) {
  const web = /^(https?|ftp):/.test(href) || !/^[a-z][a-z0-9+.-]*:/i.test(href);
  return web ? element("a", { href, rel: "noreferrer" }, label) : element("span", {}, label);
}

export function say(text, wrong = false) {
  const status = find("status");
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

/** Run what a page does; tell what went wrong. */
export async function run(work) {
  try {
    await work();
  } catch (error) {
    say(error.message, true);
  }
}

export const day = (time) => (time ? time.slice(0, 10) : "");

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
