/**
 * Makes the page work without a network from now on. Resolves once the service worker sees what the page fetches: start
 * what shall be kept after that.
 */
export async function workOffline() {
  // Missing where the page is not served securely; it works online all the same.
  if (!('serviceWorker' in navigator)) return;
  const known = navigator.serviceWorker.controller !== null;
  await navigator.serviceWorker.register('./service-worker.js');
  const { active } = await navigator.serviceWorker.ready;
  while (active.state !== 'activated') await new Promise((resolve) => active.addEventListener('statechange', resolve, { once: true }));
  if (known) return;
  // The first visit: what the page is made of came past the service worker; fetched again, it is seen and kept.
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  await Promise.all([location.href, ...loaded].map((url) => fetch(url)));
}

/** Fetches what isn't needed yet, if it will be kept. */
export async function keepForLater(urls) {
  if (navigator.serviceWorker?.controller) await Promise.all(urls.map((url) => fetch(url)));
}
