// The page of a monitor: the values that it was evaluated to.

import { fetchJson } from './dom.js';
import { draw } from './widgets.js';

const SECONDS = 10;
const place = document.querySelector('#evaluated');
let cleanUp;

async function refresh() {
  const drawing = await fetchJson(place.dataset.source);
  cleanUp?.();
  place.replaceChildren();
  place.dataset.drawn = drawing.kind;
  cleanUp = draw(place, drawing);
}

refresh();
setInterval(() => document.hidden || refresh(), SECONDS * 1000);
