// The chart of agents by state. Its numbers are those of the table beside it,
// which says the same to whoever cannot see the chart.
import uPlot from "uplot";
import style from "uplot/dist/uPlot.min.css";

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

// colour is what a class of state means in the theme at hand.
function colour(className: string): string {
  const probe = document.createElement("i");
  probe.className = `swatch ${className}`;
  document.body.append(probe);
  const c = getComputedStyle(probe).color;
  probe.remove();
  return c;
}

export class Chart {
  private plot?: uPlot;

  constructor(private readonly at: HTMLElement) {
    new ResizeObserver(() => {
      if (this.plot && (this.plot.width !== this.width() || this.plot.height !== this.height())) this.plot.setSize({ width: this.width(), height: this.height() });
    }).observe(at);
    // The theme may change under it.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    document.querySelector("[data-theme-switch]")?.addEventListener("change", () => this.draw());
  }

  private width(): number {
    return Math.max(200, this.at.clientWidth);
  }

  private height(): number {
    return Math.max(120, this.at.clientHeight);
  }

  // draw draws the table of the element that data-chart names.
  draw(): void {
    const table = document.querySelector<HTMLTableElement>(`#${this.at.dataset.chart} table`);
    if (!table) return;
    const classes = [...table.tHead!.rows[0].cells].map((c) => c.dataset.class ?? "");
    const shown = classes.flatMap((c, i) => (c ? [i] : []));
    const rows = [...table.tBodies[0].rows];
    const times = rows.map((r) => Number(r.dataset.at));
    // Stacked: each series stands on those before it, and the highest is drawn first.
    const sums = rows.map(() => 0);
    const stacked = shown.map((i) =>
      rows.map((r, n) => {
        sums[n] += Number(r.cells[i].textContent);
        return sums[n];
      }),
    );
    const ink = colour("axis-ink");
    const line = colour("axis-line");
    // On a wallboard the letters grow with the wall.
    const size = Math.max(11, Math.round(0.75 * parseFloat(getComputedStyle(this.at).fontSize)));
    const font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    const axis: uPlot.Axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const bars = uPlot.paths.bars!({ size: [0.85, 40] });
    this.plot?.destroy();
    this.plot = new uPlot(
      {
        width: this.width(),
        height: this.height(),
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true, range: (_u, min, max) => [min - 60, max + 60] }, y: { range: (_u, _min, max) => [0, Math.max(4, Math.ceil(max))] } },
        axes: [
          { ...axis, size: 2.4 * size + 10, space: 4.5 * size, grid: { show: false }, values: (_u, at) => at.map((s) => new Date(s * 1000).toTimeString().slice(0, 5)) },
          { ...axis, size: 2.2 * size + 12, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
        ],
        series: [{}, ...shown.map((i) => ({ fill: colour(classes[i]), stroke: "transparent", width: 0, paths: bars, points: { show: false } })).reverse()],
      },
      [times, ...stacked.reverse()] as uPlot.AlignedData,
      this.at,
    );
  }
}
