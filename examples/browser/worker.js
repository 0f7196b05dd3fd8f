// The model's thread: the page stays smooth while this one computes. One reply per message, in order.
import { loadPipnet } from '../../dist/runtimes/browser/index.js';
import { Tracker } from './tracker.js';

/** Longest side that the detector is given of a video's frame: faces from 3 % of its width. Pictures get the default. */
const LIVE_DETECT_SIZE = 640;

let pipnet;
let tracker;
const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

const commands = {
  /** Takes another model or thread count; the old one stays if the new one is no good. */
  async load({ model, threads }) {
    const next = await loadPipnet({ threads, ...(model && { model }) });
    pipnet?.dispose();
    pipnet = next;
    tracker = new Tracker(pipnet);
    const { scheme, meanFace } = pipnet.model;
    return { reply: { ...pipnet.info(), scheme, meanFace } };
  },

  /** Finds the faces of a frame and hands it back, so that what is drawn on it fits it. */
  async look({ frame, isLive, follows }) {
    if (!tracker) throw new Error('No model is loaded.');
    if (!follows) tracker.forget();
    const pixels = read(frame);
    const found = await tracker.next(pixels, isLive ? { detectSize: LIVE_DETECT_SIZE } : {}, !isLive);
    return { reply: { frame, ...found }, transfer: [frame] };
  },
};

let turn = Promise.resolve();
onmessage = ({ data }) => {
  turn = turn.then(() => answer(data));
};

async function answer({ command, ...message }) {
  try {
    const { reply, transfer = [] } = await commands[command](message);
    postMessage({ reply }, transfer);
  } catch (error) {
    message.frame?.close();
    postMessage({ error: error.message });
  }
}

/** @param frame an ImageBitmap or VideoFrame */
function read(frame) {
  const { canvas } = context;
  const width = frame.displayWidth ?? frame.width;
  const height = frame.displayHeight ?? frame.height;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.drawImage(frame, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
