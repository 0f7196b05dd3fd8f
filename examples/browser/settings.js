import { orSay, page, say } from './page.js';

export const MODEL_FILE = '.safetensors';

/** More threads gain little on networks of this size. */
const MAX_THREADS = 8;

/** Which model runs, on how many threads. */
export class Settings {
  #model;
  #stage;
  #onChange;
  #choices = [{ name: 'Comes with pipnet-wasm' }];
  #chosen = this.#choices[0];

  /** @param onChange what is to be done when another model has come */
  constructor(model, stage, onChange) {
    this.#model = model;
    this.#stage = stage;
    this.#onChange = onChange;

    const counts = crossOriginIsolated
      ? [1, 2, 4, 8].filter((count) => count <= Math.min(MAX_THREADS, navigator.hardwareConcurrency))
      : [1];
    page.threads.replaceChildren(...counts.map((count) => new Option(count, count)));
    page.threads.disabled = counts.length === 1;
    page.threads.onchange = orSay(() => this.#load(this.#chosen));
    page.model.onchange = orSay(() => this.#load(this.#choices[page.model.value]));
    page.modelFile.onchange = orSay(async () => {
      const [file] = page.modelFile.files;
      page.modelFile.value = '';
      if (file) await this.open(file);
    });
    this.#list();
  }

  /** Loads the model that comes with the package. */
  start() {
    return this.#load(this.#chosen);
  }

  /** Loads a model file of one's own. */
  open(file) {
    if (!file.name.endsWith(MODEL_FILE))
      throw new Error(`“${file.name}” is no model: give a ${MODEL_FILE} file, as "pipnet-wasm convert" makes them.`);
    return this.#load({ name: file.name, file });
  }

  async #load(choice) {
    say('Loading the model…');
    try {
      const info = await this.#model.load(Number(page.threads.value), choice.file && new Uint8Array(await choice.file.arrayBuffer()));
      this.#chosen = choice;
      if (!this.#choices.includes(choice)) this.#choices.push(choice);
      this.#tell(info);
    } finally {
      // If it was no good, the one before it runs on.
      this.#list();
    }
    say('');
    await this.#onChange();
  }

  #list() {
    page.model.replaceChildren(...this.#choices.map(({ name }, i) => new Option(name, i)));
    page.model.value = this.#choices.indexOf(this.#chosen);
  }

  #tell({ kernels, threads, meanFace, memoryBytes, backbone, landmarks }) {
    page.about.textContent = `${backbone} · ${landmarks} landmarks · ${Math.round(memoryBytes / 1e6)} MB`;
    page.threads.value = threads;
    const features = {
      'WebAssembly SIMD': true,
      'Relaxed SIMD': kernels === 'relaxed',
      'Threads (cross-origin isolated)': crossOriginIsolated,
      'Works offline': Boolean(navigator.serviceWorker?.controller),
    };
    page.features.replaceChildren(
      ...Object.entries(features).map(([name, has]) => {
        const item = Object.assign(document.createElement('li'), { className: has ? 'has' : '', textContent: name });
        if (!has) item.append(Object.assign(document.createElement('span'), { className: 'unseen', textContent: ': no' }));
        return item;
      }),
    );
    this.#stage.meanFace = Array.from({ length: landmarks }, (_, i) => ({ x: meanFace[2 * i], y: meanFace[2 * i + 1] }));
  }
}
