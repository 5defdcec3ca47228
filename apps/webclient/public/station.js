/** The page of a station: its facts, equipment, files, their quality, its position over time. */
import { address, ask, pages } from "./glass.js";
import { calendar } from "./calendar.js";
import { count, day, element, find, link, row, run, say } from "./page.js";
import { plot, seconds } from "./plots.js";

const SHOWN = 100; // lines of the table of files at once
const STATUSES = { 0: "to be checked", [-2]: "quality control failed", [-3]: "metadata differ" };
const marker = new URLSearchParams(location.search).get("marker") ?? "";
const one = encodeURIComponent(marker);
let files = [];

async function station() {
  const [known] = await ask(`stations/v2/marker/${one}/full/json`);
  if (!known) throw new Error(`GLASS knows no station ${marker}`);
  document.title = `${known.marker_long_name}, GNSS station`;
  find("name").replaceChildren(known.marker_long_name, element("small", {}, known.name));
  const { coordinates: at, city } = known.location;
  const facts = {
    City: city.name,
    Country: city.state.country.name,
    Latitude: at.lat === null ? "" : `${at.lat.toFixed(6)}°`,
    Longitude: at.lon === null ? "" : `${at.lon.toFixed(6)}°`,
    Altitude: at.altitude === null ? "" : `${at.altitude.toFixed(1)} m`,
    "X, Y, Z": at.x === null ? "" : [at.x, at.y, at.z].map((part) => part.toFixed(3)).join(", ") + " m",
    Networks: known.network_array.map(({ name }) => name).join(", "),
    Agency: known.agency.name,
    Since: day(known.date_from),
    Until: day(known.date_to),
    Monument: known.monument?.description,
  };
  for (const [name, fact] of Object.entries(facts)) {
    if (fact) find("facts").append(element("div", {}, element("dt", {}, name), element("dd", {}, fact)));
  }
  for (const item of known.station_items) {
    find("equipment").tBodies[0].append(row(item.type, item.name, item.serial_number, item.firmware_version,
      day(item.date_from), day(item.date_to) || "today"));
  }
  if (!known.station_items.length) nothing("equipment", "No receiver or antenna is known.");
}

const nothing = (id, text) => find(id).parentElement.replaceWith(element("p", { class: "status" }, text));

async function theirFiles() {
  for await (const some of pages(`files/station-marker/${one}/json`)) files.push(...some);
  if (!files.length) return nothing("files", "No files.");
  files.reverse(); // the newest first
  const statuses = new Map();
  for (const { reference_date: time, status } of files) {
    const best = statuses.get(day(time));
    if (best === undefined || status > best) statuses.set(day(time), status);
  }
  calendar(find("calendar"), statuses);
  more();
  const formats = ["script", "csv", "json", "xml"];
  find("downloads").append(...formats.map((format) =>
    element("li", {}, link(`All files as ${format}`, address(`files/station-marker/${one}/${format}`)))));
}

function more() {
  const body = find("files").tBodies[0];
  const shown = body.rows.length;
  body.append(...files.slice(shown, shown + SHOWN).map((file) => row(
    day(file.reference_date),
    link(file.name, file.url),
    Object.values(file.file_type).filter(Boolean).join(" "),
    Math.round(file.file_size / 1000),
    file.status > 0 ? "validated" : STATUSES[file.status] ?? `status ${file.status}`,
  )));
  find("more").classList.toggle("hidden", body.rows.length >= files.length);
}

async function quality() {
  const reports = [];
  for await (const some of pages(`files/combinationT3/marker=${one}/json`)) reports.push(...some);
  const container = find("quality");
  if (!reports.length) return container.append(element("p", { class: "status" }, "No quality report."));
  const times = reports.map(({ reference_date: time }) => seconds(time));
  const systems = [...new Set(reports.flatMap(({ quality: said }) => said.constellations.map(({ constellation }) => constellation)))];
  const of = (value) => systems.map((system) => ({
    label: system,
    values: reports.map(({ quality: said }) => {
      const there = said.constellations.find(({ constellation }) => constellation === system);
      return there ? value(there) : null;
    }),
  }));
  plot(container, "Satellites", "satellites", times, of(({ nsat }) => nsat));
  plot(container, "Multipath of code, mean of the signals", "cm", times, of(multipath));
  plot(container, "Cycle slips of phase", "slips", times, [
    { label: "slips", values: reports.map(({ quality: said }) => said.cyc_slps) }]);
}

function multipath({ observations }) {
  const known = observations.map(({ cod_mpth: cm }) => cm).filter((cm) => cm != null);
  return known.length ? Number((known.reduce((sum, cm) => sum + cm, 0) / known.length).toFixed(2)) : null;
}

async function position() {
  const centers = await ask("products/attributes/analysis_center", { type: "timeseries" });
  const shown = [];
  for (const center of centers) {
    const path = `products/timeseries/${one}/${encodeURIComponent(center)}/enu/json`;
    const series = await ask(path);
    if (series.results.length) shown.push({ center, path, series });
  }
  if (!shown.length) {
    find("series").append(element("p", { class: "status" }, "No time series."));
    return;
  }
  find("center").append(...shown.map(({ center }, at) => element("option", { value: at }, center)));
  find("choice").classList.toggle("hidden", shown.length < 2);
  find("center").addEventListener("change", (event) => drawSeries(shown[event.target.value]));
  drawSeries(shown[0]);
}

function drawSeries({ center, path, series }) {
  const container = find("series");
  container.replaceChildren();
  const times = series.results.map(({ epoch }) => seconds(epoch));
  for (const [key, label] of [["de", "East"], ["dn", "North"], ["du", "Up"]]) {
    const values = series.results.map((result) => Number((result[key] * 1000).toFixed(2)));
    plot(container, `${label}, ${center}, ${series.reference_frame}`, "mm", times, [{ label, values }]);
  }
  const formats = ["json", "xml", "midas", "pbo", "covjson"];
  container.append(element("ul", { class: "links", "aria-label": "Downloads of the series" },
    ...formats.map((format) => element("li", {}, link(`Series as ${format}`, address(path.replace(/json$/, format)))))));
}

find("more").addEventListener("click", more);
run(async () => {
  if (!marker) throw new Error("No station is named: choose one on the first page");
  await station();
  say("Reading its files …");
  await theirFiles();
  say("Reading their quality …");
  await quality();
  say("Reading its time series …");
  await position();
  say(`${count(files.length, "file")}`);
});
