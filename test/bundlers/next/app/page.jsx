'use client';

import { useEffect } from 'react';
import { findLandmarks } from '../../landmarks.js';
import { fetchPicture } from '../../picture.js';

export default function Page() {
  useEffect(() => {
    globalThis.output = fetchPicture().then((picture) => findLandmarks(picture));
  }, []);
}
