/** A map of stations, on coastlines that come with this client; nothing is fetched elsewhere. */
const EARTH_KM = 6371;
const START = { center: [48, 10], zoom: 4 };

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class StationMap {
  /** onShape is told {minLat, …} or {centerLat, …} when one was drawn. */
  constructor(container, onShape) {
    this.map = L.map(container, { attributionControl: false, preferCanvas: true, worldCopyJump: true });
    this.map.setView(START.center, START.zoom);
    this.map.createPane("land").style.zIndex = 300; // below what is drawn on it
    this.stations = L.layerGroup().addTo(this.map);
    this.shape = L.layerGroup().addTo(this.map);
    this.onShape = onShape;
    this.#drawWith();
  }

  async drawLand() {
    const atlas = await (await fetch("vendor/land-110m.json")).json();
    const style = { color: colour("--shore"), weight: 1, fillColor: colour("--land"), fillOpacity: 1 };
    const land = topojson.feature(atlas, atlas.objects.land);
    L.geoJSON(land, { style, interactive: false, pane: "land", renderer: L.svg({ padding: 1, pane: "land" }) }).addTo(this.map);
  }

  clear() {
    this.stations.clearLayers();
  }

  /** Add a station that has coordinates; label is an element for its popup. */
  add(station, label) {
    const { lat, lon } = station.location.coordinates;
    if (lat === null || lon === null) return;
    const style = { radius: 5, weight: 1, color: colour("--card"), fillColor: colour("--dot"), fillOpacity: 0.95 };
    L.circleMarker([lat, lon], style).bindPopup(label).addTo(this.stations);
  }

  /** Show all stations, and the shape. */
  fit() {
    const all = L.featureGroup([...this.stations.getLayers(), ...this.shape.getLayers()]);
    if (all.getLayers().length) this.map.fitBounds(all.getBounds().pad(0.2), { maxZoom: 8 });
  }

  showShape({ minLat, maxLat, minLon, maxLon, centerLat, centerLon, radius }) {
    this.shape.clearLayers();
    const style = { color: colour("--link"), weight: 2, fillOpacity: 0.08, interactive: false };
    if ([minLat, maxLat, minLon, maxLon].every((side) => side !== "" && side != null)) {
      L.rectangle([[minLat, minLon], [maxLat, maxLon]], style).addTo(this.shape);
    }
    if ([centerLat, centerLon, radius].every((part) => part !== "" && part != null)) {
      L.circle([centerLat, centerLon], { ...style, radius: radius * 1000 }).addTo(this.shape);
    }
  }

  /** Draw with the next drag: "box" or "circle", or nothing. */
  draw(kind) {
    this.kind = kind;
    this.map.getContainer().classList.toggle("drawing", Boolean(kind));
    this.map.dragging[kind ? "disable" : "enable"]();
  }

  #drawWith() {
    let from = null;
    this.map.on("mousedown", (event) => { if (this.kind) from = event.latlng; });
    this.map.on("mousemove", (event) => { if (from) this.showShape(this.#shape(from, event.latlng)); });
    this.map.on("mouseup", (event) => {
      if (!from) return;
      const drawn = this.#shape(from, event.latlng);
      from = null;
      this.onShape(drawn);
    });
  }

  #shape(from, to) {
    const rounded = (value) => Number(value.toFixed(4));
    if (this.kind === "circle") {
      const km = (from.distanceTo(to) / L.CRS.Earth.R) * EARTH_KM;
      return { centerLat: rounded(from.lat), centerLon: rounded(from.lng), radius: rounded(km) };
    }
    return {
      minLat: rounded(Math.min(from.lat, to.lat)), maxLat: rounded(Math.max(from.lat, to.lat)),
      minLon: rounded(Math.min(from.lng, to.lng)), maxLon: rounded(Math.max(from.lng, to.lng)),
    };
  }
}
