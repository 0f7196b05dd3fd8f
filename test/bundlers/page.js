import { findLandmarks } from './landmarks.js';
import { fetchPicture } from './picture.js';

globalThis.output = fetchPicture().then((picture) => findLandmarks(picture));
