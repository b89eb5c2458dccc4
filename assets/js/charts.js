// Charts from JSON beside them: {kind, unit, stacked, labels, series:[{name, values}]}. Values are whole units
// (fen, litres, pieces); only the picture divides them, the table under it is written by the server.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([
  BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, SVGRenderer,
]);

const COLOURS = ["#1f5fa8", "#2f9e6e", "#d9822b", "#8a4fb5", "#c0392b", "#4a6b82", "#b5892f"];
const SCALE = { yuan: 100, m3: 1000, count: 1 };

export function draw(box) {
  box.dataset.gasDrawn = "1";
  const data = JSON.parse(document.getElementById(box.dataset.gasChart).textContent);
  const chart = echarts.init(box, null, { renderer: "svg" });
  chart.setOption(data.kind === "pie" ? pie(data) : axes(data));
  new ResizeObserver(() => chart.resize()).observe(box);
}

function common(data) {
  const font = getComputedStyle(document.body).fontFamily;
  return {
    color: COLOURS,
    textStyle: { fontFamily: font },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: false },
    legend: { bottom: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, show: data.series.length > 1 || data.kind === "pie" },
    tooltip: { trigger: data.kind === "pie" ? "item" : "axis", valueFormatter: (value) => shown(value, data) },
  };
}

function axes(data) {
  return {
    ...common(data),
    grid: { left: 4, right: 12, top: 24, bottom: data.series.length > 1 ? 32 : 4, containLabel: true },
    xAxis: { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: "#9aa7b4" } }, axisLabel: { color: "#42505c" } },
    yAxis: { type: "value", name: data.unit_label, nameTextStyle: { color: "#42505c", align: "left" }, splitLine: { lineStyle: { color: "#e6eaee" } }, axisLabel: { color: "#42505c", formatter: short } },
    series: data.series.map((series) => ({
      type: data.kind, name: series.name, stack: data.stacked ? "all" : undefined, barMaxWidth: 28,
      symbolSize: 5, data: series.values.map((value) => value / SCALE[data.unit]),
    })),
  };
}

function pie(data) {
  const series = data.series[0];
  return {
    ...common(data),
    series: [{
      type: "pie", radius: ["46%", "72%"], center: ["50%", "45%"], label: { show: false },
      data: series.values.map((value, index) => ({ name: data.labels[index], value: value / SCALE[data.unit] })),
    }],
  };
}

const digits = { yuan: 2, m3: 0, count: 0 };
const shown = (value, data) =>
  value === undefined ? "" : value.toLocaleString("en-US", { minimumFractionDigits: digits[data.unit], maximumFractionDigits: digits[data.unit] === 2 ? 2 : 3 });

/** 12,000,000 on an axis: «12M» says little in Chinese, so digits in groups unless they would not fit. */
function short(value) {
  const chinese = document.documentElement.lang.startsWith("zh");
  if (chinese) return Math.abs(value) >= 1e4 ? value / 1e4 + "万" : String(value);
  if (Math.abs(value) >= 1e6) return value / 1e6 + "M";
  if (Math.abs(value) >= 1e3) return value / 1e3 + "k";
  return String(value);
}
