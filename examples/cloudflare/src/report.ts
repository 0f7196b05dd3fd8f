// The objects of `pipnet-wasm --json`, less `milliseconds`: a Worker's clock stands still while it computes.
import type { Face, Pixels } from 'pipnet-wasm';

/** @param image what the picture is called: `-` as the body of a request, else its key */
export function report(image: string, { width, height }: Pixels, faces: Face[]): object {
  return {
    schemaVersion: 1,
    image,
    width,
    height,
    faces: faces.map(({ box, score, landmarks }) => ({
      box: { x: round(box.x, 2), y: round(box.y, 2), width: round(box.width, 2), height: round(box.height, 2) },
      score: round(score, 4),
      landmarks: landmarks.map((point) => ({ x: round(point.x, 2), y: round(point.y, 2), score: round(point.score, 4) })),
    })),
  };
}

export function failure(image: string, { name, message }: Error): object {
  return { schemaVersion: 1, image, error: { name, message } };
}

function round(number: number, decimals: number): number {
  return Number(number.toFixed(decimals));
}
