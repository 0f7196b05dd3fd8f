import { MODEL_NAMES } from '../../dist/base/models.js';
import { orSay, page, say } from './page.js';

export const MODEL_FILE = '.safetensors';

/** More threads gain little on networks of this size. */
const MAX_THREADS = 8;

/** What runs if one leaves the choice: quick for what moves, exact for what stays. */
const AUTOMATIC = { name: 'nano for video, else default', sourceFor: (isLive) => (isLive ? 'nano' : 'default') };

/** Which model runs, on how many threads. */
export class Settings {
  #model;
  #onReady;
  #onChange;
  #choices = [AUTOMATIC, ...MODEL_NAMES.map((name) => ({ name, sourceFor: () => name }))];
  #chosen = AUTOMATIC;
  #isLive = false;

  /**
   * @param onReady told whenever the model is there that is asked for
   * @param onChange told when another one was chosen
   */
  constructor(model, onReady, onChange) {
    this.#model = model;
    this.#onReady = onReady;
    this.#onChange = onChange;

    const counts = crossOriginIsolated
      ? [1, 2, 4, 8].filter((count) => count <= Math.min(MAX_THREADS, navigator.hardwareConcurrency))
      : [1];
    page.threads.replaceChildren(...counts.map((count) => new Option(count, count)));
    page.threads.disabled = counts.length === 1;
    page.threads.onchange = orSay(() => this.#choose(this.#chosen));
    page.model.onchange = orSay(() => this.#choose(this.#choices[page.model.value]));
    page.modelFile.onchange = orSay(async () => {
      const [file] = page.modelFile.files;
      page.modelFile.value = '';
      if (file) await this.open(file);
    });
    this.#list();
  }

  /** The model's, or its file's. */
  get name() {
    return this.#source instanceof File ? this.#source.name : this.#source;
  }

  get threads() {
    return Number(page.threads.value);
  }

  /** Sees to it that the model for pictures or for video runs. */
  async prepare(isLive) {
    this.#isLive = isLive;
    await this.#load();
    this.#onReady();
  }

  /** Loads a model file of one's own. */
  open(file) {
    if (!file.name.endsWith(MODEL_FILE))
      throw new Error(`“${file.name}” is no model: give a ${MODEL_FILE} file, as "pipnet-wasm convert" makes them.`);
    return this.#choose({ name: file.name, sourceFor: () => file });
  }

  /** The name of the model that is to run, or its File. */
  get #source() {
    return this.#chosen.sourceFor(this.#isLive);
  }

  async #choose(choice) {
    const before = this.#chosen;
    this.#chosen = choice;
    try {
      await this.#load();
      if (!this.#choices.includes(choice)) this.#choices.push(choice);
    } catch (error) {
      this.#chosen = before;
      throw error;
    } finally {
      this.#list();
    }
    this.#onReady();
    await this.#onChange();
  }

  async #load() {
    if (this.#model.runs(this.#source, this.threads)) return;
    say('Loading the model…');
    page.progress.removeAttribute('value');
    page.progress.hidden = false;
    try {
      await this.#model.use(this.#source, this.threads, (share) => (page.progress.value = share));
    } finally {
      page.progress.hidden = true;
    }
    this.#tell(this.#model.info);
    say('');
  }

  #list() {
    page.model.replaceChildren(...this.#choices.map(({ name }, i) => new Option(name, i)));
    page.model.value = this.#choices.indexOf(this.#chosen);
  }

  #tell({ kernels, threads, memoryBytes, backbone, landmarks }) {
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
  }
}
