import { loadPipnet } from 'pipnet-wasm';
import { fetchPicture } from '../picture.js';

globalThis.output = Promise.all([loadPipnet({ threads: 2 }), fetchPicture()]).then(([pipnet, picture]) => ({
  pipnet,
  /** Small frames, for time's sake. */
  async detect(frames) {
    for (let i = 0; i < frames; i++) await pipnet.detect(picture, { detectSize: 320 });
  },
}));
