'use client';

import 'pipnet-wasm/element';
import { useEffect, useState } from 'react';

/** Faces of a chosen picture: found in the page, and, when asked, by the server. */
export function Faces() {
  const [file, setFile] = useState();
  const [url, setUrl] = useState();
  const [answer, setAnswer] = useState();
  useEffect(() => {
    setAnswer(undefined);
    const url = file && URL.createObjectURL(file);
    setUrl(url);
    return () => url && URL.revokeObjectURL(url);
  }, [file]);

  async function ask() {
    const response = await fetch('/api/landmarks', { method: 'POST', body: file });
    const { faces, error } = await response.json();
    setAnswer(error ? error.message : `The server finds ${faces.length}`);
  }

  return (
    <>
      <label>
        A picture: <input type="file" accept="image/*" onChange={({ target }) => setFile(target.files[0])} />
      </label>
      <button type="button" onClick={ask} disabled={!file}>
        Ask the server
      </button>
      <p role="status">{answer}</p>
      {url && <face-landmarks src={url} alt={file.name} />}
    </>
  );
}
