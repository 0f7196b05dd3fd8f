/** How long work gives way to others: once between two pieces that each take many milliseconds. */

// Taken when the module is loaded: clocks that tests put in place later don't stop us.
const { setImmediate, MessageChannel, setTimeout } = globalThis;

/** Resolves in a later task of the event loop: timers, events and other requests come first. The quickest that the runtime has. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) {
      // A timeout of 0 takes 4 ms in browsers.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    } else setTimeout(resolve, 0);
  });
}
