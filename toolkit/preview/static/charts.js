/* global uPlot */
// Time series, drawn by uPlot. Areas and bars are stacked, as Datadog does it.

import { element, style } from './dom.js';
import { clock, text, tick } from './numbers.js';

const LEGEND_ENTRIES = 8;
const TOOLTIP_ENTRIES = 12;

const PALETTES = {
  classic: ['#3b82c4', '#7a5fc0', '#2fa58e', '#e08a3c', '#c94f7c', '#6b9f3a', '#c2a32c', '#4c6fd1', '#9b6b4a', '#5fa8c9'],
  warm: ['#d9622b', '#e8a33d', '#b8433a', '#f0c36d', '#8f3b1f', '#d98a66'],
  cool: ['#2f7fb8', '#3aa8a0', '#5f6fc4', '#7fb7d9', '#2a5d86', '#86c5b5'],
  green: ['#3a9a5c', '#7cbf7f', '#23703f', '#a9d6a4'],
  red: ['#c9403a', '#e58a80', '#94241f', '#f0b5ad'],
  orange: ['#e0812b', '#f0b06a', '#b35f14', '#f5cda0'],
  yellow: ['#d0a51f', '#e6cc70', '#9c7a0d', '#efe0a8'],
  purple: ['#7a5fc0', '#a995db', '#563c9c', '#cbbfe9'],
  blue: ['#3473b8', '#7fb0de', '#1f4f86', '#b2d0ec'],
  gray: ['#8a93a1', '#b3bac4', '#646d7a', '#cfd4da'],
};

const MEANING = { error: '#c9403a', warning: '#e0a52b', ok: '#3a9a5c', info: '#3b82c4' };

export function colour(palette, index) {
  const family = Object.keys(PALETTES).find((name) => (palette || '').includes(name)) || 'classic';
  const colours = PALETTES[family];
  return colours[index % colours.length];
}

function coloured(series) {
  const used = {};
  return series.map((one) => {
    const palette = one.palette || 'classic';
    used[palette] = (used[palette] ?? -1) + 1;
    return { ...one, colour: colour(palette, used[palette]) };
  });
}

function times(chart) {
  return Array.from({ length: chart.count }, (_, index) => chart.start + index * chart.step);
}

// Largest sums first: what is drawn later lies on top of it.
function stacked(series) {
  const sums = [];
  let total = null;
  for (const one of series) {
    const below = total;
    total = one.values.map((value, i) => (value === null && (!below || below[i] === null) ? null : (value ?? 0) + ((below && below[i]) || 0)));
    sums.push({ ...one, drawn: total });
  }
  return sums.reverse();
}

function drawn(chart) {
  const series = coloured(chart.series);
  const stackable = series.filter((one) => one.display !== 'line');
  const lines = series.filter((one) => one.display === 'line').map((one) => ({ ...one, drawn: one.values }));
  return [...stacked(stackable), ...lines];
}

// Places of values between two gaps: no line leads there, so they get a dot.
function isolated(values) {
  const isGap = (value) => value === null || value === undefined;
  return [...values.keys()].filter((i) => !isGap(values[i]) && isGap(values[i - 1]) && isGap(values[i + 1]));
}

function seriesOptions(one) {
  const isLine = one.display === 'line';
  const options = {
    label: one.label,
    stroke: one.colour,
    width: isLine ? (one.width === 'thick' ? 2.5 : one.width === 'thin' ? 1 : 1.5) : 1,
    points: { show: isLine, size: 4, fill: one.colour, filter: (plot, place) => isolated(plot.data[place]) },
    spanGaps: false,
  };
  if (one.style === 'dashed') options.dash = [6, 4];
  if (one.style === 'dotted') options.dash = [2, 3];
  if (!isLine) options.fill = one.display === 'bars' ? one.colour : `${one.colour}b0`;
  if (one.display === 'bars') {
    options.paths = uPlot.paths.bars({ size: [0.85, 24] });
    options.width = 0;
  }
  return options;
}

function range(chart) {
  return (_plot, low, high) => {
    const marks = (chart.markers || []).map((marker) => marker.value);
    low = Math.min(low ?? 0, 0, chart.minimum ?? 0);
    high = Math.max(high ?? 0, ...marks.map((mark) => mark * 1.05));
    if (typeof chart.maximum === 'number') high = Math.max(chart.maximum, marks.length ? high : chart.maximum);
    return high > low ? [low, high + (high - low) * 0.08] : [low, low + 1];
  };
}

