// Draws the drawings that drawing.py makes, one function for each kind.

import { drawTimeseries } from './charts.js';
import { element, style } from './dom.js';
import { clock, parts, text } from './numbers.js';

function paletteClass(palette) {
  return palette ? ` palette ${palette.replaceAll('_', '-')}` : '';
}

function message(place, drawing) {
  place.append(element('p', { className: `said ${drawing.kind}`, text: drawing.text }));
}

function timeseries(place, drawing) {
  if (drawing.note) place.append(element('p', { className: 'quiet remark', text: drawing.note }));
  return drawTimeseries(place, drawing);
}

function value(place, drawing) {
  const [number, unit] = parts(drawing.value, drawing.format);
  place.append(
    element('div', { className: `big${paletteClass(drawing.palette)}` }, [
      element('span', { className: 'big-number', text: number }),
      element('span', { className: 'big-unit', text: unit }),
    ]),
  );
}

function list(place, drawing) {
  const most = Math.max(...drawing.rows.map((row) => Math.abs(row.value)));
  const rows = drawing.rows.map((row) => {
    const bar = element('div', { className: 'bar' });
    bar.style.width = `${most ? (100 * Math.abs(row.value)) / most : 0}%`;
    return element('li', { className: row.palette ? paletteClass(row.palette).trim() : '' }, [
      element('span', { className: 'list-value', text: text(row.value, drawing.format) }),
      element('span', { className: 'list-label', title: row.label }, [bar, element('span', { text: row.label })]),
    ]);
  });
  place.append(element('ul', { className: 'list' }, rows));
}

function change(place, drawing) {
  const rows = drawing.rows.map((row) => {
    const difference = row.before === null ? null : row.now - row.before;
    const isGood = difference > 0 === drawing.increaseGood;
    const className = difference ? (isGood ? 'better' : 'worse') : 'quiet';
    const sign = difference > 0 ? '+' : '';
    return element('li', {}, [
      element('span', { className: 'list-value', text: text(row.now, drawing.format) }),
      element('span', { className: 'list-label', title: row.label }, [element('span', { text: row.label })]),
      element('span', { className, text: difference === null ? 'new' : sign + text(difference, drawing.format) }),
    ]);
  });
  place.append(element('ul', { className: 'list change' }, rows));
}

function table(place, drawing) {
  const head = [
    ...drawing.keys.map((key) => element('th', { text: key })),
    ...drawing.columns.map((column) => element('th', { className: 'number', text: column.label })),
  ];
  const body = drawing.rows.map((row) =>
    element('tr', {}, [
      ...row.group.map((name, place_) => element('td', { text: name, title: name, attributes: { 'data-key': drawing.keys[place_] } })),
      ...row.cells.map((cell, place_) =>
        element('td', { className: `number${paletteClass(cell.palette)}`, text: text(cell.value, drawing.columns[place_].format) }),
      ),
    ]),
  );
  place.append(element('table', { className: 'data' }, [element('thead', {}, [element('tr', {}, head)]), element('tbody', {}, body)]));
}

function heatmap(place, drawing) {
  const canvas = element('canvas', { className: 'heatmap', attributes: { role: 'img', 'aria-label': 'Heat map' } });
  const labels = element('div', { className: 'heatmap-labels' }, [
    element('span', { text: drawing.rows[0].label }),
    element('span', { text: drawing.rows.at(-1).label }),
  ]);
  place.append(element('div', { className: 'heatmap-frame' }, [labels, canvas]));
  place.append(
    element('div', { className: 'heatmap-times quiet' }, [
      element('span', { text: clock(drawing.start).slice(0, 5) }),
      element('span', { text: clock(drawing.start + drawing.count * drawing.step).slice(0, 5) }),
    ]),
  );
  canvas.width = drawing.count;
  canvas.height = drawing.rows.length;
  const most = Math.max(...drawing.rows.flatMap((row) => row.values.map((one) => one ?? 0)), 1e-12);
  const context = canvas.getContext('2d');
  context.fillStyle = style('--accent');
  drawing.rows.forEach((row, y) =>
    row.values.forEach((one, x) => {
      if (!one) return;
      context.globalAlpha = 0.12 + 0.88 * Math.sqrt(one / most);
      context.fillRect(x, y, 1, 1);
    }),
  );
  canvas.title = `Up to ${text(most, drawing.format)}`;
}

