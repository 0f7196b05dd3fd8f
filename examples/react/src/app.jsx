import { useEffect, useState } from 'react';
import { useFaces } from './use-faces.js';

export function App() {
  const [picture, setPicture] = useState();
  const { faces, error } = useFaces(picture);
  return (
    <>
      <h1>Facial landmarks</h1>
      <label>
        A picture: <input type="file" accept="image/*" onChange={({ target }) => setPicture(target.files[0])} />
      </label>
      <p role="status">{picture && (error?.message ?? (faces ? `${faces.length} found` : 'Looking for faces'))}</p>
      {picture && <Picture file={picture} faces={faces ?? []} />}
    </>
  );
}

/** The picture, and a point for each landmark. */
function Picture({ file, faces }) {
  const [{ url, width, height }, setPicture] = useState({});
  useEffect(() => {
    const url = URL.createObjectURL(file);
    setPicture({ url });
    return () => URL.revokeObjectURL(url);
  }, [file]);
  return (
    <div style={{ position: 'relative', display: 'inline-block' }}>
      <img
        src={url}
        alt={file.name}
        onLoad={({ target }) => setPicture({ url, width: target.naturalWidth, height: target.naturalHeight })}
        style={{ display: 'block', maxWidth: '100%' }}
      />
      {width && (
        <svg viewBox={`-0.5 -0.5 ${width} ${height}`} style={{ position: 'absolute', inset: 0 }} aria-hidden="true">
          {faces.map(({ box, landmarks }) =>
            landmarks.map(({ x, y }) => <circle key={`${x} ${y}`} cx={x} cy={y} r={box.width / 90} fill="#46beff" />),
          )}
        </svg>
      )}
    </div>
  );
}
