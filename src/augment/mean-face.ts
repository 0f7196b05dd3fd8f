import { DataError } from '../base/errors.ts';
import type { CropRule } from '../base/crop-rules.ts';
import { cropOf, type PlacedFace } from './place.ts';

/**
 * The mean of all faces' landmarks, each in units of its crop: what tells neighbours (paper, section 3.2).
 *
 * @param faces all with the same number of landmarks
 * @returns x y x y ...
 * @throws DataError for no faces
 */
export function meanFaceOf(faces: readonly PlacedFace[], rule: CropRule): Float64Array {
  if (faces.length === 0) throw new DataError('no faces to take the mean of');
  const mean = new Float64Array(faces[0].points.length);
  for (const face of faces) {
    const { x, y, width, height } = cropOf(face, rule);
    for (let i = 0; i < mean.length; i += 2) {
      mean[i] += (face.points[i] - x) / width / faces.length;
      mean[i + 1] += (face.points[i + 1] - y) / height / faces.length;
    }
  }
  return mean;
}