function histogram(place, drawing) {
  const most = Math.max(...drawing.counts);
  const bars = drawing.counts.map((count, i) => {
    const bar = element('div', { className: 'column', title: `${count} from ${text(drawing.edges[i], drawing.format)} to ${text(drawing.edges[i + 1], drawing.format)}` });
    bar.style.height = `${(100 * count) / most}%`;
    return bar;
  });
  place.append(element('div', { className: 'histogram' }, bars));
  place.append(
    element('div', { className: 'heatmap-times quiet' }, [
      element('span', { text: text(drawing.edges[0], drawing.format) }),
      element('span', { text: text(drawing.edges.at(-1), drawing.format) }),
    ]),
  );
}

function checks(place, drawing) {
  const names = { CRITICAL: 'alert', WARNING: 'warn', UNKNOWN: 'no-data', OK: 'ok' };
  const counts = Object.entries(drawing.counts).map(([status, count]) =>
    element('span', { className: `status ${names[status]}`, text: `${count} ${status}` }),
  );
  place.append(element('p', { className: 'counts' }, counts));
  const groups = drawing.groups.map((group) => element('span', { className: `dot ${names[group.status]}`, title: `${group.label}: ${group.status}` }));
  place.append(element('div', { className: 'dots' }, groups));
}

function logs(place, drawing) {
  const rows = drawing.rows.map((row) =>
    element('div', { className: `log-line ${row.status}`, title: row.attributes.map((pair) => pair.join(': ')).join('\n') }, [
      element('span', { className: 'time', text: clock(row.time) }),
      element('span', { className: 'source', text: row.source }),
      element('span', { className: 'text', text: row.message }),
    ]),
  );
  place.append(element('div', { className: 'log-lines' }, rows));
}

function patterns(place, drawing) {
  const rows = drawing.rows.map((row) =>
    element('div', { className: `log-line ${row.status}`, title: row.pattern }, [
      element('span', { className: 'count', text: row.count }),
      element('span', { className: 'source', text: row.source }),
      element('span', { className: 'text', text: row.pattern }),
    ]),
  );
  place.append(element('div', { className: 'log-lines' }, rows));
}

function monitors(place, drawing) {
  const names = (status) => status.toLowerCase().replaceAll(' ', '-');
  const counts = drawing.counts.map(([status, count]) => element('span', { className: `status ${names(status)}`, text: `${count} ${status}` }));
  place.append(element('p', { className: 'counts' }, counts));
  const rows = drawing.rows.map((row) =>
    element('li', {}, [
      element('span', { className: `status ${names(row.status)}`, text: row.priority ? `P${row.priority}` : row.status, title: row.status }),
      element('a', { className: 'list-label', text: row.title, title: row.title, attributes: { href: `/monitors/${encodeURIComponent(row.name)}` } }),
      element('span', { className: 'quiet group-of', text: row.group, title: row.group }),
      element('span', { className: 'time quiet', text: `since ${clock(row.since).slice(0, 5)}` }),
    ]),
  );
  place.append(element('ul', { className: 'list monitors' }, rows));
}

const KINDS = { timeseries, value, list, change, table, heatmap, histogram, checks, logs, patterns, monitors, message, empty: message };

// Puts a drawing into a place and returns what to call before it is drawn anew.
export function draw(place, drawing) {
  if (drawing.kind === 'note') return undefined;
  const painter = KINDS[drawing.kind] || message;
  return painter(place, drawing);
}
