import { loadPipnet } from 'pipnet-wasm';
import { useEffect, useState } from 'react';

let loading;

/** The page's model; where loading fails, the next picture tries again. */
function load() {
  loading ??= loadPipnet().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/**
 * The faces of a picture.
 *
 * @param picture what `detect` takes, such as a File; nothing as long as there is none
 * @returns `faces`, or an `error`, or neither while it is looked at
 */
export function useFaces(picture) {
  const [result, setResult] = useState({});
  useEffect(() => {
    setResult({});
    if (!picture) return;
    let isLatest = true;
    const tell = (result) => isLatest && setResult(result);
    load()
      .then((pipnet) => pipnet.detect(picture))
      .then(
        (faces) => tell({ faces }),
        (error) => tell({ error }),
      );
    return () => {
      isLatest = false;
    };
  }, [picture]);
  return result;
}
