/** Which days have files: a square a day, a line of weeks a year, the newest year first. */
import { count, element } from "./page.js";

const CELL = 11;
const MARGIN = 34;
const DAY_MS = 86_400_000;
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.append(text);
  return made;
}

/** statuses: a map from "2021-01-01" to the best status of the day's files. */
export function calendar(container, statuses) {
  const years = [...new Set([...statuses.keys()].map((day) => Number(day.slice(0, 4))))].sort((a, b) => b - a);
  for (const year of years) container.append(drawYear(year, statuses));
  container.append(element("p", { class: "status" }, "Green: a day with files; red: quality control failed."));
}

function drawYear(year, statuses) {
  const first = Date.UTC(year, 0, 1);
  const days = (Date.UTC(year + 1, 0, 1) - first) / DAY_MS;
  const weekday = (new Date(first).getUTCDay() + 6) % 7; // Monday is 0
  const there = [...statuses.keys()].filter((day) => day.startsWith(`${year}-`)).length;
  const width = MARGIN + 54 * CELL;
  const svg = shape("svg", {
    class: "calendar", viewBox: `0 0 ${width} ${7 * CELL + 4}`, role: "img",
    "aria-label": `${year}: ${count(there, "day")} of ${days} with files`,
  });
  svg.append(shape("text", { x: 0, y: 4 * CELL }, String(year)));
  for (let at = 0; at < days; at++) {
    const name = new Date(first + at * DAY_MS).toISOString().slice(0, 10);
    const status = statuses.get(name);
    const kind = status === undefined ? "none" : status < 0 ? "bad" : "day";
    const place = at + weekday;
    const x = MARGIN + Math.floor(place / 7) * CELL;
    const square = shape("rect", { class: kind, x, y: (place % 7) * CELL, width: CELL - 2, height: CELL - 2, rx: 1.5 });
    if (status !== undefined) square.append(shape("title", {}, name));
    svg.append(square);
  }
  return svg;
}
