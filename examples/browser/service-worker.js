// Keeps the demo working without a network: what was fetched once is served from the cache when it can't be fetched again.
// The network comes first, so that nobody is left with an old mixture of files.
const CACHE = 'pipnet-wasm-demo';

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(fetchOrRecall(event));
});

async function fetchOrRecall(event) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(cache.put(event.request, response.clone()));
    return response;
  } catch (error) {
    const kept = await cache.match(event.request, { ignoreSearch: true });
    if (!kept) throw error;
    return kept;
  }
}
