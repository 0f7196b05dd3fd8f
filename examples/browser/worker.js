// The package's worker, from this folder: a service worker sees what workers of its own folder fetch, no others.
import '../../dist/runtimes/browser/pipnet-worker.js';
