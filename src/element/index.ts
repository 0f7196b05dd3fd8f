/** `<face-landmarks src="photo.jpg" alt="...">`, a picture with its faces drawn over it. Importing this file registers it. */
import { ArgumentError, ImageError, ours, PipnetError, reasonOf } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import type { Face } from '../base/types.ts';
import { marksOf, type Layers } from '../image/face-marks.ts';
import { paintMark } from '../runtimes/browser/paint-mark.ts';
import { borrowModels, type Loan } from './models.ts';
import { STYLE } from './style.ts';

/** What `show` may name. */
const LAYERS = ['boxes', 'lines', 'points'] as const;

/** Servers import pages, too; there it is only a class. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** What the events of a `<face-landmarks>` are. */
export interface FaceLandmarksEventMap extends HTMLElementEventMap {
  /** The faces of the picture are known and drawn, also if there are none. */
  faces: CustomEvent<{ faces: Face[] }>;
  /** A face was chosen, by pointer or keyboard. */
  faceselect: CustomEvent<{ face: Face; index: number }>;
  /** The picture or a model can't be read: `error` is a `PipnetError`. */
  error: ErrorEvent;
}

/**
 * A picture and its faces. Attributes: `src`, the picture's address (of another site's with CORS), and `alt`, what it shows;
 * `model` and `detector`, by name or address; `threshold`, as `detect` takes it; `show`, which of `boxes`, `lines` and
 * `points` are drawn, default all. It is busy (`aria-busy`) until its event `faces` or `error`. Each face is a button: Tab
 * comes to the first, the arrow keys go on to the others.
 */
export class FaceLandmarksElement extends Base {
  /** The attributes that are watched. */
  static readonly observedAttributes = ['src', 'alt', 'model', 'detector', 'threshold', 'show'];

  readonly #image: HTMLImageElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #buttons: HTMLElement;
  readonly #status: HTMLElement;
  readonly #resizes: ResizeObserver;
  #faces: readonly Face[] = [];
  #layers: Layers = {};
  #loan: (Loan & { key: string }) | undefined;
  /** The latest look at the picture: earlier ones that are still under way are forgotten. */
  #look: object | undefined;

  /** Made by the page. */
  constructor() {
    super();
    this.#image = make('img', { part: 'image', crossorigin: 'anonymous', alt: '' });
    this.#canvas = make('canvas', { 'aria-hidden': 'true' });
    this.#buttons = make('div', { role: 'group', 'aria-label': 'Faces', hidden: '' });
    this.#status = make('p', { part: 'status', role: 'status', class: 'status' });
    const picture = make('div', { class: 'picture' });
    picture.append(this.#image, this.#canvas, this.#buttons);
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [style];
    root.append(picture, this.#status);
    this.#buttons.addEventListener('keydown', (event) => this.#moveFocus(event));
    this.#resizes = new ResizeObserver(() => this.#paint());
  }

  /** The faces that are shown, in pixels of the picture. */
  get faces(): readonly Face[] {
    return this.#faces;
  }

  /** The picture's address. */
  get src(): string {
    return this.getAttribute('src') ?? '';
  }
  set src(address: string) {
    this.setAttribute('src', address);
  }

  /** What the picture shows, for those who don't see it. */
  get alt(): string {
    return this.getAttribute('alt') ?? '';
  }
  set alt(text: string) {
    this.setAttribute('alt', text);
  }

  /** As every element's, with the types of `FaceLandmarksEventMap`. */
  override addEventListener<Name extends keyof FaceLandmarksEventMap>(
    type: Name,
    listener: (this: FaceLandmarksElement, event: FaceLandmarksEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  /** @internal */
  connectedCallback(): void {
    this.#resizes.observe(this.#image);
    this.#image.alt = this.alt;
    this.#start();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#resizes.disconnect();
    this.#look = undefined;
    this.#returnModels();
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.isConnected || before === now) return;
    if (name === 'alt') this.#image.alt = this.alt;
    else this.#start();
  }

  /** Looks at the picture anew, once all attributes that are about to change have changed. */
  #start(): void {
    const look = {};
    const isLatest = () => this.#look === look;
    this.#look = look;
    this.#show([]);
    this.ariaBusy = 'true';
    this.#say('Looking for faces');
    queueMicrotask(async () => {
      if (!isLatest()) return;
      try {
        const faces = this.src === '' ? [] : await this.#findFaces();
        if (isLatest()) this.#finish(faces);
      } catch (error) {
        if (isLatest()) this.#fail(ours(error) ?? new PipnetError(reasonOf(error), { cause: error }));
      }
    });
  }

  async #findFaces(): Promise<Face[]> {
    this.#layers = readLayers(this.getAttribute('show'));
    const threshold = this.getAttribute('threshold');
    const [pipnet] = await Promise.all([this.#borrowModels(), this.#loadPicture()]);
    return pipnet.detect(this.#image, threshold === null ? {} : { threshold: Number(threshold) });
  }

  async #loadPicture(): Promise<void> {
    if (this.#image.getAttribute('src') !== this.src) this.#image.src = this.src;
    await this.#image.decode().catch(() => {
      throw new ImageError(`${this.src} can't be loaded: check the address; another site must allow it by CORS`);
    });
  }

  #borrowModels() {
    const models = { model: this.getAttribute('model') ?? undefined, detector: this.getAttribute('detector') ?? undefined };
    const key = JSON.stringify(models);
    if (this.#loan?.key !== key) {
      this.#returnModels();
      this.#loan = { key, ...borrowModels(models) };
    }
    return this.#loan.pipnet;
  }

  #returnModels(): void {
    this.#loan?.giveBack();
    this.#loan = undefined;
  }

