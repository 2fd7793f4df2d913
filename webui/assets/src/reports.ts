// The reports: what the other pages have, and a chart of the first table beside
// it. The chart says nothing that the table does not.
import "./admin";
import uPlot from "uplot";
import style from "uplot/dist/uPlot.min.css";

interface Series { Name: string; Look: string; Values: (number | null)[] }
interface Chart { Title: string; Kind: string; Unit: string; Labels: string[]; Series: Series[] }

// The policy refuses style elements, not sheets that a script makes.
const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

const looks = ["d1", "d2", "d3", "d4"];

// colour is what a custom property comes to in the theme that is on.
function colour(at: HTMLElement, look: string, property: string): string {
  const probe = document.createElement("span");
  probe.className = look;
  probe.style.color = `var(${property})`;
  at.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function shown(n: number | null, unit: string): string {
  if (n == null) return "–";
  if (unit === "%") return n.toFixed(2) + " %";
  if (unit === "h") return n.toFixed(1) + " h";
  return Math.round(n).toLocaleString("en-US");
}

function draw(at: HTMLElement, says: HTMLElement, c: Chart): uPlot {
  const look = (i: number): string => c.Series[i].Look || looks[i % looks.length];
  const bars = c.Kind === "bars";
  const x = c.Labels.map((_, i) => i);
  // Bars stand on each other: each is drawn from nought to the sum so far, the
  // tallest first.
  const tops = c.Series.map((_, i) => x.map(k => bars ? c.Series.slice(0, i + 1).reduce((sum, s) => sum + (s.Values[k] ?? 0), 0) : c.Series[i].Values[k]));
  const order = c.Series.map((_, i) => i);
  if (bars) order.reverse();
  const ink = colour(at, "", "--ink-3");
  const line = colour(at, "", "--line");
  const font = "11px " + getComputedStyle(document.body).fontFamily;
  const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const width = Math.max(at.clientWidth, 240);
  const paths = bars ? uPlot.paths.bars?.({ size: [0.7, 44], align: 0 }) : undefined;
  const every = Math.max(1, Math.ceil(c.Labels.length * (widest(c.Labels, font) + 12) / (width - 56)));
  const chart = new uPlot({
    width, height: 286, legend: { show: false }, cursor: { y: false, drag: { setScale: false }, points: { show: !bars } },
    scales: { x: { time: false, range: () => [-0.6, c.Labels.length - 0.4] }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
    series: [{}, ...order.map(i => ({
      label: c.Series[i].Name, stroke: colour(at, look(i), "--solid"), width: bars ? 0 : 2, fill: bars ? colour(at, look(i), "--solid") : undefined,
      paths, points: { show: !bars && c.Labels.length < 40 },
    }))],
    axes: [
      { ...axis, size: 30, grid: { show: false }, splits: () => x.filter(k => k % every === 0), values: (_, ks) => ks.map(k => short(c.Labels[k])) },
      { ...axis, size: 56, values: (_, ys) => ys.map(y => c.Unit === "%" || c.Unit === "h" ? String(+y.toFixed(2)) : Math.round(y).toLocaleString("en-US")) },
    ],
    hooks: {
      setCursor: [u => {
        const k = u.cursor.idx;
        says.textContent = k == null ? "" : `${c.Labels[k]}: ` + c.Series.map(s => `${s.Name} ${shown(s.Values[k], c.Unit)}`).join(" · ");
      }],
    },
  }, [x, ...order.map(i => tops[i])] as uPlot.AlignedData, at);
  return chart;
}

// widest is how many pixels the longest label takes below the chart.
function widest(labels: string[], font: string): number {
  const pen = document.createElement("canvas").getContext("2d");
  if (!pen) return 72;
  pen.font = font;
  return labels.reduce((most, label) => Math.max(most, pen.measureText(short(label)).width), 0);
}

// short leaves out of a label what its neighbours have too.
function short(label: string | undefined): string {
  if (!label) return "";
  const text = label.replace(/ \d{4}$/, "");
  return text.length > 14 ? text.slice(0, 13) + "…" : text;
}

for (const card of document.querySelectorAll<HTMLElement>("[data-chart]")) {
  const at = card.querySelector<HTMLElement>("[data-plot]");
  const says = card.querySelector<HTMLElement>("[data-says]");
  if (!at || !says) continue;
  const c: Chart = JSON.parse(card.dataset.chart ?? "null");
  if (!c) continue;
  card.hidden = false;
  let plot = draw(at, says, c);
  const again = (): void => { plot.destroy(); plot = draw(at, says, c); };
  let width = at.clientWidth;
  new ResizeObserver(() => { if (at.clientWidth !== width) { width = at.clientWidth; again(); } }).observe(at);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  for (const input of document.querySelectorAll("[data-theme-switch] input")) input.addEventListener("change", () => requestAnimationFrame(again));
  addEventListener("beforeprint", again);
}
