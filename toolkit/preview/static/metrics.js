// The table of metrics: search, choose, sort.

import { element, fetchJson } from './dom.js';

const COLUMNS = [
  { key: 'family', name: 'Family on the wire' },
  { key: 'name', name: 'Datadog name' },
  { key: 'type', name: 'Type', className: 'whole' },
  { key: 'unit', name: 'Unit' },
  { key: 'series', name: 'Series', isNumber: true },
  { key: 'tags', name: 'Tags of its own' },
  { key: 'dashboards', name: 'Dashboards' },
  { key: 'monitors', name: 'Monitors' },
];

const table = document.querySelector('#metrics');
const search = document.querySelector('#search');
const component = document.querySelector('#component');
const present = document.querySelector('#present');
const shown = document.querySelector('#shown');
let rows = [];
let order = { key: 'family', isUp: true };

function matches(row) {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${row.family} ${row.name} ${row.description} ${row.tags.join(' ')} ${row.reason}`.toLowerCase();
  return words.every((word) => text.includes(word)) && (!component.value || row.component === component.value) && (!present.checked || row.series > 0);
}

function compare(a, b) {
  const [first, second] = [a[order.key], b[order.key]].map((value) => (Array.isArray(value) ? value.length : value));
  const result = typeof first === 'number' ? first - second : first.localeCompare(second);
  return order.isUp ? result : -result;
}

function cell(row, column) {
  const value = row[column.key];
  if (column.key === 'name') {
    return element('td', { title: row.description }, [
      element('span', { className: value ? '' : 'quiet', text: value || `not collected: ${row.reason || 'unknown'}` }),
    ]);
  }
  if (column.key === 'family') return element('td', {}, [element('span', { text: value }), element('div', { className: 'quiet', text: row.component })]);
  if (Array.isArray(value)) {
    const isLong = column.key !== 'tags';
    const text = isLong ? (value.length ? String(value.length) : '') : value.join(', ');
    return element('td', { text, title: value.join('\n') });
  }
  return element('td', { className: column.isNumber ? 'number' : column.className || '', text: String(value) });
}

function show() {
  const found = rows.filter(matches).sort(compare);
  table.tBodies[0].replaceChildren(...found.map((row) => element('tr', {}, COLUMNS.map((column) => cell(row, column)))));
  const series = found.reduce((sum, row) => sum + row.series, 0);
  shown.textContent = `${found.length} of ${rows.length} families, ${series.toLocaleString('en')} series`;
  for (const head of table.querySelectorAll('th')) {
    head.setAttribute('aria-sort', head.dataset.key === order.key ? (order.isUp ? 'ascending' : 'descending') : 'none');
  }
}

table.tHead.rows[0].append(
  ...COLUMNS.map((column) => {
    const button = element('button', { text: column.name, attributes: { type: 'button' } });
    button.addEventListener('click', () => {
      order = { key: column.key, isUp: order.key === column.key ? !order.isUp : !column.isNumber };
      show();
    });
    return element('th', { className: column.isNumber ? 'number' : '', attributes: { 'data-key': column.key, scope: 'col' } }, [button]);
  }),
);
rows = await fetchJson(table.dataset.source);
component.append(...[...new Set(rows.map((row) => row.component))].map((name) => element('option', { text: name })));
for (const control of [search, component, present]) control.addEventListener('input', show);
show();
