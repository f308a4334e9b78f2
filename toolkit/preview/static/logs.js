// The box for a line of one's own.

import { element } from './dom.js';

const form = document.querySelector('#paste');
const place = document.querySelector('#parsed');

function pairs(found) {
  const rows = [
    ['message', found.message],
    ['status', found.status],
    ['time', new Date(found.time * 1000).toISOString()],
    ...found.attributes,
    ['grok rules', found.rules.join(', ') || 'none matched'],
  ];
  return element('table', { className: 'pairs' }, [
    element('tbody', {}, rows.map(([name, value]) => element('tr', {}, [element('th', { text: name }), element('td', { text: value })]))),
  ]);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  place.replaceChildren(element('p', { className: 'quiet', text: 'The pipeline reads it…' }));
  try {
    const response = await fetch('/logs/parse', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    place.replaceChildren(response.ok ? pairs(await response.json()) : element('p', { className: 'error', text: await response.text() }));
  } catch (error) {
    place.replaceChildren(element('p', { className: 'error', text: String(error) }));
  }
  button.disabled = false;
});
