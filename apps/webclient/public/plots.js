/** Plots over time with uPlot; each says in words what it shows, for whoever does not see it. */
import { element } from "./page.js";

const HEIGHT = 220;
const COLOURS = ["#0a7abf", "#c2570c", "#2b8a3e", "#8e44ad", "#b7950b", "#c0392b", "#16a085"];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Seconds since 1970 of "2018-01-01 12:00:00", which is not of a zone. */
export const seconds = (time) => Date.parse(`${time.replace(" ", "T")}Z`) / 1000;

/**
 * Draw lines into a container.
 * times: seconds; lines: [{label, values}], with null where there is none.
 */
export function plot(container, title, unit, times, lines) {
  const box = element("div", { class: "plot", role: "img", "aria-label": `${title}: ${summary(times, lines, unit)}` });
  box.append(element("h3", {}, title));
  container.append(box);
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line") }, ticks: { stroke: colour("--line") } };
  const options = {
    width: Math.max(320, container.clientWidth - 30),
    height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    scales: { x: { time: true } },
    axes: [axis, { ...axis, label: unit, size: 64 }],
    series: [{}, ...lines.map(({ label }, at) => ({
      label, stroke: COLOURS[at % COLOURS.length], width: 1.5, points: { size: 4 },
    }))],
  };
  const drawn = new uPlot(options, [times, ...lines.map(({ values }) => values)], box);
  new ResizeObserver(() => drawn.setSize({ width: Math.max(320, container.clientWidth - 30), height: HEIGHT })).observe(container);
}

function summary(times, lines, unit) {
  return lines.map(({ label, values }) => {
    const known = values.filter((value) => value !== null);
    if (!known.length) return `${label}: none`;
    return `${label} from ${Math.min(...known)} to ${Math.max(...known)} ${unit}, ${known.length} values`;
  }).join("; ");
}
