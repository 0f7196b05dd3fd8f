// Models for all elements of a page: each is loaded once, and let go with the last element that needs it.
import { loadPipnet, type Pipnet } from '../runtimes/browser/index.ts';

/** By name or URL; what is left out is what `loadPipnet` takes then. */
export interface Models {
  model: string | undefined;
  detector: string | undefined;
}

/** What an element has borrowed. */
export interface Loan {
  /** Fails as `loadPipnet` does; a loan that has failed is to be returned, too: then the next one tries again. */
  pipnet: Promise<Pipnet>;
  giveBack(): void;
}

const loaded = new Map<string, { pipnet: Promise<Pipnet>; users: number }>();

export function borrowModels(models: Models): Loan {
  const key = JSON.stringify([models.model, models.detector]);
  const entry = loaded.get(key) ?? { pipnet: loadPipnet(models), users: 0 };
  loaded.set(key, entry);
  entry.users++;
  return {
    pipnet: entry.pipnet,
    giveBack() {
      if (--entry.users > 0) return;
      loaded.delete(key);
      // Whoever waits for it is told if it fails.
      entry.pipnet.then((pipnet) => pipnet.dispose()).catch(() => {});
    },
  };
}
