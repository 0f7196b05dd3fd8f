// Places on a head, in the head's units: between the outer corners of the eyes, x to the right, y down, z into the picture.

/** Where a place is seen, in pixels of the picture. */
export function project({ matrix, camera }, [x, y, z]) {
  const [across, down, away] = [0, 4, 8].map((row) => matrix[row] * x + matrix[row + 1] * y + matrix[row + 2] * z + matrix[row + 3]);
  return { x: camera.x + (camera.focalLength * across) / away, y: camera.y + (camera.focalLength * down) / away };
}

/** How many pixels a unit of the head has in the picture. */
export const unitOf = ({ matrix, camera }) => camera.focalLength / matrix[11];
