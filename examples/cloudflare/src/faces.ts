// Pictures to faces: the model of this isolate, and what bounds the time and memory that a picture takes.
import { loadPipnet, type Face, type Pipnet, type Pixels } from 'pipnet-wasm';
import { decodeImage } from 'pipnet-wasm/image';
import detector from 'pipnet-wasm/weights/facegrid.safetensors';
import model from 'pipnet-wasm/weights/pipnet-mobilenetv2-68.safetensors';

/** Largest file; the body is held in memory while its pixels are. */
export const MAX_BYTES = 8 * 2 ** 20;

/** Half the library's default: a quarter of the detector's time and memory, and faces from 3 % of the picture's width. */
export const DETECT_SIZE = 640;

/** Landmarks of the best faces only, each read once: a crowd must not take more CPU time than a request has. */
export const MAX_FACES = 50;

let loading: Promise<Pipnet> | undefined;

/** The isolate's model; where loading fails, the next picture tries again. */
function load(): Promise<Pipnet> {
  return (loading ??= loadPipnet({ model: new Uint8Array(model), detector: new Uint8Array(detector) }).catch((error) => {
    loading = undefined;
    throw error;
  }));
}

/**
 * Faces of a JPEG or PNG, the best first.
 *
 * @param label what errors call the picture
 * @throws ImageError if it is empty, damaged, no JPEG or PNG, or larger than 2.5 megapixels
 */
export async function findFaces(picture: Uint8Array, label: string): Promise<{ pixels: Pixels; faces: Face[] }> {
  const pixels = await decodeImage(picture, label);
  const pipnet = await load();
  const boxes = (await pipnet.detectBoxes(pixels, { detectSize: DETECT_SIZE })).slice(0, MAX_FACES);
  return { pixels, faces: await pipnet.detect(pixels, { boxes, refine: false }) };
}
