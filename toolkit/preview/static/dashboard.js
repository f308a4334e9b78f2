// The page of a dashboard: places the widgets, draws them again and again, and follows the choices.

import { fetchJson } from './dom.js';
import { draw } from './widgets.js';

const SECONDS = 10;
const page = document.querySelector('#dashboard');
const choices = document.querySelector('#choices');
const widgets = [...page.querySelectorAll('.widget')];
const cleanUps = new Map();
let shown = null;

// Notes across the whole page are as high as their text: the rows that they are in shrink to it.
for (const grid of page.querySelectorAll('.grid')) {
  const rows = [];
  for (const { dataset } of grid.querySelectorAll('.widget')) {
    const isNote = dataset.width === '12' && dataset.kind === 'note';
    for (let row = Number(dataset.y); row < Number(dataset.y) + Number(dataset.height); row += 1) {
      rows[row] = isNote ? 'auto' : 'var(--row)';
    }
  }
  grid.style.gridTemplateRows = Array.from(rows, (size) => size || 'auto').join(' ');
}

for (const widget of widgets) {
  const { x, y, width, height } = widget.dataset;
  widget.style.gridColumn = `${Number(x) + 1} / span ${width}`;
  widget.style.gridRow = `${Number(y) + 1} / span ${height}`;
  widget.style.setProperty('--rows', height);
}

function query() {
  const given = [...new FormData(choices)].filter(([, value]) => value !== '*');
  return new URLSearchParams(given).toString();
}

async function refresh() {
  const asked = query();
  let data;
  try {
    data = await fetchJson(`${page.dataset.source}?${asked}`);
  } catch (error) {
    page.dataset.error = String(error);
    return;
  }
  const key = `${asked} ${data.now}`;
  if (asked !== query() || key === shown) return;
  shown = key;
  for (const widget of widgets) {
    const body = widget.querySelector('.body');
    const drawing = data.widgets[widget.dataset.place];
    if (!body || !drawing) continue;
    const scrolled = body.scrollTop;
    cleanUps.get(widget)?.();
    body.replaceChildren();
    widget.dataset.drawn = drawing.kind;
    cleanUps.set(widget, draw(body, drawing));
    body.scrollTop = scrolled;
  }
  if (data.widgets.length) page.dataset.ready = String(data.now);
}

// Titles and notes hold the values of variables: the page is loaded anew for them.
choices.addEventListener('change', () => {
  location.search = query();
});

// A click on a row of a table chooses what its group has of the variables: in Datadog, a link of the widget does that.
page.addEventListener('click', (event) => {
  const cells = event.target.closest('.body table.data tbody tr')?.querySelectorAll('td[data-key]') || [];
  const before = query();
  for (const cell of cells) {
    const select = [...choices.querySelectorAll('select')].find((one) => one.title === cell.dataset.key);
    if (select && [...select.options].some((option) => option.value === cell.textContent)) select.value = cell.textContent;
  }
  if (query() !== before) location.search = query();
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  shown = null;
  refresh();
});

refresh();
setInterval(() => document.hidden || refresh(), SECONDS * 1000);