  #finish(faces: Face[]): void {
    this.ariaBusy = 'false';
    this.#show(faces);
    if (this.src === '') this.#say('');
    else if (faces.length === 0) this.#say('No face found', true);
    else this.#say(faces.length === 1 ? '1 face found' : `${faces.length} faces found`);
    this.dispatchEvent(new CustomEvent('faces', { detail: { faces } }));
  }

  #fail(error: PipnetError): void {
    this.ariaBusy = 'false';
    this.#returnModels();
    this.#say(error.message, true);
    this.dispatchEvent(new ErrorEvent('error', { error, message: error.message }));
  }

  /** Tells it to who listens, and `visibly` to all. */
  #say(text: string, visibly = false): void {
    this.#status.className = visibly ? 'status' : 'status heard';
    this.#status.textContent = text;
  }

  #show(faces: readonly Face[]): void {
    this.#faces = faces;
    this.#buttons.hidden = faces.length === 0;
    this.#buttons.replaceChildren(...faces.map((face, i) => this.#buttonOf(face, i)));
    this.#paint();
  }

  #buttonOf(face: Face, index: number): HTMLButtonElement {
    const button = make('button', {
      type: 'button',
      part: 'face',
      'aria-label': `Face ${index + 1} of ${this.#faces.length}`,
      tabindex: index === 0 ? '0' : '-1',
    });
    const { naturalWidth, naturalHeight } = this.#image;
    const { x, y, width, height } = face.box;
    const percent = (length: number, whole: number) => `${(100 * length) / whole}%`;
    // The centre of pixel 0 lies half a pixel from the edge.
    Object.assign(button.style, {
      left: percent(x + 0.5, naturalWidth),
      top: percent(y + 0.5, naturalHeight),
      width: percent(width, naturalWidth),
      height: percent(height, naturalHeight),
    });
    button.addEventListener('click', () => this.dispatchEvent(new CustomEvent('faceselect', { detail: { face, index } })));
    return button;
  }

  /** As in a toolbar: one stop for Tab, arrows within. */
  #moveFocus(event: KeyboardEvent): void {
    const buttons = Array.from(this.#buttons.children) as HTMLElement[];
    const at = buttons.indexOf(event.target as HTMLElement);
    const to = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: buttons.length - 1,
    }[event.key];
    const next = to === undefined ? undefined : buttons[to];
    if (!next) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }

  /** In as many pixels as the screen has. */
  #paint(): void {
    const { clientWidth, clientHeight, naturalWidth } = this.#image;
    const context = this.#canvas.getContext('2d');
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    if (!context || naturalWidth === 0) return;
    const scale = this.#canvas.width / naturalWidth;
    const place = ({ x, y }: { x: number; y: number }) => ({ x: (x + 0.5) * scale, y: (y + 0.5) * scale });
    for (const [i, face] of this.#faces.entries()) {
      const { box, landmarks } = face;
      const placed = {
        ...face,
        box: { ...place(box), width: box.width * scale, height: box.height * scale },
        landmarks: landmarks.map((landmark) => ({ ...landmark, ...place(landmark) })),
      };
      const number = this.#faces.length > 1 ? i + 1 : undefined;
      for (const mark of marksOf(placed, number, devicePixelRatio, this.#layers)) paintMark(context, mark);
    }
  }
}

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Record<string, string>): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}

/** @throws ArgumentError if it names something else */
function readLayers(show: string | null): Layers {
  if (show === null) return {};
  const names = show.split(/\s+/).filter((name) => name !== '');
  const unknown = names.find((name) => !LAYERS.some((layer) => layer === name));
  if (unknown !== undefined) throw new ArgumentError(`show names ${quote(unknown)}: it may name ${LAYERS.join(', ')}`);
  return Object.fromEntries(LAYERS.map((layer) => [layer, names.includes(layer)]));
}

declare global {
  interface HTMLElementTagNameMap {
    /** A picture with its faces drawn over it. */
    'face-landmarks': FaceLandmarksElement;
  }
}

/** The name in the page; a second copy of the package leaves it to the first. */
const NAME = 'face-landmarks';
if (globalThis.customElements && !customElements.get(NAME)) customElements.define(NAME, FaceLandmarksElement);
