/** Share of the newest value in a running mean: calm enough to be read, quick enough to follow. */
const WEIGHT = 0.1;

/** Milliseconds between two updates of the page. */
const PERIOD = 250;

/** Milliseconds of a picture's detection and landmarks; of a video its frames per second, and milliseconds of each. */
export class Figures {
  #places;
  #means = {};
  #last;
  #shown = 0;

  /** @param places the elements for detection and landmarks, fps and frame */
  constructor(places) {
    this.#places = places;
  }

  /** Whatever comes next has nothing to do with what came before. */
  restart() {
    this.#means = {};
    this.#last = undefined;
    this.#shown = 0;
    this.#show();
  }

  addPicture({ faces, times: { detection, landmarks } }) {
    this.restart();
    this.#add('detection', detection);
    if (faces.length > 0) this.#add('landmarks', landmarks);
    this.#show();
  }

  addFrame({ times: { frame } }) {
    const now = performance.now();
    if (this.#last !== undefined) this.#add('interval', now - this.#last);
    this.#last = now;
    this.#add('frame', frame);
    if (now - this.#shown < PERIOD) return;
    this.#shown = now;
    this.#show();
  }

  #add(name, value) {
    const mean = this.#means[name] ?? value;
    this.#means[name] = mean + WEIGHT * (value - mean);
  }

  #show() {
    const { interval, frame, detection, landmarks } = this.#means;
    this.#write('fps', interval && 1000 / interval, 0, 'fps');
    this.#write('frame', frame, 1, 'ms');
    this.#write('detection', detection, 1, 'ms');
    this.#write('landmarks', landmarks, 1, 'ms');
  }

  #write(place, value, digits, unit) {
    const node = this.#places[place];
    node.textContent = value === undefined ? '–' : value.toFixed(digits);
    if (value !== undefined) node.append(Object.assign(document.createElement('small'), { textContent: unit }));
  }
}