function markers(chart) {
  return {
    hooks: {
      draw: (plot) => {
        const context = plot.ctx;
        for (const marker of chart.markers || []) {
          const y = plot.valToPos(marker.value, 'y', true);
          if (y < plot.bbox.top || y > plot.bbox.top + plot.bbox.height) continue;
          context.save();
          context.strokeStyle = MEANING[marker.meaning] || MEANING.info;
          context.lineWidth = devicePixelRatio;
          context.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
          context.beginPath();
          context.moveTo(plot.bbox.left, y);
          context.lineTo(plot.bbox.left + plot.bbox.width, y);
          context.stroke();
          context.restore();
        }
        for (const event of chart.events || []) {
          const x = plot.valToPos(event.time, 'x', true);
          if (x < plot.bbox.left || x > plot.bbox.left + plot.bbox.width) continue;
          context.save();
          context.strokeStyle = MEANING[event.status === 'warn' ? 'warning' : 'info'];
          context.fillStyle = context.strokeStyle;
          context.lineWidth = devicePixelRatio;
          context.beginPath();
          context.moveTo(x, plot.bbox.top);
          context.lineTo(x, plot.bbox.top + plot.bbox.height);
          context.stroke();
          context.fillRect(x - 3 * devicePixelRatio, plot.bbox.top, 6 * devicePixelRatio, 6 * devicePixelRatio);
          context.restore();
        }
      },
    },
  };
}

function tooltip(chart, series) {
  const box = element('div', { className: 'tooltip', attributes: { hidden: '' } });
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor: (plot) => {
        const index = plot.cursor.idx;
        const isHere = plot.over.matches(':hover');
        box.hidden = index === null || index === undefined || !isHere;
        if (box.hidden) return;
        const rows = series
          .filter((one) => one.values[index] !== null && one.values[index] !== undefined)
          .sort((a, b) => b.values[index] - a.values[index]);
        box.replaceChildren(
          element('div', { className: 'tooltip-time', text: clock(plot.data[0][index]) }),
          ...rows.slice(0, TOOLTIP_ENTRIES).map((one) => entry(one, text(one.values[index], chart.format))),
          ...near(chart, plot.data[0][index]).map((event) => element('div', { className: 'quiet', text: event.text })),
          ...(rows.length > TOOLTIP_ENTRIES ? [element('div', { className: 'quiet', text: `and ${rows.length - TOOLTIP_ENTRIES} more` })] : []),
        );
        const isRight = plot.cursor.left > plot.over.clientWidth / 2;
        box.style.left = isRight ? 'auto' : `${plot.cursor.left + 12}px`;
        box.style.right = isRight ? `${plot.over.clientWidth - plot.cursor.left + 12}px` : 'auto';
      },
    },
  };
}

// The events that are drawn over the interval of a time.
function near(chart, time) {
  return (chart.events || []).filter((event) => Math.abs(event.time - time) <= chart.step);
}

function entry(one, value) {
  const swatch = element('span', { className: 'swatch' });
  swatch.style.background = one.colour;
  const parts = [swatch, element('span', { className: 'entry-label', text: one.label, title: one.label })];
  if (value !== undefined) parts.push(element('span', { className: 'entry-value', text: value }));
  return element('div', { className: 'entry' }, parts);
}

function legend(series) {
  const shown = series.slice(0, LEGEND_ENTRIES).map((one) => entry(one));
  if (series.length > LEGEND_ENTRIES) {
    const others = series.slice(LEGEND_ENTRIES).map((one) => one.label).join('\n');
    shown.push(element('div', { className: 'entry quiet', text: `and ${series.length - LEGEND_ENTRIES} more`, title: others }));
  }
  return element('div', { className: 'legend' }, shown);
}

const PIXELS_OF_A_DIGIT = 6.5;
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, power) => 2 ** power);

function widthOfLabels(_plot, labels) {
  return 14 + PIXELS_OF_A_DIGIT * Math.max(2, ...(labels || []).map((label) => String(label).length));
}

// Draws a chart into a place, which has to have a size, and returns what to call before it is drawn anew.
export function drawTimeseries(place, chart) {
  const series = drawn(chart);
  const inOrder = coloured(chart.series);
  const names = inOrder.slice(0, LEGEND_ENTRIES).map((one) => one.label).join('; ');
  const canvas = element('div', { className: 'chart', attributes: { role: 'img', 'aria-label': `Graph of ${names}` } });
  place.append(canvas);
  if (chart.legend) place.append(legend(inOrder));
  const axis = { stroke: style('--quiet'), grid: { stroke: style('--grid'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  const plot = new uPlot(
    {
      width: Math.max(120, canvas.clientWidth),
      height: Math.max(60, canvas.clientHeight),
      padding: [6, 8, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'time' }, drag: { x: false, y: false }, points: { size: 5 }, y: false },
      scales: { x: { time: true, range: () => [chart.start, chart.start + (chart.count - 1) * chart.step] }, y: { range: range(chart), distr: 1 } },
      axes: [
        { ...axis, size: 24, gap: 5, space: 60, values: (_plot, ticks) => ticks.map((value) => clock(value).slice(0, 5)) },
        { ...axis, size: widthOfLabels, gap: 4, space: 26, ...(chart.format?.unit === 'byte' && { incrs: POWERS_OF_TWO }), values: (_plot, ticks) => ticks.map((value) => tick(value, chart.format)) },
      ],
      series: [{}, ...series.map(seriesOptions)],
      plugins: [markers(chart), tooltip(chart, inOrder)],
    },
    [times(chart), ...series.map((one) => one.drawn)],
    canvas,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: Math.max(120, canvas.clientWidth), height: Math.max(60, canvas.clientHeight) }));
  observer.observe(canvas);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}
