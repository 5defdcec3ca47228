/** The first page: stations on a map and in a table, by marker, network, country, box and circle. */
import { address, ask, pages } from "./glass.js";
import { StationMap } from "./map.js";
import { count, day, element, find, link, row, run, say } from "./page.js";

const BOX = ["minLat", "maxLat", "minLon", "maxLon"];
const CIRCLE = ["centerLat", "centerLon", "radius"];
const NAMES = ["marker", "network", "country", ...BOX, ...CIRCLE];
const SHOWN = 100; // lines of the table at once
const form = find("search");
const body = find("stations").tBodies[0];
const map = new StationMap(find("map"), drawn);
let found = [];
let newest = 0;

/** What is asked for: the address of this page has it, so that it can be kept and sent. */
function wanted() {
  const given = new URLSearchParams(location.search);
  return Object.fromEntries(NAMES.map((name) => [name, given.get(name) ?? ""]));
}

function filled() {
  const entries = NAMES.map((name) => [name, form.elements[name].value.trim()]);
  return Object.fromEntries(entries.filter(([, value]) => value));
}

function show(asked) {
  for (const name of NAMES) form.elements[name].value = asked[name];
  map.showShape(asked);
}

function go(asked) {
  const query = new URLSearchParams(asked).toString();
  history.pushState(null, "", query ? `?${query}` : "./");
  run(search);
}

async function search() {
  const mine = ++newest;
  const asked = wanted();
  show(asked);
  found = [];
  map.clear();
  body.replaceChildren();
  find("downloads").replaceChildren();
  say("Asking GLASS …");
  for await (const stations of pages("stations/v2/combination/short/json", asked)) {
    if (mine !== newest) return; // another search began
    found.push(...stations);
    for (const station of stations) map.add(station, label(station));
    if (body.rows.length < SHOWN) more();
    say(`${count(found.length, "station")} found`);
  }
  map.fit();
  downloads(asked);
}

function more() {
  const shown = body.rows.length;
  body.append(...found.slice(shown, shown + SHOWN).map(line));
  find("more").classList.toggle("hidden", body.rows.length >= found.length);
}

const page = (station) => `station.html?${new URLSearchParams({ marker: station.marker_long_name })}`;

function label(station) {
  return element("div", {}, link(station.marker_long_name, page(station)), element("br"), station.name);
}

function line(station) {
  const { coordinates, city } = station.location;
  return row(
    link(station.marker_long_name, page(station)),
    station.name,
    city.name,
    city.state.country.name,
    station.network_array.map((one) => one.name).join(", "),
    coordinates.lat,
    coordinates.lon,
    day(station.date_from),
  );
}

/** The same choice for programs: stations, and the files of these stations. */
function downloads(asked) {
  const given = Object.entries(asked).filter(([, value]) => value !== "");
  const list = ["csv", "json", "xml", "geojson"].map((format) =>
    [`Stations as ${format}`, address(`stations/v2/combination/short/${format}`, asked)]);
  if (given.length && given.every(([, value]) => !value.includes("&"))) {
    const pairs = encodeURIComponent(given.map(([name, value]) => `${name}=${value}`).join("&"));
    for (const format of ["script", "csv", "json"]) {
      list.push([`Their files as ${format}`, address(`files/combination/${pairs}/${format}`)]);
    }
  }
  find("downloads").replaceChildren(...list.map(([name, href]) => element("li", {}, link(name, href))));
}

function drawn(shape) {
  stopDrawing();
  const others = filled();
  for (const name of "radius" in shape ? CIRCLE : BOX) delete others[name];
  go({ ...others, ...shape });
}

function stopDrawing() {
  map.draw(null);
  for (const id of ["box", "circle"]) find(id).setAttribute("aria-pressed", "false");
}

function drawWith(kind) {
  const pressed = find(kind).getAttribute("aria-pressed") === "true";
  stopDrawing();
  if (pressed) return;
  find(kind).setAttribute("aria-pressed", "true");
  map.draw(kind);
  say(`Drag on the map to draw the ${kind}`);
}

async function offer(id, kind) {
  const listed = await ask(`stations/v2/list/${kind}`);
  find(id).append(...listed.map(({ name }) => element("option", { value: name }, name)));
}

form.addEventListener("submit", (event) => { event.preventDefault(); go(filled()); });
find("clear").addEventListener("click", () => go({}));
find("more").addEventListener("click", more);
find("box").addEventListener("click", () => drawWith("box"));
find("circle").addEventListener("click", () => drawWith("circle"));
window.addEventListener("popstate", () => run(search));
run(async () => {
  await Promise.all([map.drawLand(), offer("network", "network"), offer("country", "country")]);
  await search();
});
