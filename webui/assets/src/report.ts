// The charts of a report of simulated shifts (trunkline simulate --report): for
// each scenario a chart of each figure, with a line for each method. The page
// holds its data as JSON and works without a server.
import uPlot from "uplot";
import style from "uplot/dist/uPlot.min.css";

interface Figure { name: string; unit: string; limit?: number; lines: { method: string; values: (number | null)[] }[] }
interface Scenario { key: string; hours: number[]; figures: Figure[] }

const dark = matchMedia("(prefers-color-scheme: dark)");
// Okabe and Ito's colours, which colour-blind people tell apart, by lightness of the paper.
const light = ["#0072b2", "#d55e00", "#007a5a", "#8a6100", "#9c4f7c", "#555555"];
const night = ["#56b4e9", "#e69f00", "#35c79b", "#f0e442", "#e08dbb", "#bbbbbb"];

function chart(at: HTMLElement, s: Scenario, f: Figure): uPlot {
  const ink = getComputedStyle(document.body).color;
  const grid = dark.matches ? "#2a3336" : "#dfe5e5";
  const colours = dark.matches ? night : light;
  const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const series: uPlot.Series[] = [{ label: "hour", value: (_, x) => x == null ? "" : x.toFixed(2) }];
  const data: (number | null)[][] = [s.hours];
  f.lines.forEach((line, i) => {
    series.push({
      label: line.method, stroke: colours[i % colours.length], width: 1.5, points: { show: false },
      value: (_, y) => y == null ? "–" : y.toFixed(f.unit === "%" ? 2 : 1) + " " + f.unit,
    });
    data.push(line.values);
  });
  if (f.limit !== undefined) {
    series.push({ label: "limit", stroke: ink, dash: [4, 4], width: 1, points: { show: false }, value: () => f.limit + " " + f.unit });
    data.push(s.hours.map(() => f.limit ?? null));
  }
  return new uPlot({
    title: f.name + (f.unit ? ", " + f.unit : ""), width: Math.min(at.clientWidth || 720, 900), height: 220,
    cursor: { sync: { key: s.key } }, scales: { x: { time: false } }, series,
    axes: [{ ...axis, label: "hours since the start of the shift" }, axis],
  }, data as uPlot.AlignedData, at);
}

function draw(): void {
  const scenarios: Scenario[] = JSON.parse(document.getElementById("data")?.textContent ?? "[]");
  for (const s of scenarios) {
    const at = document.getElementById("charts-" + s.key);
    if (!at) continue;
    at.replaceChildren();
    for (const f of s.figures) chart(at, s, f);
  }
}

const sheet = document.createElement("style");
sheet.textContent = style;
document.head.append(sheet);
draw();
dark.addEventListener("change", draw);
let width = innerWidth;
addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
