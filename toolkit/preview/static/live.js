// Keeps the parts of a page that are marked `data-live` up to date, and closes menus.

const SECONDS = 5;

async function refresh() {
  if (document.hidden) return;
  try {
    const response = await fetch(location.href, { cache: 'no-store' });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of document.querySelectorAll('[data-live]')) {
      const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
      const isInUse = part.contains(document.activeElement) || part.querySelector('details[open]');
      if (fresh && !isInUse && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
    }
  } catch {
    // The preview was stopped, or is being started again.
    const situation = document.querySelector('[data-live="situation"]');
    if (situation) situation.textContent = 'The preview does not answer. Is it still running?';
  }
}

setInterval(refresh, SECONDS * 1000);

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});
