// Makes elements. Text is always text: nothing here, and nothing that uses it, reads HTML.

export function element(tag, { className = '', text = '', title = '', attributes = {} } = {}, children = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== '') made.textContent = text;
  if (title) made.title = title;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export async function fetchJson(url, options = {}) {
  const response = await fetch(url, { cache: 'no-store', ...options });
  if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).slice(0, 300)}`);
  return response.json();
}

export function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
